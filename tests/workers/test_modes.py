"""The three modes against a slow reference, their counters against a recount, their documents cell by cell."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import load_from_disk

from domain.adapters.token_documents import document_at
from domain.conservation import check_conservation
from tests.workers.slow_modes import Reference, expected_rows
from tests.workers.tokenization import SPLITS, Run, loaded, save_splits
from workers import tokenizing
from workers.tokenizers import BYT5

WINDOW = {"mode": "WINDOW", "maxLength": 24, "stride": 5}
PACK = {"mode": "PACK", "maxLength": 31}
END = {"endOfDocumentToken": "<|end|>"}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("file:bpe", {"maxLength": 16, "padding": "MAX_LENGTH", "padToken": "<|end|>"}),
    ("file:begun", {"maxLength": 300, "padding": "LONGEST", "padToken": "<|end|>", "minTokens": 4}),
    ("file:left", {"maxLength": 40, "padding": "LONGEST", "padToken": "<|end|>"}),
    ("file:left", {**WINDOW, "padding": "MAX_LENGTH", "padToken": "<|end|>"}),
    ("file:left", {**PACK, "tail": "PAD", "padToken": "<|end|>", **END}),
    ("file:wordpiece", {"maxLength": 20, "padding": "LONGEST"}),
    ("file:bpe", WINDOW),
    ("file:begun", {**WINDOW, "stride": 22}),
    ("file:wordpiece", {**WINDOW, "padding": "MAX_LENGTH", "minTokens": 3}),
    ("file:wordpiece", {**WINDOW, "stride": 0, "padding": "LONGEST"}),
    (BYT5, WINDOW),
    (BYT5, {**WINDOW, "addSpecialTokens": False, "padding": "LONGEST"}),
    ("file:bpe", PACK),
    ("file:bpe", {**PACK, **END, "beginToken": "<|begin|>", "tail": "PAD", "padToken": "<|end|>"}),
    ("file:bpe", {**PACK, **END, "separatorToken": "<|begin|>", "tail": "DROP"}),
    ("file:begun", {**PACK, **END, "beginToken": "<|begin|>", "minTokens": 2}),
    ("file:begun", {**PACK, "addSpecialTokens": False, "padding": "LONGEST", "padToken": "<|end|>"}),
    ("file:wordpiece", {**PACK, "separatorToken": "[SEP]", "tail": "DROP"}),
    ("file:wordpiece", {**PACK, "maxLength": 100_000, "tail": "KEEP"}),
    ("file:wordpiece", {**PACK, "maxLength": 100_000, "tail": "DROP"}),
    ("file:wordpiece", {**PACK, "maxLength": 100_000, "padding": "LONGEST"}),
    (BYT5, {**PACK, "endOfDocumentToken": "</s>", "tail": "PAD"}),
    (BYT5, {**PACK, "beginToken": "<pad>", "tail": "DROP"}),
]


def named(case: Any) -> str:
    return case if isinstance(case, str) else "-".join(f"{name}={value}" for name, value in case.items())


@pytest.mark.slow
@pytest.mark.sampled(8)
@pytest.mark.parametrize(("tokenizer", "recipe"), CASES, ids=named)
def test_every_mode_is_what_the_slow_reference_gives(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, recipe: dict[str, Any]
) -> None:
    # given a recipe and texts of all sorts, in shards
    run = Run(ingested, root, tmp_path, tokenizer, **recipe)

    # when they are tokenized
    told = run.all()["statistics"]

    # then ids, masks and documents are those of the reference
    rival = loaded(root, tokenizer)
    wanted = {split: expected_rows(rival, rows, run.planned["recipe"]) for split, rows in SPLITS.items()}
    found = load_from_disk(str(tmp_path / "final"))
    for split, reference in wanted.items():
        assert found[split]["input_ids"][:] == reference.ids
        if "attention_mask" in found[split].column_names:
            assert found[split]["attention_mask"][:] == reference.masks
        else:
            assert reference.count("padding") == 0
        check_documents(tmp_path / "final", split, reference)
    # and so is every counter
    assert len(run.planned["pieces"]) > 3
    check_counters(told, list(wanted.values()), tmp_path / "final")


def check_documents(folder: Path, split: str, reference: Reference) -> None:
    for sequence in sorted({*range(min(3, len(reference.rows))), *range(len(reference.rows))[-2:]}):
        for position, (_, role, row) in enumerate(reference.rows[sequence][:80]):
            wanted = (split, row) if role in ("text", "overlap") else None
            assert document_at(folder, split, sequence, position) == wanted


def check_counters(told: dict[str, Any], wanted: list[Reference], folder: Path) -> None:
    """Each term of the equations by itself, then what the files say."""
    check_conservation(told)
    roles = {role: sum(reference.count(role) for reference in wanted) for role in ("text", "special", "overlap")}
    assert told["sourceTokens"] == sum(reference.source for reference in wanted)
    assert told["truncatedTokens"] == sum(reference.truncated for reference in wanted)
    assert told["filteredTokens"] == sum(reference.filtered for reference in wanted)
    assert told["tailTokens"] == sum(reference.tail for reference in wanted)
    assert told["keptTokens"] == told["realCells"] == roles["text"]
    assert (told["specialCells"], told["overlapCells"]) == (roles["special"], roles["overlap"])
    assert told["tokenCount"] == roles["text"] + roles["special"]
    assert told["paddingCells"] == sum(reference.count("padding") for reference in wanted)
    counted = Counter(cell[0] for each in wanted for row in each.rows for cell in row if cell[1] in ("text", "special"))
    frequencies = np.load(folder / "token_frequencies.npy")
    assert {int(token): int(frequencies[token]) for token in np.flatnonzero(frequencies)} == counted
    rows = [row for reference in wanted for row in reference.rows]
    lengths = [sum(cell[1] != "padding" for cell in row) for row in rows]
    assert told["outputCells"] == sum(map(len, rows))
    assert told["sequenceCount"] == len(rows)
    assert (told["minLength"], told["maxLength"]) == (min(lengths, default=0), max(lengths, default=0))
    assert told["vocabularyUsed"] == len(counted)
    for split, reference in zip(told["bySplit"], wanted, strict=True):
        used = {cell[0] for row in reference.rows for cell in row if cell[1] != "padding"}
        assert (split["sequenceCount"], split["vocabularyUsed"]) == (len(reference.rows), len(used))
        assert split["tokenCount"] == reference.count("text") + reference.count("special")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["file:wordpiece", "file:begun", "file:left", "file:bpe"])
def test_windows_are_those_of_transformers(ingested: Path, root: Path, tmp_path: Path, name: str) -> None:
    # given a tokenizer that counts windows from the front, or from the end
    run = Run(ingested, root, tmp_path, name, **WINDOW)

    # when texts are cut into windows
    run.all()

    # then they are what it gives with return_overflowing_tokens
    options = {"max_length": 24, "stride": 5, "truncation": True, "return_overflowing_tokens": True}
    for split in ("train", "test"):
        texts = [text or "" for text in SPLITS[split]]
        assert run.output()[split] == loaded(root, name)(texts, **options)["input_ids"]


def test_windows_that_repeat_most_of_each_other_are_made_of_less_text_at_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given 16 cells for each token of a text
    monkeypatch.setattr(tokenizing, "BATCH_BYTES", 16_384)
    save_splits(tmp_path / "data", {"train": ["words of a long text " * 16] * 200})
    run = Run(tmp_path / "data", root, tmp_path, BYT5, mode="WINDOW", maxLength=64, stride=59)
    run.plan(shard_bytes=1 << 20)

    # when a shard is made
    made = run.shard(0)

    # then no batch of it has more cells than the texts that are read at once have bytes
    with pa.memory_map(made["file"]) as file, pa.ipc.open_stream(file) as stream:
        cells = [len(batch.column("input_ids").flatten()) for batch in stream]
    assert max(cells) <= 2 * 16_384
