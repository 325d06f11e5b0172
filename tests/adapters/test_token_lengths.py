"""The tokens of each row, counted from the index of documents: every one once, as the statistics count them."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.adapters.files import remove_tree
from domain.adapters.token_lengths import UNKNOWN_TOKENS, TokenLengths, token_lengths
from domain.errors import Refused
from tests.workers.slow_modes import expected_rows
from tests.workers.tokenization import SPLITS, Run, loaded, save_splits, save_tokenizers
from workers.documents import MEMORY_BYTES
from workers.tokenizers import BYT5

OF_SAMPLES = ("keptSamples", "filteredSamples", "skippedSamples")
PADDED = {"padding": "MAX_LENGTH", "padToken": "<|end|>"}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("file:bpe", {"maxLength": 16}),
    ("file:bpe", {"mode": "WINDOW", "maxLength": 24, "stride": 5}),
    ("file:left", {"mode": "WINDOW", "maxLength": 24, "stride": 20, **PADDED, "minTokens": 3}),
    ("file:bpe", {"mode": "PACK", "maxLength": 31, "endOfDocumentToken": "<|end|>"}),
    ("file:wordpiece", {"mode": "PACK", "maxLength": 31, "separatorToken": "[SEP]", "tail": "DROP"}),
    (BYT5, {"mode": "PACK", "maxLength": 31, "tail": "PAD", "minTokens": 3}),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tokenizers(tmp_path_factory.mktemp("tokenizers"))


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ingested") / "dataset"
    save_splits(folder, SPLITS)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("tokenizer", "recipe"), CASES, ids=lambda case: str(case).replace(" ", ""))
def test_the_tokens_of_all_rows_come_to_those_that_were_kept(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, recipe: dict[str, Any]
) -> None:
    # given a tokenization of any mode, in shards
    run = Run(ingested, root, tmp_path, tokenizer, **recipe)
    told = run.all()["statistics"]

    # when the tokens of each row are counted
    counted = {
        split: token_lengths(tmp_path / "final", split, len(rows), run.planned["recipe"])
        for split, rows in SPLITS.items()
    }

    # then they are those of a slow count, cell by cell, and all are counted
    for split, rows in SPLITS.items():
        reference = expected_rows(loaded(root, tokenizer), rows, run.planned["recipe"])
        slow = Counter(row for cells in reference.rows for _, role, row in cells if role == "text")
        assert [0 if number == UNKNOWN_TOKENS else number for number in counted[split]] == [
            slow[row] for row in range(len(rows))
        ]
    assert sum(int(each[each != UNKNOWN_TOKENS].sum()) for each in counted.values()) == told["keptTokens"]
    # and the statistics tell of how many rows it is, by which the API knows it from one of other rows
    assert sum(told[name] for name in OF_SAMPLES) == sum(map(len, SPLITS.values()))


def lengths(
    tmp_path: Path, texts: list[str | None], document_memory: int = MEMORY_BYTES, **recipe: Any
) -> list[int | None]:
    """Of the rows of a split, made with bytes as tokens; None: not known."""
    save_splits(tmp_path / "data", {"train": texts})
    run = Run(tmp_path / "data", tmp_path, tmp_path / "run", BYT5, addSpecialTokens=False, **recipe)
    pieces = range(len(run.plan()["pieces"]))
    run.complete([run.shard(number, document_memory=document_memory) for number in pieces])
    found = token_lengths(tmp_path / "run/final", "train", len(texts), run.planned["recipe"])
    return [None if number == UNKNOWN_TOKENS else int(number) for number in found]


@pytest.mark.parametrize("mode", ["TRUNCATE", "WINDOW", "PACK"])
def test_a_row_without_text_has_no_tokens_and_one_that_was_filtered_is_not_known(tmp_path, mode):
    assert lengths(tmp_path / "all", ["abc", None, "", "a"], mode=mode, maxLength=8) == [3, 0, 0, 1]
    assert lengths(tmp_path / "some", ["abc", "", "a", "ab"], mode=mode, maxLength=8, minTokens=2) == [3, None, None, 2]


@pytest.mark.slow
def test_a_row_that_was_skipped_is_not_known(tmp_path):
    recipe = {"mode": "PACK", "maxLength": 8, "onError": "SKIP"}
    assert lengths(tmp_path, ["abc", "x" * 1_100_000, "", "ab"], 1, **recipe) == [3, None, 0, 2]


def test_what_went_with_the_tail_is_not_known(tmp_path):
    recipe = {"mode": "PACK", "maxLength": 4, "tail": "DROP"}
    assert lengths(tmp_path / "part", ["abc", "", "de", "", "f"], **recipe) == [3, 0, 1, None, None]
    assert lengths(tmp_path / "all", ["a", ""], **recipe) == [None, None]


def test_a_token_that_windows_repeat_is_counted_once(tmp_path):
    texts = ["abcdefghijk", "abc", "abcd", "abcde"]
    assert lengths(tmp_path, texts, mode="WINDOW", maxLength=4, stride=3) == [11, 3, 4, 5]


def test_of_a_split_that_was_left_out_nothing_is_known(tmp_path):
    save_splits(tmp_path / "data", {"train": ["abc"], "test": ["ab"]})
    run = Run(tmp_path / "data", tmp_path, tmp_path / "run", BYT5, maxLength=8, splits=["test"])
    run.all()
    assert token_lengths(tmp_path / "run/final", "train", 1, run.planned["recipe"]).tolist() == [UNKNOWN_TOKENS]


def test_a_folder_without_an_index_says_so(tmp_path):
    save_splits(tmp_path / "data", {"train": ["abc"]})
    run = Run(tmp_path / "data", tmp_path, tmp_path / "run", BYT5, maxLength=8)
    run.all()
    remove_tree(tmp_path / "run/final/document-index")
    with pytest.raises(FileNotFoundError):
        token_lengths(tmp_path / "run/final", "train", 1, run.planned["recipe"])


def test_tokens_of_more_rows_than_there_are_by_now_are_not_counted(tmp_path):
    save_splits(tmp_path / "data", {"train": ["abc", "d"]})
    run = Run(tmp_path / "data", tmp_path, tmp_path / "run", BYT5, maxLength=8)
    run.all()
    with pytest.raises(Refused, match="of other rows"):
        token_lengths(tmp_path / "run/final", "train", 1, run.planned["recipe"])


def test_what_was_counted_last_is_kept_within_bounds_and_let_go():
    # given room for two counts
    counts: list[tuple[Path, str]] = []

    def count(folder, split, rows, _recipe):
        counts.append((folder, split))
        return np.zeros(rows, np.uint32)

    kept = TokenLengths(kept_bytes=80, count=count)
    one, other = Path("/homes/one/tokens"), Path("/homes/other/tokens")

    # when three are asked for, the first of them in between
    for folder, split in ((one, "train"), (one, "test"), (one, "train"), (other, "train")):
        kept.of(folder, split, 10, {})

    # then it is still kept, and the one that was asked for longest ago is counted again
    kept.of(one, "train", 10, {})
    assert counts == [(one, "train"), (one, "test"), (other, "train")]
    kept.of(one, "test", 10, {})
    assert counts[-1] == (one, "test")

    # and of a home that is forgotten nothing is
    kept.forget(Path("/homes/one"))
    kept.of(one, "test", 10, {})
    assert counts[-2:] == [(one, "test")] * 2
    # and one that is larger than all the room is given none the less
    assert len(kept.of(other, "large", 100, {})) == 100
