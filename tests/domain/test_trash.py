"""The end of a dataset's life: deleted, restored, purged; and what it refuses meanwhile."""

from dataclasses import replace

import pytest

from domain import commands as ask
from domain import events as past
from domain.claims import claims
from domain.decide import decide
from domain.errors import ClaimTaken, ErrorCode, Refused
from domain.evolve import fold
from domain.handle import handle
from domain.index_commands import IndexDataset
from domain.log import Append, Trace
from domain.tokenization_commands import DeleteTokenization, ExportTokenization, TokenizeDataset
from domain.tokenization_events import TokenizationPurged
from domain.trash import purge_job_id
from domain.trash_commands import CompletePurge, DeleteDataset, ExpireDataset, RestoreDataset
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import (
    DATASET,
    EXPORT,
    EXPORT_JOB,
    INDEX_JOB,
    INGEST_JOB,
    JOB,
    PRESET,
    PURGE_JOB,
    TOKENIZATION,
    TOKENIZE_JOB,
    downloading,
    exporting,
    indexing,
    pinned,
    purged,
    purging,
    queued,
    ready,
    tokenized,
    tokenizing,
    trashed,
)
from tests.domain.test_dataset import refused, state_after, when

DELETE = DeleteDataset(dataset_id=DATASET)
PURGE = DeleteDataset(dataset_id=DATASET, purge=True)
EXPIRE = ExpireDataset(dataset_id=DATASET, days=7)
RESTORE = RestoreDataset(dataset_id=DATASET)
DONE = CompletePurge(dataset_id=DATASET, job_id=PURGE_JOB, bytes_freed=1_234)

REFUSED_IN_THE_TRASH = [
    IndexDataset(dataset_id=DATASET, job_id=INDEX_JOB),
    ask.RetryJob(dataset_id=DATASET, job_id=JOB),
    ask.CancelJob(dataset_id=DATASET, job_id=JOB),
    ask.StartJob(dataset_id=DATASET, job_id=JOB),
    TokenizeDataset(dataset_id=DATASET, tokenization_id=PRESET, job_id=PRESET, tokenizer="builtin:byt5"),
    TokenizeDataset(dataset_id=DATASET, tokenization_id=TOKENIZATION, job_id=PRESET, tokenizer="builtin:byt5"),
    ExportTokenization(
        dataset_id=DATASET, tokenization_id=TOKENIZATION, export_id=EXPORT, job_id=EXPORT_JOB, format="PARQUET"
    ),
]


def failed():
    error = {"code": "CORRUPT_DATA", "message": "Broken.", "retryable": False}
    return [*downloading(), past.JobFailed(job_id=JOB, kind="DOWNLOAD", **error)]


def cancelled():
    cancel = {"job_id": JOB, "kind": "DOWNLOAD"}
    return [*downloading(), past.JobCancelRequested(**cancel), past.JobCancelled(**cancel)]


@pytest.mark.parametrize("history", [ready, failed, cancelled, tokenized])
def test_a_dataset_at_rest_goes_to_the_trash_and_comes_back_as_it_was(history):
    before, gone = fold(DATASET, history()), state_after(history(), DELETE)
    assert gone.status == "TRASHED"
    back = state_after(history(), DELETE, RESTORE)
    assert back == replace(before, version=before.version + 2)
    assert when([*history(), DatasetTrashed()], RESTORE) == [DatasetRestored(status=before.status)]


@pytest.mark.parametrize(
    ("history", "job", "kind"),
    [
        (queued, JOB, "DOWNLOAD"),
        (pinned, JOB, "DOWNLOAD"),
        (tokenizing, TOKENIZE_JOB, "TOKENIZE"),
        (exporting, EXPORT_JOB, "EXPORT"),
    ],
)
@pytest.mark.parametrize("command", [DELETE, PURGE])
def test_nothing_is_deleted_under_an_open_job_and_the_refusal_says_which(history, job, kind, command):
    refusal = refused(history(), command)
    assert (refusal.code, refusal.path, refusal.details["jobs"]) == (ErrorCode.IN_USE, ("datasetId",), (job,))
    assert kind in refusal.message


