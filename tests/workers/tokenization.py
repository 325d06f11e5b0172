"""Tokenizations done here, piece by piece, and what `datasets.map` gives for the same texts."""

import json
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features, load_from_disk
from transformers import AutoTokenizer, ByT5Tokenizer

from tests import tokenizers as made
from tests.texts import texts
from workers.arrow_folder import SplitFiles, write_dataset_dict, write_stream
from workers.runs import FILE_KEYS
from workers.shard_proof import tokenize_shard
from workers.token_folder import complete_tokenization
from workers.tokenizers import BYT5
from workers.tokenizing import plan_tokenization

SPLITS = {"train": [*made.VARIED, *texts(150)], "empty": [], "test": [*texts(40, start=150), *made.VARIED]}


def save_splits(folder: Path, splits: dict[str, list[Any]], kind: Any = None) -> None:
    """Texts as an ingest leaves them, numbered."""
    schema = pa.schema([("id", pa.int64()), ("text", kind or pa.string())])
    tables = {name: pa.table({"id": range(len(rows)), "text": rows}, schema=schema) for name, rows in splits.items()}
    save_tables(folder, tables)


def save_tables(folder: Path, tables: dict[str, Any]) -> None:
    """As an ingest leaves them, each split in batches of 20 rows."""
    files = []
    for name, table in tables.items():
        schema = table.schema
        with write_stream(folder.with_name(f"{name}.arrow"), schema) as stream:
            for batch in table.to_batches(max_chunksize=20):
                stream.write(batch)
        files.append(SplitFiles(name, [folder.with_name(f"{name}.arrow")], len(table), "0" * 16))
    list(write_dataset_dict(folder, files, Features.from_arrow_schema(schema).to_dict()))


def finish(work: Any) -> dict[str, Any]:
    """Runs a child function to its end; the steps that it told are under "steps"."""
    steps = []
    while True:
        try:
            steps.append(next(work))
        except StopIteration as end:
            result: dict[str, Any] = end.value
            return result | {"steps": steps}


class Run:
    """A tokenization done here, piece by piece, as the actors would have it done."""

    def __init__(self, ingested: Path, root: Path, folder: Path, tokenizer: str, **recipe: Any) -> None:
        self.ingested, self.root, self.folder, self.name, self.recipe = ingested, root, folder, tokenizer, recipe

    def plan(self, **changes: Any) -> dict[str, Any]:
        asked = {
            "folder": str(self.ingested),
            "text_column": "text",
            "splits": None,
            "tokenizer": self.name,
            "revision": None,
            "recipe": self.recipe,
            "work": str(self.folder / "work"),
            "token": None,
            "tokenizers_root": str(self.root),
            "shard_bytes": 20_000,
        }
        self.planned = finish(plan_tokenization(**asked | changes))
        return self.planned

    @property
    def tokenizer(self) -> str:
        kept = self.planned["tokenizerFolder"]
        return BYT5 if kept is None else str(self.folder / "work" / kept)

    def shard(self, number: int, fence: int = 1, **options: Any) -> dict[str, Any]:
        piece = self.planned["pieces"][number]
        told = finish(
            tokenize_shard(
                folder=str(self.ingested),
                text_column="text",
                tokenizer=self.tokenizer,
                recipe=self.planned["recipe"],
                target=str(self.folder / "pieces" / f"{number}.{fence}.arrow"),
                **piece,
                **options,
            )
        )
        names = {name: str(self.folder / "pieces" / told[name]) for name in FILE_KEYS if told.get(name)}
        return json.loads(json.dumps({name: told[name] for name in told if name != "steps"})) | names

    def complete(
        self, pieces: list[dict[str, Any]], name: str = "final", source: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        recipe = self.planned["recipe"]
        return finish(
            complete_tokenization(
                final=str(self.folder / name),
                splits=recipe["splits"],
                tokenizer=self.tokenizer,
                recipe=recipe,
                pieces=pieces,
                source=source,
            )
        )

    def all(self) -> dict[str, Any]:
        self.plan()
        return self.complete([self.shard(number) for number in range(len(self.planned["pieces"]))])

    def output(self, name: str = "final") -> dict[str, list[list[int]]]:
        found = load_from_disk(str(self.folder / name))
        return {split: rows["input_ids"][:] for split, rows in found.items()}


def expected(tokenizer: Any, rows: list[str | None], **options: Any) -> list[list[int]]:
    """What a user gets from `datasets.map`, a null as an empty text."""
    if not rows:
        return []
    dataset = Dataset.from_dict({"text": [row or "" for row in rows]})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This sequence already has")  # ByT5, of texts that end with </s>
        mapped = dataset.map(
            lambda batch: tokenizer(batch["text"], truncation=True, **options), batched=True, remove_columns=["text"]
        )
    return list(mapped["input_ids"])


def loaded(root: Path, name: str) -> Any:
    return ByT5Tokenizer() if name == BYT5 else AutoTokenizer.from_pretrained(root / name.removeprefix("file:"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def save_tokenizers(root: Path) -> Path:
    """BPE: plain, cutting on the left, padding on the left too, without a length; and a WordPiece."""
    made.save_bpe(root / "bpe")
    made.save_bpe(root / "begun", begin=True, side="left")
    made.save_bpe(root / "left", side="left", padding_side="left")
    made.save_bpe(root / "endless", max_length=None)
    made.save_wordpiece(root / "wordpiece")
    return root
