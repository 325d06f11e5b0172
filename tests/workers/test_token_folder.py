"""What lies beside the tokens, for those who train on them."""

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from domain.adapters.token_documents import document_at, documents_in
from tests.workers.tokenization import Run, loaded, save_splits

SOURCE = {"repository": "acme/english", "commit": "c" * 40, "config": "default", "files": None}


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ingested") / "dataset"
    save_splits(folder, {"train": ["one two three", None, "four", "five six seven eight"], "documents": ["nine"]})
    return folder


def settings(run: Run, **source: Any) -> dict[str, Any]:
    run.plan()
    pieces = [run.shard(number) for number in range(len(run.planned["pieces"]))]
    run.complete(pieces, source=source or None)
    found: dict[str, Any] = json.loads((run.folder / "final/sae_lens.json").read_text())
    return found


def test_every_setting_lies_beside_the_tokens_under_the_names_of_sae_lens(
    ingested: Path, root: Path, tmp_path: Path
) -> None:
    tokens = {"endOfDocumentToken": "<|end|>", "separatorToken": "<|begin|>"}
    run = Run(ingested, root, tmp_path, "file:begun", mode="PACK", maxLength=8, tail="DROP", splits=["train"], **tokens)

    found = settings(run, **SOURCE)

    end, begin = (loaded(root, "file:begun").convert_tokens_to_ids(token) for token in ("<|end|>", "<|begin|>"))
    recipe = found.pop("recipe")
    assert recipe == run.planned["recipe"]
    assert found == {
        "sae_lens_version": None,
        "tokenizer_name": "file:begun",
        "tokenizer_revision": run.planned["tokenizerCommit"],
        "original_dataset": "acme/english",
        "original_dataset_name": "default",
        "original_revision": "c" * 40,
        "original_split": "train",
        "original_data_files": None,
        "context_size": 8,
        "shuffled": False,
        "seed": None,
        "begin_batch_token": begin,
        "begin_sequence_token": None,
        "sequence_separator_token": begin,
        "end_of_document_token": end,
        "disable_concat_sequences": False,
        "padding_token": None,
    }


@pytest.mark.parametrize(
    ("tokenizer", "recipe", "begin"),
    [
        ("file:bpe", {"mode": "PACK", "beginToken": "<|end|>"}, 0),
        ("file:bpe", {"mode": "PACK"}, None),
        ("file:wordpiece", {"mode": "WINDOW"}, 2),
        ("file:wordpiece", {"addSpecialTokens": False}, None),
    ],
)
def test_sae_lens_is_told_what_each_row_begins_with(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, recipe: dict[str, Any], begin: int | None
) -> None:
    run = Run(ingested, root, tmp_path, tokenizer, maxLength=6, **recipe)

    assert settings(run)["begin_batch_token"] == begin

    first = {row[0] for row in run.output()["train"] if row}
    assert first == {begin} if begin is not None else len(first) > 1


@pytest.mark.parametrize(
    ("tokenizer", "recipe"),
    [
        ("file:wordpiece", {"mode": "PACK", "tail": "PAD"}),
        ("file:wordpiece", {"mode": "PACK", "tail": "DROP"}),
        ("file:wordpiece", {"mode": "WINDOW", "stride": 2, "padding": "MAX_LENGTH"}),
        ("file:left", {"mode": "WINDOW", "stride": 2, "padding": "MAX_LENGTH", "padToken": "<|end|>"}),
    ],
)
def test_rows_that_are_packed_or_padded_are_of_one_length(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, recipe: dict[str, Any]
) -> None:
    run = Run(ingested, root, tmp_path, tokenizer, maxLength=7, **recipe)
    run.all()

    rows = load_from_disk(str(tmp_path / "final"))["train"].with_format("numpy")

    assert rows["input_ids"][:].shape == (len(rows), 7)
    assert len(rows) > 1


def test_each_place_of_a_packed_row_is_traced_to_its_row(ingested: Path, root: Path, tmp_path: Path) -> None:
    # given rows of which the second has no text, packed between [CLS] and [SEP]
    run = Run(ingested, root, tmp_path, "file:wordpiece", mode="PACK", maxLength=12, separatorToken="[MASK]")
    run.all()

    # when all of its places are asked for
    folder, rows = tmp_path / "final", run.output()["train"]
    found = [[document_at(folder, "train", n, place) for place in range(len(row))] for n, row in enumerate(rows)]

    # then text is told its row, and special tokens none
    rival = loaded(root, "file:wordpiece")
    for row in (0, 2, 3):
        text = ["one two three", None, "four", "five six seven eight"][row]
        cells = [
            (n, place) for n, each in enumerate(found) for place, told in enumerate(each) if told == ("train", row)
        ]
        assert [rows[n][place] for n, place in cells] == rival.encode(text, add_special_tokens=False)
    special = {rows[n][place] for n, each in enumerate(found) for place, told in enumerate(each) if told is None}
    assert special == {rival.cls_token_id, rival.sep_token_id, rival.mask_token_id}
    assert ("train", 1) not in [told for each in found for told in each]
    # and a split that is called like the folder of the index has one too
    assert [span.row for span in documents_in(folder, "documents", 0)] == [0]
    with pytest.raises(IndexError, match="none is number 99"):
        documents_in(folder, "train", 99)