def test_a_job_that_is_being_cancelled_is_not_over():
    cancelling = [*tokenizing(), past.JobCancelRequested(job_id=TOKENIZE_JOB, kind="TOKENIZE")]
    assert refused(cancelling, DELETE).code == ErrorCode.IN_USE


def test_purge_goes_by_the_trash_and_is_a_job():
    assert when(ready(), PURGE) == [DatasetTrashed(), DatasetPurgeRequested(job_id=PURGE_JOB)]
    assert when(trashed(), PURGE) == [DatasetPurgeRequested(job_id=PURGE_JOB)]
    state = state_after(ready(), PURGE)
    assert (state.status, state.jobs[PURGE_JOB].kind, state.jobs[PURGE_JOB].status) == ("PURGING", "PURGE", "QUEUED")


def test_what_has_been_in_the_trash_for_long_enough_is_purged_and_history_tells_why():
    (event,) = when(trashed(), EXPIRE)
    assert event == DatasetPurgeRequested(job_id=PURGE_JOB, after_days=7)
    assert event.summary() == "Purge begins by itself after 7 days in the trash"
    assert state_after(trashed(), EXPIRE).status == "PURGING"
    for history in (ready(), purging(), [*trashed(), DatasetRestored(status="READY")]):
        assert when(history, EXPIRE) == []
    assert refused(purged(), EXPIRE).code == ErrorCode.NOT_FOUND


def test_the_end_of_a_purge_tells_what_it_freed_and_that_nothing_is_left():
    (event,) = when(purging(), DONE)
    assert event == DatasetPurged(job_id=PURGE_JOB, bytes_freed=1_234, files_left=0)
    assert event.summary() == "Purged: 1,234 bytes freed, 0 files left"
    assert fold(DATASET, [*purging(), event]).is_purged


def test_what_a_purge_finds_still_to_do_ends_with_it():
    dropped = [*indexing(), *tokenized()[len(ready()) :]]
    dropped += when(dropped, DeleteTokenization(dataset_id=DATASET, tokenization_id=TOKENIZATION))
    removal = purge_job_id(TOKENIZATION)
    for history in (dropped, [*dropped, past.JobStarted(job_id=removal, kind="PURGE", attempt=1)]):
        gone = [*history, *when(history, PURGE), past.JobStarted(job_id=PURGE_JOB, kind="PURGE", attempt=1)]
        assert when(gone, DONE) == [
            past.JobCancelled(job_id=INDEX_JOB, kind="INDEX"),
            TokenizationPurged(tokenization_id=TOKENIZATION, job_id=removal, bytes_freed=0),
            DatasetPurged(job_id=PURGE_JOB, bytes_freed=1_234),
        ]
        assert not any(job.is_open for job in state_after(gone, DONE).jobs.values())


def test_a_purge_that_leaves_files_is_not_over():
    assert refused(purging(), replace(DONE, files_left=2)).code == ErrorCode.IN_USE
    assert refused(ready(), replace(DONE, job_id=INGEST_JOB)).code == ErrorCode.INVALID_TRANSITION


def test_what_has_come_so_far_already_stays_as_it_is():
    assert when(trashed(), DELETE) == []
    assert when(purging(), DELETE) == []
    assert when(purging(), PURGE) == []


def test_only_what_is_in_the_trash_is_restored():
    for history, status in ((ready(), "READY"), (failed(), "FAILED"), (purging(), "PURGING")):
        refusal = refused(history, RESTORE)
        assert (refusal.code, refusal.details["status"]) == (ErrorCode.INVALID_TRANSITION, status)
    again = [*trashed(), DatasetRestored(status="READY")]
    assert refused(again, RESTORE).details["status"] == "READY"


