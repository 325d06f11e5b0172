"""What a recipe may ask for, and what it is resolved to."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from domain.conservation import EQUATIONS, check_conservation
from domain.errors import ErrorCode, Refused, WorldFailure
from tests import tokenizers as made
from tests.workers.tokenization import SPLITS, Run, loaded, save_splits, save_tokenizers
from workers.recipes import LONGEST_ROW, Tokenizer, resolve_recipe
from workers.row_texts import Column
from workers.special_ids import id_type_of
from workers.tokenizers import BYT5

BAD, MISSING = ErrorCode.INVALID_INPUT, ErrorCode.PAD_TOKEN_MISSING


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_tokenizers(tmp_path_factory.mktemp("tokenizers"))
    made.save_bpe(folder / "beyond")
    (folder / "beyond/config.json").write_text('{"model_type": "gpt2", "vocab_size": 600}')
    padded = AutoTokenizer.from_pretrained(folder / "beyond")
    padded.add_special_tokens({"pad_token": "<|pad|>"})
    padded.save_pretrained(folder / "beyond")
    return folder


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ingested") / "dataset"
    save_splits(folder, SPLITS)
    return folder


@pytest.mark.parametrize(
    ("tokenizer", "recipe", "code", "says"),
    [
        ("file:bpe", {"mode": "SHUFFLE"}, BAD, "use one of TRUNCATE, WINDOW, PACK"),
        ("file:bpe", {"padding": "SHORTEST"}, BAD, "use one of NONE, LONGEST, MAX_LENGTH"),
        ("file:bpe", {"onError": "ASK"}, BAD, "use one of FAIL, SKIP"),
        ("file:bpe", {"colour": "red"}, BAD, "has no colour"),
        ("file:bpe", {"stride": 3}, BAD, "belongs to mode WINDOW"),
        ("file:bpe", {"mode": "WINDOW", "tail": "DROP"}, BAD, "belongs to mode PACK"),
        ("file:bpe", {"mode": "PACK", "tail": "EAT"}, BAD, "use one of KEEP, PAD, DROP"),
        ("file:bpe", {"mode": "WINDOW", "maxLength": 8, "stride": -1}, BAD, "from 0 on"),
        ("file:bpe", {"mode": "WINDOW", "maxLength": 8, "stride": 8}, BAD, "would not move on"),
        ("file:bpe", {"mode": "WINDOW", "maxLength": 8, "stride": 1 << 31}, BAD, "would not move on"),
        ("file:wordpiece", {"mode": "WINDOW", "maxLength": 8, "stride": 6}, BAD, "no less than the 6 tokens"),
        ("file:wordpiece", {"mode": "PACK", "maxLength": 3, "beginToken": "[MASK]"}, BAD, "3 special tokens are set"),
        ("file:bpe", {"mode": "PACK", "maxLength": 0}, BAD, "from 1 on"),
        (
            "file:bpe",
            {"mode": "PACK", "maxLength": LONGEST_ROW + 1},
            BAD,
            "too long for rows that are padded or packed",
        ),
        ("file:bpe", {"mode": "PACK", "beginToken": "<s>"}, BAD, r"no token of the vocabulary.*'<\|begin\|>'"),
        ("file:bpe", {"mode": "PACK", "separatorToken": ""}, BAD, "separatorToken '' is no token"),
        ("file:bpe", {"minTokens": -1}, BAD, "minTokens -1"),
        ("file:bpe", {"padding": "LONGEST"}, MISSING, r"name one with padToken, such as '<\|begin\|>', '<\|end\|>'\."),
        ("file:bpe", {"mode": "PACK", "tail": "PAD"}, MISSING, "name one with padToken"),
        ("file:bpe", {"padding": "LONGEST", "padToken": "<pad>"}, BAD, "padToken '<pad>' is no token"),
        ("file:beyond", {"padding": "LONGEST"}, BAD, "id 600, outside the model's vocabulary of 600"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_with_what_to_do(
    ingested: Path,
    root: Path,
    tmp_path: Path,
    tokenizer: str,
    recipe: dict[str, Any],
    code: ErrorCode | None,
    says: str,
) -> None:
    with pytest.raises(WorldFailure, match=says) as refused:
        Run(ingested, root, tmp_path, tokenizer, **recipe).plan()
    assert (refused.value.code, refused.value.retryable) == (code, False)


def test_rows_padded_beyond_the_disk_are_refused_before_they_are_written(root: Path, tmp_path: Path) -> None:
    rows = shutil.disk_usage(tmp_path).free // (LONGEST_ROW * 3) + 1_000
    save_splits(tmp_path / "data", {"train": ["a"] * rows})
    recipe = {"maxLength": LONGEST_ROW, "padding": "MAX_LENGTH", "padToken": "<|end|>"}

    with pytest.raises(WorldFailure, match="a smaller maxLength, or padding LONGEST") as refused:
        Run(tmp_path / "data", root, tmp_path, "file:bpe", **recipe).plan()
    assert refused.value.code is ErrorCode.INSUFFICIENT_STORAGE


@pytest.mark.parametrize(
    ("mode", "length", "rows"), [("TRUNCATE", 1, 2), ("WINDOW", 1, 9), ("PACK", 1, 9), ("PACK", 10_000_000, 1)]
)
def test_lengths_of_1_and_of_10_million_are_right(
    root: Path, tmp_path: Path, mode: str, length: int, rows: int
) -> None:
    save_splits(tmp_path / "data", {"train": ["abcd", "efghi"]})
    run = Run(tmp_path / "data", root, tmp_path, BYT5, mode=mode, maxLength=length, addSpecialTokens=False)

    check_conservation(run.all()["statistics"])

    assert len(run.output()["train"]) == rows


def test_a_row_of_10_million_cells_may_be_padded(root: Path, tmp_path: Path) -> None:
    save_splits(tmp_path / "data", {"train": ["abcd"]})
    recipe = {"maxLength": 10_000_000, "padding": "MAX_LENGTH"}
    run = Run(tmp_path / "data", root, tmp_path, BYT5, **recipe)

    told = run.all()["statistics"]

    assert (told["outputCells"], told["paddingCells"]) == (10_000_000, 10_000_000 - 5)
    check_conservation(told)


def test_an_id_of_0_is_an_id(root: Path, tmp_path: Path) -> None:
    # given a tokenizer whose `<|end|>` has the id 0
    rival = loaded(root, "file:bpe")
    assert rival.convert_tokens_to_ids("<|end|>") == 0
    save_splits(tmp_path / "data", {"train": ["one", "two"]})
    tokens = dict.fromkeys(("beginToken", "endOfDocumentToken", "separatorToken", "padToken"), "<|end|>")
    run = Run(tmp_path / "data", root, tmp_path, "file:bpe", mode="PACK", maxLength=20, tail="PAD", **tokens)

    # when it begins rows, ends and separates documents and pads
    run.all()

    # then it is set in each of these places
    one, two = (rival.encode(text) for text in ("one", "two"))
    stream = [0, *one, 0, 0, *two, 0]
    assert run.output()["train"] == [stream + [0] * (20 - len(stream))]


def test_a_recipe_is_resolved_with_every_name(root: Path) -> None:
    bpe = Tokenizer(loaded(root, "file:bpe"))

    def resolved(**asked: Any) -> dict[str, Any]:
        found = resolve_recipe(asked, tokenizer=bpe, documents=Column("text"), splits=["train"])
        return {name: found[name] for name in ("mode", "maxLength", "stride", "padding", "padToken", "tail")}

    assert resolved(stride=None) == {
        "mode": "TRUNCATE",
        "maxLength": 64,
        "stride": None,
        "padding": "NONE",
        "padToken": None,
        "tail": None,
    }
    assert resolved(mode="WINDOW")["stride"] == 0
    assert (
        resolved(mode="PACK", padToken="<|end|>")
        == resolved(mode="PACK")
        == {
            "mode": "PACK",
            "maxLength": 64,
            "stride": None,
            "padding": "NONE",
            "padToken": None,
            "tail": "KEEP",
        }
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"mode": "WINDOW", "maxLength": 20, "stride": 3, "padding": "LONGEST", "padToken": "<|end|>"},
        {"mode": "PACK", "maxLength": 20, "tail": "PAD", "padToken": "<|end|>", "endOfDocumentToken": "<|end|>"},
        {"template": "{{{text}}} {text}", "minTokens": 2, "onError": "SKIP"},
    ],
)
def test_a_resolved_recipe_is_resolved_to_itself(
    ingested: Path, root: Path, tmp_path: Path, asked: dict[str, Any]
) -> None:
    resolved = Run(ingested, root, tmp_path, "file:bpe", **asked).plan()["recipe"]

    assert Run(ingested, root, tmp_path, "file:bpe", **resolved).plan()["recipe"] == resolved


class Vocabulary:
    """A tokenizer of so many ids, as far as `id_type_of` asks."""

    def __init__(self, size: int, *more: int) -> None:
        self.size, self.more = size, more

    def __len__(self) -> int:
        return self.size

    def get_vocab(self) -> dict[str, int]:
        return {str(token): token for token in (0, self.size - 1, *self.more)}


def test_ids_are_kept_in_two_bytes_where_all_fit() -> None:
    sizes = {65_535: "uint16", 65_536: "uint16", 65_537: "int32"}
    assert {size: id_type_of(Vocabulary(size)) for size in sizes} == sizes
    assert id_type_of(Vocabulary(100, 70_000)) == "int32"


COUNTED = sorted({name for whole, parts in EQUATIONS for name in (whole, *parts)})


@pytest.mark.parametrize(
    "recipe",
    [
        {"mode": "TRUNCATE", "maxLength": 20, "minTokens": 5, "padding": "MAX_LENGTH"},
        {"mode": "WINDOW", "maxLength": 20, "stride": 4, "padding": "LONGEST"},
        {"mode": "PACK", "maxLength": 20, "tail": "DROP", "minTokens": 5, "separatorToken": "[SEP]"},
    ],
    ids=lambda recipe: recipe["mode"],
)
def test_each_counter_of_a_real_run_shifted_by_one_is_refused(
    ingested: Path, root: Path, tmp_path: Path, recipe: dict[str, Any]
) -> None:
    told = Run(ingested, root, tmp_path, "file:wordpiece", **recipe).all()["statistics"]

    check_conservation(told)
    for name in COUNTED:
        for shift in (-1, 1):
            with pytest.raises(Refused, match="do not add up"):
                check_conservation({**told, name: told[name] + shift})
