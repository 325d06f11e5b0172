"""What a tokenization is estimated to come to, beside what it comes to."""

import shutil
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest

from domain.adapters.files import tree_size
from domain.adapters.questions import error_of
from domain.errors import WorldFailure
from tests.workers.plans import making, patient, save_large
from tests.workers.tokenization import SPLITS, Run, finish, save_splits, save_tables, save_tokenizers
from workers.kept_tokenizer import KEPT
from workers.token_plan import token_plan
from workers.token_samples import take_sample

pytestmark = pytest.mark.slow

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


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """There is time for all of a sample, however busy the machine is."""
    monkeypatch.setitem(take_sample.__kwdefaults__, "most_seconds", 600.0)


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


@pytest.mark.sampled(5)
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


@pytest.fixture
def ask(home, tmp_path, monkeypatch):
    """Asks the question as the questions process does."""
    monkeypatch.setenv("MISTUDIO_HOME", str(home))
    monkeypatch.setenv("MISTUDIO_TOKENIZERS", str(home / "tokenizers"))

    def asked(tokenizer=BPE, dataset="data", text_column="text", token=None, revision=None, free=1 << 60, **recipe):
        work = tmp_path / uuid4().hex
        work.mkdir()
        asked = {"dataset": dataset, "text_column": text_column, "tokenizer": tokenizer, "revision": revision}
        asked["free_bytes"] = free
        given = {} if token is None else {"token": token}
        told = finish(token_plan(**asked, recipe=recipe, work=str(work), **given))
        shutil.rmtree(work)
        return told

    return asked


def save(home, name, splits):
    if not (home / "storage" / name).exists():
        save_splits(home / "storage" / name, splits)
    return name


@pytest.fixture(scope="module")
def large(home):
    save_large(home / "storage" / "large")
    return "large"


def codes(told):
    return {warning["code"] for warning in told["warnings"]}


def code(told):
    return told["error"] and told["error"]["code"]


def test_the_question_is_answered_as_the_run_is_planned(home, tmp_path, ask):
    run = Run(home / "storage" / "data", home / "tokenizers", tmp_path, BEGUN, maxLength=24)
    kept = run.plan()
    told = ask(BEGUN, maxLength=24)
    exact = ("sequenceCount", "tokenCount", "sizeBytes", "truncatedShare", "paddingShare", "sampledRows", "warnings")
    assert {name: told[name] for name in exact} == {name: kept["plan"][name] for name in exact}
    assert (told["error"], told["tokenizerCommit"], told["recipe"]) == (
        None,
        kept["tokenizerCommit"],
        kept["recipe"],
    )


@pytest.mark.parametrize(
    "recipe",
    [
        {"maxLength": 200},
        {"mode": "WINDOW", "maxLength": 200, "stride": 100, "padding": "MAX_LENGTH", "padToken": "<|end|>"},
        {"mode": "PACK", "maxLength": 200, "endOfDocumentToken": "<|end|>"},
        {"mode": "PACK", "maxLength": 1000, "tail": "DROP"},
    ],
)
def test_of_a_large_dataset_a_part_is_tried_and_tells_about_the_whole(home, tmp_path, large, recipe):
    run = Run(home / "storage" / large, home / "tokenizers", tmp_path, BPE, **recipe)
    statistics = run.all()["statistics"]
    _, plan = patient(*making(home / "storage" / large, run.tokenizer, **recipe))

    expected = shares(statistics)
    assert 100 < plan["sampledRows"] < 1_000
    for name in ("sequenceCount", "tokenCount"):
        assert plan[name] == pytest.approx(expected[name], rel=0.1)
    for name in ("truncatedShare", "paddingShare"):
        assert plan[name] == pytest.approx(expected[name], abs=0.05)
    kept = tree_size(tmp_path / "final" / KEPT)
    assert plan["sizeBytes"] + kept == pytest.approx(tree_size(tmp_path / "final"), rel=0.2)


