"""Documents over 1 MB are tokenized alone, within their memory or not at all; what is no text is refused."""

from collections.abc import Iterator
from typing import Any

import psutil
import pyarrow as pa
import pytest

from domain.errors import ErrorCode
from tests.engine_tokenizers import tokenizer_of
from tests.texts import texts
from tests.workers.planted import WRONG_ABOUT
from tests.workers.test_engine_parity import choice_of, expected
from tests.workers.test_engine_proof import Wrong
from workers.documents import LARGE_BYTES, MEMORY_BYTES, DocumentEngine
from workers.engines import engine_of
from workers.large_documents import LargeDocuments
from workers.proof import ProvedEngine
from workers.tokens import DocumentFailed

pytestmark = pytest.mark.slow

BOOK = " ".join(texts(100)) * (1 + LARGE_BYTES // len(" ".join(texts(100))))


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[DocumentEngine]:
    made = engine_of(tokenizer_of(request.param))
    made.begin(0)
    yield made
    made.close()


def failed(engine: DocumentEngine, texts: Any) -> DocumentFailed:
    with pytest.raises(DocumentFailed) as failure:
        engine.encode(texts)
    return failure.value


def processes() -> list[psutil.Process]:
    named = [child for child in psutil.Process().children() if "workers.large_documents" in child.cmdline()]
    return [child for child in named if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("engine", ["gpt2", "added", "other pattern", "wordpiece", "byt5"], indirect=True)
def test_a_large_document_has_its_ids_among_the_others(engine: DocumentEngine, request: pytest.FixtureRequest) -> None:
    tokenizer = tokenizer_of(request.node.callspec.params["engine"])
    rows = ["before", BOOK, "", f"{BOOK} <x> </s> <|end|> end", "after"]

    assert list(engine.encode(pa.array(rows)).rows()) == expected(tokenizer, rows)
    assert len(processes()) == 1


@pytest.mark.sampled(3)
@pytest.mark.parametrize("engine", ["gpt2", "other pattern", "byt5"], indirect=True)
@pytest.mark.parametrize("text", [" " * 1_100_000, "🙂" * 300_000, "\x00" * 1_100_000], ids=["spaces", "emoji", "nul"])
def test_a_megabyte_of_one_character_is_right(
    engine: DocumentEngine, request: pytest.FixtureRequest, text: str
) -> None:
    tokenizer = tokenizer_of(request.node.callspec.params["engine"])
    assert list(engine.encode(pa.array(["a", text])).rows()) == expected(tokenizer, ["a", text])


@pytest.mark.parametrize("engine", ["wordpiece"], indirect=True)
def test_a_document_beyond_its_memory_is_named_and_the_others_go_on(engine: DocumentEngine) -> None:
    # given a document of 17 MB, which needs a hundred times as much this way
    huge = "word and more 12 " * 1_000_000
    engine.begin(0, 384 << 20)

    failure = failed(engine, pa.array(["before", BOOK, huge, "after"], pa.large_string()))

    assert (failure.row, failure.code) == (2, ErrorCode.DOCUMENT_TOO_LARGE)
    assert "17,000,000 bytes" in failure.reason
    rows = ["before", BOOK, "after"]
    assert list(engine.encode(pa.array(rows)).rows()) == expected(tokenizer_of("wordpiece"), rows)


@pytest.mark.parametrize("engine", ["gpt2"], indirect=True)
def test_fifty_megabytes_of_text_fit_where_the_engine_needs_little(engine: DocumentEngine) -> None:
    tokens = engine.encode(pa.array(["word and more 12 " * 3_000_000], pa.large_string()))

    (some,) = expected(tokenizer_of("gpt2"), ["word and more 12 " * 300])
    (row,) = tokens.rows()
    assert row[: len(some) - 1] == some[:-1]
    assert abs(len(row) - len(some) * 10_000) < 20_000


@pytest.mark.parametrize("engine", ["gpt2"], indirect=True)
def test_the_process_for_large_documents_is_ended_with_its_shard_and_made_anew(engine: DocumentEngine) -> None:
    (first,) = engine.encode(pa.array([BOOK])).rows()
    (process,) = processes()

    process.kill()
    process.wait()
    assert next(engine.encode(pa.array([BOOK])).rows()) == first

    engine.close()
    assert processes() == []


def test_the_front_of_a_large_document_is_compared() -> None:
    # given an engine that is wrong about a word, and nothing but large documents
    tokenizer = tokenizer_of("gpt2")
    large = LargeDocuments(lambda: {"json": tokenizer.backend_tokenizer.to_str(), "splitsSpecial": False})
    engine = DocumentEngine(ProvedEngine(choice_of(tokenizer).own, Wrong()), large)
    engine.begin(7)

    (row,) = engine.encode(pa.array([f"{WRONG_ABOUT} {BOOK}"])).rows()

    assert [row] == expected(tokenizer, [f"{WRONG_ABOUT} {BOOK}"])
    assert engine.fallback == {"row": 7, "reason": "wrong gave other ids than tokenizers"}
    engine.close()


@pytest.mark.parametrize("engine", ["gpt2", "wordpiece", "byt5"], indirect=True)
@pytest.mark.parametrize("raw", [b"\xed\xa0\x80", b"caf\xe9", b"\xff" * 2_000_000], ids=["surrogate", "latin", "large"])
def test_what_is_no_unicode_is_refused_with_its_row(engine: DocumentEngine, raw: bytes) -> None:
    array = pa.array([b"fine", "größer".encode(), raw], pa.binary()).view(pa.string())

    failure = failed(engine, array)

    assert (failure.row, failure.code) == (2, ErrorCode.INVALID_ENCODING)
    assert "byte" in failure.reason


@pytest.mark.parametrize("engine", ["gpt2"], indirect=True)
def test_rows_are_counted_on_after_a_document_that_failed(engine: DocumentEngine) -> None:
    engine.begin(100, MEMORY_BYTES)
    failed(engine, pa.array([b"a", b"\xff"], pa.binary()).view(pa.string()))
    assert next(engine.encode(pa.array(["a"])).rows())
    assert engine._proved.row == 102
