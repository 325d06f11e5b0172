"""A dataset that begins with a file that was sent here."""

from dataclasses import replace

from domain import commands as ask
from domain import events as past
from domain.claims import claims
from domain.errors import ErrorCode
from domain.evolve import fold
from domain.tokenization_commands import PinTokenization, TokenizeDataset
from tests.domain.stories import DATASET, INGEST_JOB, INGESTED, SENT, TOKENIZATION, TOKENIZE_JOB, queued
from tests.domain.test_dataset import refused, state_after, when

UPLOAD = ask.UploadDataset(dataset_id=DATASET, job_id=INGEST_JOB, **SENT)
OF_JOB = {"dataset_id": DATASET, "job_id": INGEST_JOB}
START = ask.StartJob(**OF_JOB)
DAMAGED = {"piece": "plan", "fence": 1, "code": ErrorCode.CORRUPT_DATA, "message": "", "retryable": False}
FAIL = ask.FailAttempt(**OF_JOB, **DAMAGED)


def test_an_upload_is_received_with_what_the_file_is_and_how_it_is_to_be_read():
    asked = replace(UPLOAD, name="Mine", text_column="body", split="test", on_error="SKIP")
    (event,) = when([], asked)
    assert isinstance(event, past.UploadReceived)
    kind = {"kind": "UPLOAD", "fileName": "rows.csv", "format": "csv", "sizeBytes": 10, "sha256": "a" * 64}
    assert (event.source, event.name, event.text_column, event.on_error) == (kind, "Mine", "body", "SKIP")
    assert event.files == ({"path": "rows.csv", "split": "test"},)
    assert event.summary() == "rows.csv was uploaded: 10 bytes; the ingest follows"
    assert when([], UPLOAD)[0].name == "rows.csv"


def test_an_upload_is_ingested_at_once_and_nothing_is_downloaded():
    state = state_after([], UPLOAD)
    assert (state.status, state.downloaded) == ("QUEUED", SENT["folder"])
    assert {job.kind for job in state.jobs.values()} == {"INGEST"}
    assert state_after([], UPLOAD, START).status == "INGESTING"
    done = ask.CompleteIngest(**OF_JOB, **INGESTED, text_column="text")
    assert state_after([], UPLOAD, START, done).status == "READY"


def test_a_failed_or_cancelled_ingest_of_an_upload_is_retried_on_the_same_file():
    stopped = (ask.CancelJob(**OF_JOB), ask.ConfirmCancel(**OF_JOB))
    for end, status in ((FAIL,), "FAILED"), (stopped, "CANCELLED"):
        assert state_after([], UPLOAD, START, *end).status == status
        again = state_after([], UPLOAD, START, *end, ask.RetryJob(**OF_JOB))
        assert (again.status, again.downloaded) == ("QUEUED", SENT["folder"])
        assert again.fetched == ({"path": "rows.csv", "split": "train"},)


def test_the_same_file_may_be_uploaded_twice():
    for commands in ((UPLOAD,), (UPLOAD, START), (UPLOAD, START, FAIL, ask.RetryJob(**OF_JOB))):
        assert claims(state_after([], *commands)) == frozenset()


def test_a_dataset_begins_once():
    download = ask.DownloadDataset(dataset_id=DATASET, job_id=INGEST_JOB, repository="acme/english")
    for history, command in ((queued(), UPLOAD), (when([], UPLOAD), UPLOAD), (when([], UPLOAD), download)):
        assert refused(history, command).code == ErrorCode.INVALID_TRANSITION


def recipe_hash(sha256: str) -> str:
    """Of the tokens of a file with these contents."""
    done = ask.CompleteIngest(**OF_JOB, **INGESTED, text_column="text")
    ids = {"dataset_id": DATASET, "job_id": TOKENIZE_JOB}
    tokens = TokenizeDataset(**ids, tokenization_id=TOKENIZATION, tokenizer="builtin:byt5")
    history: list[past.Event] = []
    for command in (replace(UPLOAD, sha256=sha256), START, done, tokens, ask.StartJob(**ids)):
        history += when(history, command)
    (pinned,) = when(history, PinTokenization(**ids, tokenizer_commit="t", recipe={}, vocabulary_size=256))
    return str(pinned.recipe_hash)


def test_tokens_of_another_file_are_other_work():
    assert recipe_hash("a" * 64) == recipe_hash("a" * 64) != recipe_hash("b" * 64)


def test_a_history_folds_to_the_version_of_its_length():
    history = when([], UPLOAD)
    assert fold(DATASET, history).version == 1