def test_the_same_is_told_again_and_other_recipes_are_tried_on_the_same_rows(home, large):
    first, again, other = (patient(*making(home / "storage" / large, maxLength=length))[1] for length in (50, 50, 100))
    assert {**first, "seconds": None} == {**again, "seconds": None}
    assert other["sampledRows"] == first["sampledRows"]
    assert other["truncatedShare"] < first["truncatedShare"]


@pytest.mark.parametrize("recipe", [{"maxLength": 50}, {"mode": "WINDOW", "maxLength": 50, "stride": 49}])
def test_a_huge_text_is_estimated_by_its_beginning(home, ask, recipe):
    huge = save(home, "huge", {"train": ["word and other " * 400_000]})
    told = ask(BYT5, dataset=huge, **recipe, addSpecialTokens=False)
    if recipe.get("mode"):
        assert told["sequenceCount"] > 300_000, "of so many at least"
    else:
        assert (told["sequenceCount"], told["tokenCount"]) == (1, 50)
        assert told["truncatedShare"] == pytest.approx(1 - 50 / 6_000_000, rel=1e-6)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ({"maxLength": 10_000}, {"LONGER_THAN_MODEL"}),
        ({"maxLength": 4}, {"TOKENS_LOST"}),
        ({"maxLength": 60, "minTokens": 40, "mode": "WINDOW"}, {"TOKENS_LOST"}),
        ({"maxLength": 4_000, "mode": "PACK", "tail": "DROP"}, {"TOKENS_LOST", "LONGER_THAN_MODEL"}),
        ({"maxLength": 60, "mode": "WINDOW", "padding": "MAX_LENGTH", "padToken": "<|end|>"}, {"MOSTLY_PADDING"}),
        ({"maxLength": 60, "mode": "WINDOW"}, set()),
        ({"maxLength": 60, "mode": "PACK"}, set()),
    ],
)
def test_it_warns_of_what_a_recipe_does(home, ask, recipe, expected):
    rows = save(home, "rows", {"train": ["Two words and some more of them", "a"] * 40})
    assert codes(ask(dataset=rows, **recipe)) == expected


@pytest.mark.parametrize(
    ("recipe", "doubled"),
    [
        ({}, True),
        ({"addSpecialTokens": False}, False),
        ({"mode": "PACK"}, True),
        ({"mode": "PACK", "addSpecialTokens": False}, False),
        ({"mode": "PACK", "addSpecialTokens": False, "beginToken": "<|begin|>"}, True),
    ],
)
def test_it_warns_of_a_begin_token_that_texts_have_already(home, ask, recipe, doubled):
    begun = save(home, "begun", {"train": ["<|begin|>Two words"] * 20})
    told = ask(BEGUN, dataset=begun, **recipe)
    assert ("DOUBLE_BEGIN_TOKEN" in codes(told)) is doubled
    assert code(told) is None
    assert "DOUBLE_BEGIN_TOKEN" not in codes(ask(BEGUN)), "some of many texts may"


def test_a_pad_token_that_is_missing_is_told_with_the_choices_and_what_else_is_known(ask):
    told = ask(padding="MAX_LENGTH")
    assert code(told) == "PAD_TOKEN_MISSING"
    assert "<|end|>" in told["error"]["message"]
    assert "PAD_TOKEN_MISSING" in codes(told)
    named = ask(padding="MAX_LENGTH", padToken="<|end|>")
    figures = ("sequenceCount", "tokenCount", "sizeBytes", "paddingShare")
    assert [told[name] for name in figures] == [named[name] for name in figures]
    assert "recipe" not in told, "it is none that could be run"


def test_a_column_that_is_no_text_is_told(ask):
    told = ask(textColumns=["id"])
    assert (code(told), codes(told), told["sampledRows"]) == ("COLUMN_NOT_TEXT", {"COLUMN_NOT_TEXT"}, 0)


