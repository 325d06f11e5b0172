"""What a tokenization is estimated to come to, beside what it comes to."""

from pathlib import Path

import pytest

from domain.adapters.files import tree_size
from tests.workers.tokenization import SPLITS, Run, save_splits, save_tokenizers

BPE, BEGUN, WORDPIECE, BYT5 = "file:bpe", "file:begun", "file:wordpiece", "builtin:byt5"
PACK = {"mode": "PACK", "maxLength": 30}
ENDS = {"endOfDocumentToken": "<|end|>", "separatorToken": "<|begin|>"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tokenizers and, in its storage, a dataset."""
    home = tmp_path_factory.mktemp("home")
    save_splits(home / "storage" / "data", SPLITS)
    save_tokenizers(home / "tokenizers")
    return home


def shares(told):
    """Of a plan's figures those that statistics have too, and what they are there."""
    cut = told["truncatedTokens"] + told["tailTokens"]
    return {
        "sequenceCount": told["sequenceCount"],
        "tokenCount": told["tokenCount"],
        "truncatedShare": cut / told["sourceTokens"],
        "paddingShare": told["paddingCells"] / max(1, told["outputCells"]),
        "sampledRows": sum(map(len, SPLITS.values())),
    }


@pytest.mark.parametrize(
    ("tokenizer", "recipe"),
    [
        (BPE, {}),
        (BEGUN, {"maxLength": 20}),
        (WORDPIECE, {"maxLength": 16, "padding": "MAX_LENGTH"}),
        (WORDPIECE, {"padding": "LONGEST", "minTokens": 12}),
        (BYT5, {"maxLength": 100, "splits": ["test"]}),
        (BPE, {"mode": "WINDOW", "maxLength": 20, "stride": 7}),
        (BEGUN, {"mode": "WINDOW", "maxLength": 20, "stride": 18}),
        (WORDPIECE, {"mode": "WINDOW", "maxLength": 20, "stride": 5, "padding": "MAX_LENGTH"}),
        (BYT5, {"mode": "WINDOW", "maxLength": 64, "stride": 10, "padding": "NONE"}),
        (BPE, {**PACK, "tail": "KEEP"}),
        (BPE, {**PACK, "tail": "DROP", **ENDS}),
        (BEGUN, {**PACK, "tail": "PAD", "padToken": "<|end|>", **ENDS}),
        (BPE, {**PACK, "tail": "DROP", "maxLength": 100_000}),
        (BPE, {**PACK, "beginToken": "<|begin|>", "minTokens": 9, "endOfDocumentToken": "<|end|>"}),
    ],
)
def test_of_a_small_dataset_it_is_what_the_run_comes_to(home, tmp_path, tokenizer, recipe):
    run = Run(home / "storage" / "data", home / "tokenizers", tmp_path, tokenizer, **recipe)

    statistics = run.all()["statistics"]

    plan = run.planned["plan"]
    expected = shares(statistics)
    if splits := recipe.get("splits"):
        expected["sampledRows"] = sum(len(SPLITS[split]) for split in splits)
    assert {name: plan[name] for name in expected} == expected
    assert plan["sizeBytes"] == pytest.approx(tree_size(tmp_path / "final"), rel=0.2)
    assert plan["seconds"] > 0
