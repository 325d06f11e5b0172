"""A dataset that begins with files of this machine."""

from dataclasses import replace

from domain import commands as ask
from domain.claims import claims
from domain.errors import ErrorCode
from domain.import_commands import ImportDataset
from domain.import_events import ImportRequested
from domain.tokenization_commands import PinTokenization, TokenizeDataset
from tests.domain.stories import COPIED, DATASET, FOUND, IMPORT, INGEST_JOB, INGESTED, JOB, TOKENIZATION, TOKENIZE_JOB
from tests.domain.test_dataset import refused, state_after, when

ASKED = ImportDataset(dataset_id=DATASET, job_id=JOB, **IMPORT)
OF_JOB = {"dataset_id": DATASET, "job_id": JOB}
OF_INGEST = {"dataset_id": DATASET, "job_id": INGEST_JOB}
START = ask.StartJob(**OF_JOB)
FOLDER = f"datasets/{DATASET}/source-{JOB}-1"
COPY = ask.CompleteDownload(**OF_JOB, folder=FOLDER, size_bytes=10, ingest_job_id=INGEST_JOB, files=COPIED)
READ = (ask.StartJob(**OF_INGEST), ask.CompleteIngest(**OF_INGEST, **INGESTED, text_column="text"))
CHANGED = {"piece": "00000", "fence": 1, "code": ErrorCode.CHECKSUM_MISMATCH, "message": "", "retryable": False}
FAIL = ask.FailAttempt(**OF_JOB, **CHANGED)


def test_an_import_is_requested_with_what_was_found_and_how_it_is_to_be_read():
    (event,) = when([], replace(ASKED, name="Mine", text_column="body", on_error="SKIP"))
    assert isinstance(event, ImportRequested)
    assert event.source == {"kind": "IMPORT", "path": "news", "format": "csv", "sizeBytes": 10}
    assert (event.name, event.text_column, event.on_error, event.files) == ("Mine", "body", "SKIP", FOUND)
    assert event.summary() == "Import of news was requested: 2 files, 10 bytes"
    (event,) = when([], replace(ASKED, files=FOUND[:1]))
    assert event.summary() == "Import of news was requested: 1 file, 10 bytes"


def test_its_files_are_copied_by_one_job_and_read_by_the_next():
    assert state_after([], ASKED).status == "QUEUED"
    assert state_after([], ASKED, START).status == "DOWNLOADING"
    copied = state_after([], ASKED, START, COPY)
    assert (copied.downloaded, copied.fetched) == (FOLDER, COPIED)
    assert [(job.kind, job.status) for job in copied.jobs.values()] == [("DOWNLOAD", "SUCCEEDED"), ("INGEST", "QUEUED")]
    assert state_after([], ASKED, START, COPY, *READ).status == "READY"


def test_a_failed_or_cancelled_import_is_retried():
    stopped = (ask.CancelJob(**OF_JOB), ask.ConfirmCancel(**OF_JOB))
    for end, status in ((FAIL,), "FAILED"), (stopped, "CANCELLED"):
        assert state_after([], ASKED, START, *end).status == status
        again = state_after([], ASKED, START, *end, ask.RetryJob(**OF_JOB))
        assert (again.status, again.asked_files) == ("QUEUED", FOUND)


def test_the_same_files_may_be_imported_twice_and_a_dataset_begins_once():
    assert claims(state_after([], ASKED, START)) == frozenset()
    assert refused(when([], ASKED), ASKED).code == ErrorCode.INVALID_TRANSITION


def recipe_hash(sha256: str) -> str:
    """Of the tokens of a file with these contents."""
    copy = replace(COPY, files=({**COPIED[0], "sha256": sha256}, COPIED[1]))
    ids = {"dataset_id": DATASET, "job_id": TOKENIZE_JOB}
    tokens = TokenizeDataset(**ids, tokenization_id=TOKENIZATION, tokenizer="builtin:byt5")
    history: list[object] = []
    for command in (ASKED, START, copy, *READ, tokens, ask.StartJob(**ids)):
        history += when(history, command)
    (pinned,) = when(history, PinTokenization(**ids, tokenizer_commit="t", recipe={}, vocabulary_size=256))
    return str(pinned.recipe_hash)


def test_tokens_of_other_contents_are_other_work():
    assert recipe_hash("a" * 64) == recipe_hash("a" * 64) != recipe_hash("b" * 64)