def test_a_sample_that_cannot_be_tokenized_is_the_error_that_the_run_fails_with(home, tmp_path, ask):
    broken = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff\xfe"], pa.binary()).buffers())
    whole = pa.chunked_array([["Two words"] * 30, broken, ["and more"] * 30])
    if not (home / "storage" / "broken").exists():
        save_tables(home / "storage" / "broken", {"train": pa.table({"text": whole})})

    told = ask(dataset="broken")
    run = Run(home / "storage" / "broken", home / "tokenizers", tmp_path, BPE)
    kept = run.plan()["plan"]
    with pytest.raises(WorldFailure) as failed:
        run.complete([run.shard(number) for number in range(len(run.planned["pieces"]))])

    assert told["error"] == error_of(failed.value)
    assert "Row 30 of split train" in told["error"]["message"]
    assert codes(told) == codes(kept) == {"SAMPLES_NOT_TOKENIZED"}
    skipping = ask(dataset="broken", onError="SKIP")
    assert (code(skipping), codes(skipping)) == (None, {"SAMPLES_NOT_TOKENIZED"})
    assert skipping["sequenceCount"] == 60


def test_more_than_the_disk_holds_is_told(home, ask):
    rows = save(home, "many", {"train": ["a"] * 300_000})
    told = ask(dataset=rows, padding="MAX_LENGTH", padToken="<|end|>", maxLength=1 << 24, free=1 << 40)
    assert code(told) == "INSUFFICIENT_STORAGE"
    assert {"INSUFFICIENT_STORAGE", "MOSTLY_PADDING"} <= codes(told)
    assert told["sequenceCount"] == 300_000


def test_more_than_the_storage_has_for_new_jobs_is_warned_of(ask):
    size = ask(maxLength=16)["sizeBytes"]
    assert "INSUFFICIENT_STORAGE" not in codes(ask(maxLength=16, free=size))
    full = ask(maxLength=16, free=size - 1)
    assert "INSUFFICIENT_STORAGE" in codes(full)
    assert any(f"{size - 1:,} are free" in warning["message"] for warning in full["warnings"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"tokenizer": "file:nothing"}, "TOKENIZER_NOT_FOUND"),
        ({"tokenizer": "../x"}, "INVALID_INPUT"),
        ({"tokenizer": BYT5}, "MAX_LENGTH_REQUIRED"),
        ({"tokenizer": "file:endless"}, "MAX_LENGTH_REQUIRED"),
        ({"textColumns": ["nothing"]}, "COLUMN_NOT_FOUND"),
        ({"text_column": None}, "COLUMN_NOT_FOUND"),
        ({"splits": ["nothing"]}, "SPLIT_NOT_FOUND"),
        ({"splits": ["empty"]}, "EMPTY_DATASET"),
        ({"mode": "WINDOW", "stride": 64}, "INVALID_INPUT"),
        ({"maxLength": 0}, "INVALID_INPUT"),
        ({"mode": "PACK", "beginToken": "nothing"}, "INVALID_INPUT"),
        ({"chatColumn": "text"}, "INVALID_INPUT"),
        ({"padding": "MAX_LENGTH", "padToken": "nothing"}, "INVALID_INPUT"),
    ],
)
def test_what_no_run_can_do_is_an_error_of_the_answer(ask, asked, expected):
    told = ask(**asked)
    assert (code(told), told["sampledRows"], told["warnings"]) == (expected, 0, [])
    assert told["error"]["message"]


def test_several_columns_and_conversations_are_read_as_the_run_reads_them(home, tmp_path, ask):
    told = ask(template="{text}: {text}", maxLength=30)
    run = Run(home / "storage" / "data", home / "tokenizers", tmp_path, BPE, template="{text}: {text}", maxLength=30)
    assert told["tokenCount"] == run.all()["statistics"]["tokenCount"]
