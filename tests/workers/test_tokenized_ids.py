"""The ids of a tokenization, against what transformers and `datasets.map` give, and their recount."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from domain.conservation import check_conservation
from tests import tokenizers as made
from tests.workers.tokenization import SPLITS, Run, expected, loaded
from workers.tokenizers import BYT5

pytestmark = pytest.mark.slow


@pytest.mark.sampled(5)
@pytest.mark.parametrize("add_special_tokens", [True, False])
@pytest.mark.parametrize(
    ("tokenizer", "max_length"),
    [("file:bpe", None), ("file:begun", 17), ("file:wordpiece", 16), ("file:wordpiece", None), (BYT5, 33)],
)
def test_the_ids_are_those_of_transformers_and_map(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, max_length: int | None, add_special_tokens: bool
) -> None:
    # given a tokenizer, a length or the tokenizer's own, and texts of all sorts
    run = Run(ingested, root, tmp_path, tokenizer, maxLength=max_length, addSpecialTokens=add_special_tokens)

    # when every split is tokenized in shards
    run.all()

    # then each split holds the ids that the rival gives, in the same order
    rival = loaded(root, tokenizer)
    options = {"max_length": max_length, "add_special_tokens": add_special_tokens}
    assert len(run.planned["pieces"]) > 3
    assert list(run.output()) == ["train", "empty", "test"]
    for split, rows in run.output().items():
        assert rows == expected(rival, SPLITS[split], **options)


@pytest.mark.parametrize("name", ["gpt2", "minilm"])
def test_the_ids_of_known_tokenizers_are_those_of_transformers(ingested: Path, tmp_path: Path, name: str) -> None:
    if not (made.SHARED / name).is_dir():
        pytest.skip(f"there is no {made.SHARED / name}; the trained tokenizers above are its twins")

    run = Run(ingested, made.SHARED, tmp_path, f"file:{name}", maxLength=24)
    run.all()

    for split, rows in run.output().items():
        assert rows == expected(loaded(made.SHARED, name), SPLITS[split], max_length=24)


@pytest.mark.parametrize("tokenizer", ["file:bpe", "file:wordpiece", BYT5])
def test_an_independent_recount_of_the_files_agrees(ingested: Path, root: Path, tmp_path: Path, tokenizer: str) -> None:
    # given a run that cuts long texts
    run = Run(ingested, root, tmp_path, tokenizer, maxLength=20)

    # when it is complete
    told = run.all()["statistics"]

    # then the equations hold, and the files say the same
    check_conservation(told)
    cells = [token for rows in run.output().values() for row in rows for token in row]
    counted = Counter(cells)
    lengths = [len(row) for rows in run.output().values() for row in rows]
    rival = loaded(root, tokenizer)
    source = [rival.encode(row or "", add_special_tokens=False) for rows in SPLITS.values() for row in rows]
    assert told["sequenceCount"] == len(lengths) == sum(map(len, SPLITS.values()))
    assert told["outputCells"] == told["tokenCount"] == len(cells)
    assert told["sourceTokens"] == sum(map(len, source))
    assert told["truncatedTokens"] > 0
    assert told["vocabularyUsed"] == len(counted)
    assert told["topTokens"][0]["count"] == counted.most_common(1)[0][1]
    assert {item["id"]: item["count"] for item in told["topTokens"]} == {
        token: count for token, count in counted.items() if token in {item["id"] for item in told["topTokens"]}
    }
    assert all(item["count"] == counted[item["id"]] for item in told["specialTokens"])
    assert (told["minLength"], told["maxLength"]) == (min(lengths), max(lengths))
    assert told["meanLength"] == pytest.approx(np.mean(lengths))
    assert told["medianLength"] == np.median(lengths)
    assert sum(item["count"] for item in told["histogram"]) == len(lengths)
    assert [(item["split"], item["sequenceCount"]) for item in told["bySplit"]] == [
        (split, len(rows)) for split, rows in SPLITS.items()
    ]


def test_special_cells_are_those_that_the_template_sets(ingested: Path, root: Path, tmp_path: Path) -> None:
    run = Run(ingested, root, tmp_path, "file:wordpiece", maxLength=20)

    told = run.all()["statistics"]

    assert told["specialCells"] == 2 * told["sequenceCount"]
    assert told["keptTokens"] == told["realCells"] == told["outputCells"] - 2 * told["sequenceCount"]
    assert {item["token"] for item in told["specialTokens"]} >= {"[CLS]", "[SEP]", "[PAD]"}


@pytest.mark.parametrize(
    ("tokenizer", "max_length"), [("file:bpe", 1), ("file:wordpiece", 3), ("file:bpe", 10_000_000)]
)
def test_the_shortest_and_the_longest_length_are_right(
    ingested: Path, root: Path, tmp_path: Path, tokenizer: str, max_length: int
) -> None:
    run = Run(ingested, root, tmp_path, tokenizer, maxLength=max_length)

    check_conservation(run.all()["statistics"])

    rival = loaded(root, tokenizer)
    assert run.output()["test"] == expected(rival, SPLITS["test"], max_length=max_length)