@pytest.mark.parametrize("command", REFUSED_IN_THE_TRASH, ids=lambda command: type(command).__name__)
def test_nothing_else_is_done_with_what_is_in_the_trash_or_beyond(command):
    in_trash = refused([*tokenized(), DatasetTrashed()], command)
    assert (in_trash.code, in_trash.details["status"]) == (ErrorCode.INVALID_TRANSITION, "TRASHED")
    assert "restore it first" in in_trash.message
    beyond = refused(purging(), command)
    assert (beyond.code, beyond.details["status"]) == (ErrorCode.INVALID_TRANSITION, "PURGING")


@pytest.mark.parametrize(
    "command", [DELETE, PURGE, RESTORE, DONE, *REFUSED_IN_THE_TRASH], ids=lambda command: type(command).__name__
)
def test_of_what_is_purged_there_is_nothing_to_be_done(command):
    assert refused(purged(), command).code == ErrorCode.NOT_FOUND


@pytest.mark.parametrize("history", [trashed, purging, purged])
def test_reports_that_come_late_lead_to_nothing_and_stop_nobody(history):
    attempt = {"piece": "00000", "fence": 9, "code": ErrorCode.WORKER_LOST, "message": "gone", "retryable": True}
    assert when(history(), ask.FailAttempt(dataset_id=DATASET, job_id=INGEST_JOB, **attempt, lost=True)) == []
    assert when(history(), ask.ConfirmCancel(dataset_id=DATASET, job_id=INGEST_JOB)) == []


def test_a_purge_that_failed_goes_on_when_it_is_asked_for_again():
    error = {"code": "IN_USE", "message": "Held.", "retryable": True}
    stuck = [*purging(), past.JobFailed(job_id=PURGE_JOB, kind="PURGE", **error)]
    again = past.JobRetryRequested(job_id=PURGE_JOB, kind="PURGE", attempt=2)
    assert fold(DATASET, stuck).status == "PURGING"
    assert when(stuck, PURGE) == [again]
    assert when(stuck, ask.RetryJob(dataset_id=DATASET, job_id=PURGE_JOB)) == [again]
    assert when(stuck, DELETE) == []


def test_a_purge_is_not_called_off():
    refusal = refused(purging(), ask.CancelJob(dataset_id=DATASET, job_id=PURGE_JOB))
    assert (refusal.code, refusal.details["status"]) == (ErrorCode.INVALID_TRANSITION, "RUNNING")


def test_what_is_in_the_trash_or_beyond_holds_no_claim_and_takes_it_back_when_it_is_restored():
    assert len(claims(fold(DATASET, ready()))) == 2
    for history in (trashed(), purging(), purged()):
        assert claims(fold(DATASET, history)) == frozenset()
    assert claims(state_after(trashed(), RESTORE)) == claims(fold(DATASET, ready()))


def test_the_data_may_come_again_meanwhile_and_then_the_first_is_not_restored():
    log, trace = MemoryLog(), Trace("command", "story")

    def does(command):
        return handle(log, command, trace)

    def download(dataset_id, job_id):
        return does(ask.DownloadDataset(dataset_id=dataset_id, job_id=job_id, repository="acme/english"))

    for event in ready():
        version = log.newest()
        held = frozenset() if version else claims(fold(DATASET, ready()))
        log.append(Append(f"dataset-{DATASET}", version, [event], trace, claim=held))
    with pytest.raises(ClaimTaken):
        download(PRESET, TOKENIZE_JOB)
    does(DELETE)
    download(PRESET, TOKENIZE_JOB)
    with pytest.raises(ClaimTaken) as taken:
        does(RESTORE)
    assert taken.value.holder == f"dataset-{PRESET}"
    assert fold(DATASET, [recorded.event for recorded in log.read(f"dataset-{DATASET}")]).status == "TRASHED"


def test_a_dataset_that_is_not_there_is_neither_deleted_nor_restored():
    for command in (DELETE, PURGE, RESTORE):
        with pytest.raises(Refused) as refusal:
            decide(None, command)
        assert refusal.value.code == ErrorCode.NOT_FOUND
