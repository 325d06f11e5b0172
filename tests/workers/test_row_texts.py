"""What texts are made of: columns joined by a template, conversations; and samples that are left out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from domain.conservation import check_conservation
from domain.errors import ErrorCode, WorldFailure
from tests import tokenizers as made
from tests.workers.tokenization import Run, loaded, save_splits, save_tables
from workers.engines import DocumentFailed, Tokens
from workers.row_texts import documents_of
from workers.samples import encode_each
from workers.templates import parse_template
from workers.tokens import offsets_after

CHAT = "{% for message in messages %}<|begin|>{{ message.role.upper() }}: {{ message.content }}<|end|>{% endfor %}"
ROWS = {
    "title": ["One", None, "Three {x}", ""] * 30,
    "body": ["a body", "another", None, "漢字 " * 40] * 30,
    "count": [1, 2, 3, 4] * 30,
}
CONVERSATIONS: list[Any] = [
    [{"role": "user", "content": "Hello there"}, {"role": "assistant", "content": "Hello to you <|end|>"}],
    [],
    None,
    [{"role": "user", "content": "A question of 漢字 🙂" * 9}],
] * 30


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizers")
    made.save_bpe(folder / "bpe")
    chatty = loaded(folder, "file:bpe")
    for name, template in {"chatty": CHAT, "begun": CHAT}.items():
        made.save_bpe(folder / name, begin=name == "begun")
        chatty = loaded(folder, f"file:{name}")
        chatty.chat_template = template
        chatty.save_pretrained(folder / name)
    return folder


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ingested") / "dataset"
    save_tables(folder, {"train": pa.table({**ROWS, "messages": CONVERSATIONS})})
    return folder


def test_the_text_column_may_be_called_by_nothing() -> None:
    assert documents_of({}, "", None).columns == ("",)
    with pytest.raises(WorldFailure, match="no text column"):
        documents_of({}, None, None)


def test_columns_are_joined_by_a_template(ingested: Path, root: Path, tmp_path: Path) -> None:
    # given a template with braces of its own, and nulls in both columns
    run = Run(ingested, root, tmp_path, "file:bpe", template="{{{title}}}: {body}!", maxLength=1000)

    # when it is tokenized in shards
    run.plan(shard_bytes=700)
    told = run.complete([run.shard(number) for number in range(len(run.planned["pieces"]))])

    # then the ids are those of the texts that it makes, a null as an empty text
    pairs = zip(ROWS["title"], ROWS["body"], strict=True)
    texts = ["{" + (title or "") + "}: " + (body or "") + "!" for title, body in pairs]
    assert len(run.planned["pieces"]) > 3
    assert run.output()["train"] == loaded(root, "file:bpe")(texts)["input_ids"]
    assert run.planned["recipe"]["textColumns"] == ["title", "body"]
    check_conservation(told["statistics"])


def test_several_columns_without_a_template_have_an_empty_line_between_them(
    ingested: Path, root: Path, tmp_path: Path
) -> None:
    run = Run(ingested, root, tmp_path, "file:bpe", textColumns=["body", "title"], maxLength=1000)

    run.all()

    texts = [f"{body or ''}\n\n{title or ''}" for title, body in zip(ROWS["title"], ROWS["body"], strict=True)]
    assert run.output()["train"] == loaded(root, "file:bpe")(texts)["input_ids"]
    assert run.planned["recipe"]["template"] == "{body}\n\n{title}"


@pytest.mark.parametrize(
    ("recipe", "code", "says"),
    [
        ({"template": "{title} {author}"}, ErrorCode.COLUMN_NOT_FOUND, "no column 'author'"),
        ({"template": "{title} {count}"}, ErrorCode.COLUMN_NOT_TEXT, "'count' holds int64"),
        ({"template": "{title} {"}, ErrorCode.INVALID_INPUT, "stray { at character 9"),
        ({"template": "{title}} "}, ErrorCode.INVALID_INPUT, "stray } at character 8"),
        ({"template": "{}"}, ErrorCode.INVALID_INPUT, "stray { at character 1"),
        ({"template": "{{title}}"}, ErrorCode.INVALID_INPUT, "names no column"),
        ({"template": "{title}", "textColumns": ["title", "body"]}, ErrorCode.INVALID_INPUT, "name the same"),
        ({"chatColumn": "messages"}, ErrorCode.INVALID_INPUT, "no chat template"),
        ({"textColumns": ["messages"]}, ErrorCode.COLUMN_NOT_TEXT, "'messages' holds list"),
    ],
)
def test_columns_that_cannot_be_read_are_refused(
    ingested: Path, root: Path, tmp_path: Path, recipe: dict[str, Any], code: ErrorCode, says: str
) -> None:
    with pytest.raises(WorldFailure, match=says) as refused:
        Run(ingested, root, tmp_path, "file:bpe", **recipe).plan()
    assert (refused.value.code, refused.value.retryable) == (code, False)


@pytest.mark.parametrize(
    ("recipe", "code", "says"),
    [
        ({"chatColumn": "body"}, ErrorCode.COLUMN_NOT_TEXT, "not lists of messages"),
        ({"chatColumn": "talk"}, ErrorCode.COLUMN_NOT_FOUND, "no column 'talk'"),
        ({"chatColumn": "messages", "textColumns": ["body"]}, ErrorCode.INVALID_INPUT, "leave textColumns"),
    ],
)
def test_a_chat_column_that_holds_no_conversations_is_refused(
    ingested: Path, root: Path, tmp_path: Path, recipe: dict[str, Any], code: ErrorCode, says: str
) -> None:
    with pytest.raises(WorldFailure, match=says) as refused:
        Run(ingested, root, tmp_path, "file:chatty", **recipe).plan()
    assert refused.value.code is code


@pytest.mark.parametrize("name", ["file:chatty", "file:begun"])
def test_conversations_are_what_the_tokenizer_s_own_template_makes_of_them(
    ingested: Path, root: Path, tmp_path: Path, name: str
) -> None:
    # given conversations, an empty one and a null among them, and a tokenizer that may add a beginning of its own
    run = Run(ingested, root, tmp_path, name, chatColumn="messages", maxLength=1000)

    # when they are tokenized in shards of a few
    run.plan(text_column=None, shard_bytes=700)
    run.complete([run.shard(number) for number in range(len(run.planned["pieces"]))])

    # then the ids are those of apply_chat_template: the template sets the special tokens, and nothing sets them again
    rival = loaded(root, name)
    wanted = [rival.apply_chat_template(each)["input_ids"] if each else [] for each in CONVERSATIONS]
    assert len(run.planned["pieces"]) > 3
    assert run.planned["recipe"]["addSpecialTokens"] is False
    assert run.output()["train"] == wanted


def test_samples_that_cannot_be_tokenized_are_skipped_and_listed(root: Path, tmp_path: Path) -> None:
    # given conversations of which some have no role
    bad = [{"role": None, "content": "no role"}]
    rows = [bad if number % 7 == 3 else CONVERSATIONS[0] for number in range(40)]
    save_tables(tmp_path / "data", {"train": pa.table({"messages": rows}), "test": pa.table({"messages": rows[:4]})})
    run = Run(tmp_path / "data", root, tmp_path, "file:chatty", chatColumn="messages", onError="SKIP", maxLength=1000)

    # when they are tokenized with onError SKIP
    run.plan(text_column=None, shard_bytes=300)
    pieces = [run.shard(number) for number in range(len(run.planned["pieces"]))]
    told = run.complete(pieces)["statistics"]

    # then the others are there, and each bad one is told with its row and the reason
    good = loaded(root, "file:chatty").apply_chat_template(CONVERSATIONS[0])["input_ids"]
    skipped = [number for number in range(40) if number % 7 == 3]
    listed = [json.loads(line) for line in (tmp_path / "final/skipped.jsonl").read_text().splitlines()]
    assert run.output() == {"train": [good] * (40 - len(skipped)), "test": [good] * 3}
    assert [(each["split"], each["row"]) for each in listed] == [*(("train", row) for row in skipped), ("test", 3)]
    assert {each["code"] for each in listed} == {"TOKENIZATION_FAILED"}
    assert "role" in listed[0]["reason"]
    assert told["skippedSamples"] == len(skipped) + 1
    assert [sample["row"] for piece in pieces for sample in piece["skipped"]] == [*skipped, 3]
    check_conservation(told)


def test_a_sample_that_cannot_be_tokenized_fails_the_run_and_is_named(root: Path, tmp_path: Path) -> None:
    rows = [*CONVERSATIONS[:2] * 10, [{"role": None, "content": "no role"}]]
    save_tables(tmp_path / "data", {"train": pa.table({"messages": rows})})
    run = Run(tmp_path / "data", root, tmp_path, "file:chatty", chatColumn="messages", maxLength=1000)
    run.plan(text_column=None)

    with pytest.raises(WorldFailure, match="Row 20 of split train") as failed:
        run.shard(0)
    assert (failed.value.code, failed.value.retryable) == (ErrorCode.TOKENIZATION_FAILED, False)


class Choosy:
    """An engine that takes one token a character and cannot take a text with an x."""

    name = "choosy"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Any) -> Tokens:
        rows = texts.to_pylist()
        for row, text in enumerate(rows):
            self.asked.append(text)
            if "x" in text:
                raise DocumentFailed(row, ErrorCode.DOCUMENT_TOO_LARGE, f"{text} is too large")
        ids = np.array([ord(letter) for text in rows for letter in text], np.int32)
        return Tokens(ids, offsets_after(np.array(list(map(len, rows)), np.int64)))


@pytest.mark.parametrize("texts", [[], ["x"], ["ab", "c"], ["x", "ab", "xx", "xxx", "", "c", "x"], ["a"] * 9 + ["x"]])
def test_each_bad_text_is_tried_once_and_its_neighbours_keep_their_rows(texts: list[str]) -> None:
    engine = Choosy()

    tokens, failures = encode_each(engine, pa.array(texts, pa.string()))

    spelled = ["".join(map(chr, row)) for row in tokens.rows()]
    assert spelled == ["" if "x" in text else text for text in texts]
    assert sorted(failure.row for failure in failures) == [row for row, text in enumerate(texts) if "x" in text]
    assert all(engine.asked.count(text) <= texts.count(text) for text in texts if "x" in text)


def test_short_samples_are_filtered_and_counted(root: Path, tmp_path: Path) -> None:
    texts = ["word " * number for number in range(30)]
    save_splits(tmp_path / "data", {"train": texts})
    run = Run(tmp_path / "data", root, tmp_path, "file:begun", minTokens=12)

    told = run.all()["statistics"]

    rival = loaded(root, "file:begun")
    lengths = [len(rival.encode(text, add_special_tokens=False)) for text in texts]
    assert told["filteredTokens"] == sum(length for length in lengths if length < 12) > 0
    assert told["filteredSamples"] == sum(length < 12 for length in lengths)
    assert told["sequenceCount"] == len(texts) - told["filteredSamples"]
    check_conservation(told)


def test_a_template_is_text_and_columns_in_order() -> None:
    template = parse_template("{{a}} {b c}{d.e}\n{b c}")

    assert template.columns == ["b c", "d.e"]
    assert template.fill(pa.record_batch({"b c": ["1", None], "d.e": ["2", "3"]})).to_pylist() == [
        *("{a} 12\n1", "{a} 3\n")
    ]
