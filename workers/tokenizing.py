"""Tokenizing an ingested dataset: plan the shards, tokenize each by itself. `token_folder` puts them together."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain.errors import ErrorCode, WorldFailure
from workers.conservation import Counters
from workers.engines import Engine, engine_of
from workers.estimating import estimate
from workers.kept_tokenizer import kept_bytes
from workers.recipes import Tokenizer, chosen_splits, reserved_cells, resolve_recipe
from workers.row_texts import Documents, documents_of, rows_of
from workers.samples import Keeping, Samples
from workers.sequences import Cutting, cutting_of
from workers.shards import parts_of, split_names
from workers.special_ids import id_bound, id_type_of
from workers.steps import Step, Work
from workers.token_rows import require_room
from workers.token_samples import Making
from workers.token_shards import Tally, open_shard, save_skipped
from workers.tokenizers import BYT5, load_tokenizer, model_vocabulary, pin_tokenizer

SHARD_BYTES = 32 * 1024 * 1024
BATCH_BYTES = 4 * 1024 * 1024


def plan_tokenization(  # noqa: PLR0913  plain arguments of one message
    *,
    folder: str,
    text_column: str | None,
    splits: Sequence[str] | None,
    tokenizer: str,
    revision: str | None,
    recipe: Mapping[str, Any],
    work: str,
    tokenizers_root: str | None,
    shard_bytes: int = SHARD_BYTES,
    workers: int = 1,
    token: str | None = None,
) -> Work:
    """Pins the tokenizer below `work`, resolves the recipe and cuts the splits into shards of rows.

    `splits` (None: the recipe's, else all) is what is tokenized; `text_column` stands where the recipe names none.
    Returns {"tokenizerCommit", "tokenizerFolder" (a name below `work`, None for built in), "vocabularySize", "idType",
    "recipe" (resolved), "pieces": [{"split", "start", "stop"}], "plan": the contract's TokenizationPlan where so many
    `workers` do it}; a split without rows has one piece without rows.
    """
    yield Step(0, None, "PIECES")
    dataset = Path(folder)
    chosen = chosen_splits(splits if splits is not None else recipe.get("splits"), split_names(dataset))
    pinned = pin_tokenizer(tokenizer, revision, tokenizers_root, Path(work), token)
    reference = BYT5 if pinned.folder is None else str(Path(work, pinned.folder))
    loaded = load_tokenizer(reference)
    documents = documents_of(recipe, text_column, loaded)
    pieces = _pieces(dataset, chosen, documents, shard_bytes)
    known = Tokenizer(loaded, model_vocabulary(reference))
    resolved = resolve_recipe(recipe, tokenizer=known, documents=documents, splits=chosen)
    check_room(Path(work), loaded, resolved, sum(piece["stop"] - piece["start"] for piece in pieces))
    making, kept = making_of(loaded, resolved, documents), kept_bytes(reference)
    plan, _ = estimate(dataset, making, tokenizer_bytes=kept, workers=workers)
    described = {"vocabularySize": len(loaded), "idType": id_type_of(loaded), "recipe": resolved}
    found = {"tokenizerCommit": pinned.commit, "tokenizerFolder": pinned.folder, **described}
    return {**found, "pieces": pieces, "plan": plan}


def _pieces(folder: Path, splits: Sequence[str], documents: Documents, shard_bytes: int) -> list[dict[str, Any]]:
    pieces = [
        {"split": split, "start": start, "stop": stop}
        for split in splits
        for start, stop in parts_of(rows_of(folder, split, documents), shard_bytes)
    ]
    if not any(piece["stop"] for piece in pieces):
        raise no_rows(splits)
    return pieces


def no_rows(splits: Sequence[str]) -> WorldFailure:
    """There is nothing to tokenize."""
    message = f"There are no rows in {', '.join(splits)}: choose splits that have some."
    return WorldFailure(ErrorCode.EMPTY_DATASET, message)


def making_of(tokenizer: Any, recipe: Mapping[str, Any], documents: Documents) -> Making:
    """How a run makes sequences by a resolved recipe."""
    return Making(tokenizer, recipe, documents, *_prepared(tokenizer, json.dumps(dict(recipe), sort_keys=True)))


def check_room(work: Path, tokenizer: Any, recipe: Mapping[str, Any], rows: int) -> None:
    """Rows that are padded to a length of millions are told before they are written; filtered ones may be fewer."""
    if recipe["padding"] != "MAX_LENGTH" or recipe["mode"] == "PACK" or recipe["minTokens"]:
        return
    work.mkdir(parents=True, exist_ok=True)
    width, less = recipe["maxLength"], "give a smaller maxLength, or padding LONGEST"
    require_room(work, rows, width, id_type_of(tokenizer), f"maxLength {width:,}", less)


def tokenize_shard(  # noqa: PLR0913  plain arguments of one message
    *,
    folder: str,
    text_column: str | None,
    split: str,
    start: int,
    stop: int,
    tokenizer: str,
    recipe: Mapping[str, Any],
    target: str,
) -> Work:
    """Writes the sequences of rows [start, stop) of a split to `target` (in mode PACK the tokens of its samples).

    `tokenizer` is the absolute folder of the pinned one, or "builtin:byt5"; `recipe` is the resolved one, whose columns
    count. A null is an empty text. Beside `target` lie how often each id occurs, the index of documents, the skipped.
    Returns {"split", "start", "stop", "file", "rows", "bytes", "sha256", "figures": {"counters", "lengths"}, "skipped":
    [{"row", "reason", "code"}] (the first 100)}, and "frequencies", "documents", "skipped_file": file names or None,
    each with "..._sha256".
    """
    path, loaded = Path(target), load_tokenizer(tokenizer)
    tally = Tally(id_bound(loaded), Counters())
    engine, cutting = _prepared(loaded, json.dumps(dict(recipe), sort_keys=True))
    documents = documents_of(recipe, text_column, loaded)
    table = rows_of(Path(folder), split, documents).slice(start, stop - start)
    samples = Samples(engine, split, start, Keeping.of(recipe), tally.counters)
    yield Step(0, stop - start, "ROWS")
    with open_shard(path, loaded, recipe, cutting, tally) as (stream, shard):
        for first, last in parts_of(table, _batch_bytes(loaded, recipe)):
            if first < last:
                shard.write(samples.encode(documents.texts(table.slice(first, last - first))))
                yield Step(last, stop - start, "ROWS")
    written = {"file": path.name, "rows": stream.rows, "bytes": stream.bytes, "sha256": stream.sha256()}
    beside = shard.files(path) | save_skipped(path, samples.skipped)
    return {"split": split, "start": start, "stop": stop, **written, **beside, "figures": tally.figures()}


def _batch_bytes(tokenizer: Any, recipe: Mapping[str, Any]) -> int:
    """Of text at once: less where windows repeat most of each other, so that no more cells come of it."""
    if recipe["mode"] != "WINDOW":
        return BATCH_BYTES
    budget: int = recipe["maxLength"] - reserved_cells(tokenizer, recipe)
    return max(1, BATCH_BYTES * (budget - int(recipe["stride"])) // budget)


@lru_cache(maxsize=1)
def _prepared(tokenizer: Any, recipe: str) -> tuple[Engine, Cutting | None]:
    """What is found out once for all shards of a run; in mode PACK nothing is cut before the completion."""
    # by the tokenizer that is loaded, not by its name: it is the one whose engine the proof is about
    asked, engine = json.loads(recipe), engine_of(tokenizer)
    if asked["mode"] == "PACK":
        return engine, None
    stride = asked["stride"] if asked["mode"] == "WINDOW" else None
    special = asked["addSpecialTokens"]
    return engine, cutting_of(tokenizer, asked["maxLength"], add_special_tokens=special, stride=stride, engine=engine)
