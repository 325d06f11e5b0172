"""The tokens of samples, found out with the tokenizer that their tokenization has kept."""

import shutil
from pathlib import Path

import pytest
from datasets import load_from_disk

from domain.errors import ErrorCode, WorldFailure
from tests.workers.tokenization import SPLITS, Run, finish, save_splits, save_tokenizers
from workers.kept_tokenizer import KEPT
from workers.sample_tokens import MOST_CHARACTERS, sample_tokens
from workers.tokenizers import hash_of, load_tokenizer

LONG = "word " * (MOST_CHARACTERS // 5) + "and more"


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose storage has a dataset and its tokenizations, all that was worked with gone."""
    folder = tmp_path_factory.mktemp("home") / "storage"
    save_splits(folder / "data", {**SPLITS, "long": [LONG]})
    root = save_tokenizers(folder.parent / "tokenizers")
    for name in ("file:begun", "builtin:byt5"):
        run = Run(folder / "data", root, folder / name.partition(":")[2], name, maxLength=24)
        run.all()
        shutil.rmtree(run.folder / "work", ignore_errors=True)
    shutil.rmtree(root)
    load_tokenizer.cache_clear()
    return folder


@pytest.fixture
def ask(storage: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MISTUDIO_HOME", str(storage.parent))

    def asked(*samples, tokenizer="file:begun", **given):
        recipe = {"mode": "TRUNCATE", "maxLength": 24, "addSpecialTokens": True, "textColumns": ["text"]}
        arguments = {
            "dataset": "data",
            "tokenization": f"{tokenizer.partition(':')[2]}/final",
            "tokenizer": tokenizer,
            "recipe": recipe | given.pop("recipe", {}),
            "text_column": "text",
            "samples": [{"at": 0, "first": 500, **sample} for sample in samples],
            "work": "unused",
        }
        return finish(sample_tokens(**arguments | given))["samples"]

    return asked


@pytest.mark.parametrize("tokenizer", ["file:begun", "builtin:byt5"])
def test_they_are_those_that_were_written(ask, storage, tokenizer):
    rows = len(SPLITS["test"])
    found = ask(*({"split": "test", "index": index} for index in range(rows)), tokenizer=tokenizer)
    written = load_from_disk(str(storage / tokenizer.partition(":")[2] / "final"))["test"]["input_ids"][:]
    assert [[token["id"] for token in told["tokens"]] for told in found] == written
    assert not any(told["truncated"] for told in found)


def test_they_say_which_characters_they_stand_for(ask):
    text = SPLITS["test"][0]
    (told,) = ask({"split": "test", "index": 0}, recipe={"mode": "WINDOW"})
    first, *others = told["tokens"]
    assert (first["text"], first["start"], first["end"]) == ("<|begin|>", None, None)
    assert "".join(text[token["start"] : token["end"]] for token in others) == text
    assert [token["text"] for token in others] == [text[token["start"] : token["end"]] for token in others]


def test_a_part_of_them_is_told_and_that_there_are_more(ask):
    (whole,) = ask({"split": "test", "index": 0}, recipe={"mode": "WINDOW"})
    parts = [{"split": "test", "index": 0, "at": at, "first": 10} for at in range(0, len(whole["tokens"]) + 10, 10)]
    found = ask(*parts, recipe={"mode": "WINDOW"})
    assert [token for told in found for token in told["tokens"]] == whole["tokens"]
    assert [told["truncated"] for told in found[:-1]] == [
        at + 10 < len(whole["tokens"]) for at in range(0, len(whole["tokens"]), 10)
    ]
    assert (found[-1]["tokens"], found[-1]["truncated"]) == ([], False)


def test_of_a_very_long_text_the_beginning_is_told_and_that_it_is_no_more(ask):
    (told,) = ask({"split": "long", "index": 0, "at": 10**9}, recipe={"mode": "WINDOW"})
    assert told == {"tokens": [], "truncated": True}


def test_where_another_column_is_read_there_are_no_spans(ask):
    (told,) = ask({"split": "test", "index": 0}, text_column="title")
    assert {(token["start"], token["end"]) for token in told["tokens"]} == {(None, None)}


def test_the_tokenization_has_kept_its_tokenizer_and_is_still_read_as_one(storage):
    kept = storage / "begun" / "final" / KEPT
    assert (kept / "tokenizer.json").is_file()
    assert hash_of(kept)
    assert set(load_from_disk(str(kept.parent))) == {*SPLITS, "long"}
    assert not (storage / "byt5" / "final" / KEPT).exists(), "what is built in is not kept"


def test_one_that_kept_none_says_what_to_do(ask, storage):
    hidden = (storage / "begun" / "final" / KEPT).rename(storage / "hidden")
    try:
        with pytest.raises(WorldFailure, match="tokenize again") as failed:
            ask({"split": "test", "index": 0})
    finally:
        hidden.rename(storage / "begun" / "final" / KEPT)
    assert failed.value.code == ErrorCode.TOKENIZER_NOT_FOUND


def test_of_several_columns_the_tokens_are_those_of_the_text_that_they_make(ask, storage):
    recipe = {"textColumns": ["text"], "template": "{text}\n{{{text}}}", "maxLength": 10_000}
    (told,) = ask({"split": "test", "index": 0}, recipe=recipe)
    text = SPLITS["test"][0]
    wanted = load_tokenizer(str(storage / "begun" / "final" / KEPT))(f"{text}\n{{{text}}}")["input_ids"]
    assert [token["id"] for token in told["tokens"]] == wanted[:500]
    assert {token["start"] for token in told["tokens"]} == {None}
