"""What history says of every event: a sentence with names in it, for whoever was not there."""

import re
from dataclasses import MISSING, fields
from typing import Any

import pytest

from domain.described import DatasetDescribed
from domain.events import JobAttemptFailed, JobCancelled, JobCancelRequested, JobFailed, JobRetryRequested, JobStarted
from domain.index_events import IndexCompleted, IndexRequested
from domain.jobs import JobKind
from domain.stored_events import TYPES, name_of
from tests.domain.stories import (
    COUNTS,
    DATASET,
    EXPORT,
    INDEX,
    TOKENIZATION,
    fallen_back,
    indexed,
    purged,
    saved,
    tokenized,
)

HANDLE = "5e0c4e7d"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}")
# What a field of any event may say; numbers are 3, and texts the name of their field.
SAID: dict[str, Any] = {
    "kind": "INGEST",
    "reason": "READY",
    "status": "READY",
    "piece": "00002",
    "secret": HANDLE,
    "source": {
        "kind": "HUB",
        "repository": "acme/english",
        "revision": "main",
        "path": "rows.csv",
        "fileName": "rows.csv",
        "sizeBytes": 3,
        "format": "csv",
    },
    "statistics": COUNTS,
    "changes": {"name": "News", "language": "german"},
    "files": ({"path": "a", "name": "a", "split": "train"},),
    "splits": ({"name": "train"},),
    "skipped": (),
}


def example(kind: type[Any]) -> Any:
    """An event of the kind in which everything is said."""
    return kind(**{field.name: _said(field.name, str(field.type)) for field in fields(kind)})


def _said(name: str, kind: str) -> Any:
    if name in SAID:
        return SAID[name]
    if name.endswith("_id"):
        return DATASET
    if "Sequence" in kind:
        return ("one", "two")
    if "Mapping" in kind:
        return {}
    return 3 if "int" in kind or "float" in kind else False if "bool" in kind else name


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES.keys())
def test_every_event_says_what_happened_in_one_sentence_without_ids_and_secrets(kind):
    told = example(kind).summary()
    assert told[0].isupper() or " " in told
    assert not UUID.search(told)
    assert not any(wrong in told for wrong in ("None", "{", "}", "\n", HANDLE, "  "))
    assert 10 <= len(told) <= 300
    assert not told.endswith(".")


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES.keys())
def test_it_says_so_too_where_what_came_later_was_not_told_yet(kind):
    later = {field.name: field.default for field in fields(kind) if field.default is not MISSING}
    first = {field.name: _said(field.name, str(field.type)) for field in fields(kind) if field.name not in later}
    told = kind(**first).summary()
    assert "None" not in told
    assert "  " not in told


@pytest.mark.parametrize("kind", JobKind)
def test_every_kind_of_job_is_called_by_a_noun(kind):
    about = {"job_id": "j", "kind": kind}
    failed = JobFailed(**about, code="WORKER_LOST", message="It is gone.", retryable=True)
    told = [JobStarted(**about, attempt=2), failed, JobCancelRequested(**about), JobCancelled(**about)]
    told.append(JobRetryRequested(**about, attempt=3))
    verbs = ("began (attempt 2)", "failed (WORKER_LOST): It is gone.", "is to stop", "was cancelled")
    verbs = (*verbs, "is to go on (attempt 3)")
    nouns = {event.summary().removesuffix(verb) for event, verb in zip(told, verbs, strict=True)}
    (noun,) = nouns
    assert noun.removesuffix(" ") in (
        *("Download", "Ingest", "Indexing of the text", "Tokenization", "Export", "Purge"),
    )


def test_a_story_reads_as_one():
    described = DatasetDescribed(changes={"name": "News", "notes": "Good."})
    story = [*fallen_back(), *tokenized()[len(tokenized()) - 1 :], described, *indexed()[-3:], *purged()[-7:], *saved()]
    assert [event.summary() for event in story] == [
        "Download of acme/english at main was requested",
        "Download began (attempt 1)",
        "Pinned to commit cccccccccccc: 1 files, 10 bytes",
        "Downloaded 10 bytes; the ingest follows",
        "Ingest began (attempt 1)",
        "Ready: 4 rows in 2 splits",
        "Tokenization with builtin:byt5 was requested",
        "Tokenization began (attempt 1)",
        "Tokenizing goes on with tokenizers: at row 1,234 of train compiled gave other ids than tokenizers",
        "Tokenized: 78 tokens in 4 sequences",
        "Renamed to News; Notes were written",
        "Indexing of the text follows",
        "Indexing of the text began (attempt 1)",
        "Searchable: 3 of 4 rows, an index of 6 bytes",
        "Export of the tokenization as PARQUET was requested",
        "Export began (attempt 1)",
        "Exported the tokenization: 5 bytes in 1 files",
        "Moved to the trash",
        "Purge was requested",
        "Purge began (attempt 1)",
        "Purged: 1,234 bytes freed, 0 files left",
        "Preset short was saved",
    ]


def test_what_failed_says_where_why_and_what_follows():
    about = {"job_id": "j", "fence": 1, "code": "HUB_UNAVAILABLE", "message": "The Hub is away.", "lost": False}
    counted = {**about, "losses": 0, "failures": 1}
    assert JobAttemptFailed(**counted, piece="00003", retry_in_seconds=2.4).summary() == (
        "An attempt at piece 4 failed (HUB_UNAVAILABLE) and is tried again in 2 s: The Hub is away."
    )
    assert JobAttemptFailed(**counted, piece="plan", retry_in_seconds=0.0).summary() == (
        "An attempt at its plan failed (HUB_UNAVAILABLE) and is tried again at once: The Hub is away."
    )


def test_tokens_are_called_by_their_tokenizer():
    ids = {"tokenization_id": TOKENIZATION, "job_id": "j"}
    told = [
        TYPES["TokenizationPinned"](
            **ids, tokenizer_commit="c" * 40, recipe={}, recipe_hash="h", vocabulary_size=2, tokenizer="gpt2"
        ),
        TYPES["TokenizationCompleted"](**ids, folder="f", size_bytes=1, statistics=COUNTS, tokenizer="gpt2"),
        TYPES["ExportRequested"](**ids, export_id=EXPORT, format="PARQUET", tokenizer="gpt2"),
        TYPES["ExportCompleted"](**ids, export_id=EXPORT, folder="f", size_bytes=5, files=(), tokenizer="gpt2"),
    ]
    assert [event.summary() for event in told] == [
        "Tokenizer gpt2 was pinned to cccccccccccc",
        "Tokenized with gpt2: 78 tokens in 4 sequences",
        "Export of the tokenization with gpt2 as PARQUET was requested",
        "Exported the tokenization with gpt2: 5 bytes in 0 files",
    ]
    assert name_of(IndexCompleted(job_id="j", **INDEX)) in TYPES
    assert IndexRequested(job_id="j", reason="TEXT_COLUMN").summary().startswith("Indexing of the text begins anew")
