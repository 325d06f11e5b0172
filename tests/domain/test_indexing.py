"""The search index of a dataset: asked for, built, damaged, and never in anybody's way."""

import pytest

from domain import commands as ask
from domain import events as past
from domain.dataset import DatasetStatus
from domain.decide import earlier
from domain.errors import ErrorCode
from domain.evolve import fold
from domain.handle import handle
from domain.index_commands import CompleteIndex, IndexDataset, IndexReason
from domain.index_events import WHY, IndexCompleted, IndexRequested
from domain.indexing import request_index
from domain.jobs import JobStatus
from domain.log import Append, Trace
from domain.trash_commands import CompletePurge, DeleteDataset, RestoreDataset
from domain.trash_events import DatasetPurged, DatasetPurgeRequested, DatasetRestored, DatasetTrashed
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import (
    DATASET,
    INDEX,
    INDEX_JOB,
    INGEST_JOB,
    INGESTED,
    PRESET,
    PURGE_JOB,
    indexed,
    indexing,
    ingesting,
    made_again,
    queued,
    ready,
    trashed,
)
from tests.domain.test_dataset import refused, state_after, when

AGAIN = PRESET  # the id of another job
TRACE = Trace(command_id="c", correlation_id="c")
ASKED = IndexDataset(dataset_id=DATASET, job_id=AGAIN)
DAMAGED = IndexDataset(dataset_id=DATASET, job_id=AGAIN, reason=IndexReason.DAMAGED, damaged_folder="datasets/index")
COMPLETE = CompleteIndex(dataset_id=DATASET, job_id=INDEX_JOB, **INDEX)
DELETE = DeleteDataset(dataset_id=DATASET)
RESTORE = RestoreDataset(dataset_id=DATASET)
CONFIRM = ask.ConfirmCancel(dataset_id=DATASET, job_id=INDEX_JOB)
ONLY_NUMBERS = [{"name": "label", "type": "int64", "isText": False}]


def ingest(**more):
    values = {**INGESTED, "text_column": "text", "index_job_id": INDEX_JOB, **more}
    return ask.CompleteIngest(dataset_id=DATASET, job_id=INGEST_JOB, **values)


def without_text():
    values = {**INGESTED, "columns": ONLY_NUMBERS, "text_column": None}
    return [*ingesting(), past.IngestCompleted(job_id=INGEST_JOB, **values)]


def failed(history=indexing):
    error = {"code": "INTERNAL", "message": "Broken.", "retryable": True}
    return [*history(), past.JobFailed(job_id=INDEX_JOB, kind="INDEX", **error)]


def test_a_dataset_that_becomes_ready_asks_for_its_index_in_the_same_append():
    done, requested = when(ingesting(), ingest())
    assert isinstance(done, past.IngestCompleted)
    assert requested == IndexRequested(job_id=INDEX_JOB, reason="READY")
    state = state_after(ingesting(), ingest())
    assert (state.status, state.jobs[INDEX_JOB].status) == (DatasetStatus.READY, JobStatus.QUEUED)


def test_a_dataset_without_text_has_no_index():
    (only,) = when(ingesting(), ingest(columns=ONLY_NUMBERS, text_column=None))
    assert isinstance(only, past.IngestCompleted)
    assert refused(without_text(), ASKED).code == ErrorCode.COLUMN_NOT_TEXT
    assert request_index(fold(DATASET, without_text()), AGAIN, IndexReason.LANGUAGE) == []


@pytest.mark.parametrize("columns", [INGESTED["columns"], ONLY_NUMBERS])
def test_an_index_of_data_that_was_made_again_is_searched_no_more(columns):
    again = made_again(indexed(), columns=tuple(columns))
    assert fold(DATASET, again[:-1]).index.folder == "datasets/index"
    assert fold(DATASET, again).index.folder is None


def test_text_in_columns_that_are_not_the_chosen_one_is_searched_too():
    assert len(when(ingesting(), ingest(text_column=None))) == 2


@pytest.mark.parametrize("history", [queued, ingesting])
def test_what_is_not_ready_is_not_indexed(history):
    assert refused(history(), ASKED).code == ErrorCode.NOT_READY
    assert refused([], ASKED).code == ErrorCode.NOT_FOUND


def test_an_index_that_is_whole_takes_the_place_of_the_one_that_was_searched():
    assert state_after(indexing(), COMPLETE).index.folder == "datasets/index"
    history = [*indexed(), *when(indexed(), ASKED)]
    assert fold(DATASET, history).index.folder == "datasets/index"
    history.append(past.JobStarted(job_id=AGAIN, kind="INDEX", attempt=1))
    newer = CompleteIndex(dataset_id=DATASET, job_id=AGAIN, **INDEX | {"folder": "datasets/newer"})
    assert state_after(history, newer).index.folder == "datasets/newer"


def test_building_an_index_leaves_the_dataset_ready_however_it_ends():
    cancel = ask.CancelJob(dataset_id=DATASET, job_id=INDEX_JOB)
    for state in (fold(DATASET, indexing()), fold(DATASET, failed()), state_after(indexing(), cancel, CONFIRM)):
        assert state.status == DatasetStatus.READY


def test_whoever_asks_while_an_index_is_built_gets_its_job():
    log = MemoryLog()
    log.append(Append(f"dataset-{DATASET}", 0, indexing(), TRACE))
    handled = handle(log, ASKED, TRACE)
    assert (handled.replayed, handled.events) == (True, ())
    assert handled.objects == {"dataset": DATASET, "job": INDEX_JOB}
    requested = next(number for number, event in enumerate(indexing(), start=1) if isinstance(event, IndexRequested))
    assert handled.position == requested


def test_an_index_that_ended_badly_is_asked_for_anew():
    cancelled = [*indexing(), past.JobCancelRequested(job_id=INDEX_JOB, kind="INDEX")]
    for history in (failed(), cancelled, indexed()):
        assert when(history, ASKED) == [IndexRequested(job_id=AGAIN, reason="ASKED")]
        assert earlier(fold(DATASET, history), ASKED) is None


def test_a_damaged_index_is_searched_no_more_and_built_again_once():
    assert when(indexed(), DAMAGED) == [IndexRequested(job_id=AGAIN, reason="DAMAGED")]
    state = state_after(indexed(), DAMAGED)
    assert state.index.folder is None
    assert when([*indexed(), *when(indexed(), DAMAGED)], DAMAGED) == []


def test_damage_of_an_index_that_was_replaced_is_no_news():
    history = [*indexed(), *when(indexed(), ASKED), past.JobStarted(job_id=AGAIN, kind="INDEX", attempt=1)]
    newer = CompleteIndex(dataset_id=DATASET, job_id=AGAIN, **INDEX | {"folder": "datasets/newer"})
    history += when(history, newer)
    late = IndexDataset(
        dataset_id=DATASET, job_id=INGEST_JOB[:-1] + "f", reason=IndexReason.DAMAGED, damaged_folder="datasets/index"
    )
    assert when(history, late) == []
    assert fold(DATASET, history).index.folder == "datasets/newer"


def test_another_language_stops_the_index_that_is_being_built_and_asks_for_the_next():
    stop, begin = request_index(fold(DATASET, indexing()), AGAIN, IndexReason.LANGUAGE)
    assert stop == past.JobCancelRequested(job_id=INDEX_JOB, kind="INDEX")
    assert begin == IndexRequested(job_id=AGAIN, reason="LANGUAGE")
    history = [*indexing(), stop, begin]
    assert refused(history, COMPLETE).code == ErrorCode.INVALID_TRANSITION
    assert when(history, CONFIRM) == [past.JobCancelled(job_id=INDEX_JOB, kind="INDEX")]


def test_a_failed_index_goes_on_by_a_retry_until_a_newer_one_was_asked_for():
    retry = ask.RetryJob(dataset_id=DATASET, job_id=INDEX_JOB)
    assert isinstance(when(failed(), retry)[0], past.JobRetryRequested)
    refusal = refused([*failed(), *when(failed(), ASKED)], retry)
    assert (refusal.code, refusal.details["status"]) == (ErrorCode.INVALID_TRANSITION, JobStatus.FAILED)


def test_a_dataset_is_deleted_while_it_is_indexed_which_ends_with_it():
    assert when(indexing(), DELETE) == [past.JobCancelRequested(job_id=INDEX_JOB, kind="INDEX"), DatasetTrashed()]
    history = [*indexing(), *when(indexing(), DELETE)]
    assert refused(history, COMPLETE).code == ErrorCode.INVALID_TRANSITION
    assert when(history, CONFIRM) == [past.JobCancelled(job_id=INDEX_JOB, kind="INDEX")]
    assert when(history, DeleteDataset(dataset_id=DATASET, purge=True)) == [DatasetPurgeRequested(job_id=PURGE_JOB)]


def test_an_index_that_the_trash_has_stopped_is_built_when_the_dataset_comes_back():
    stopped = [*indexing(), *when(indexing(), DELETE)]
    for history in (stopped, [*stopped, past.JobCancelled(job_id=INDEX_JOB, kind="INDEX")]):
        restored, requested = when(history, RESTORE)
        assert (restored, requested.reason) == (DatasetRestored(status="READY"), "RESTORED")
        back = fold(DATASET, [*history, restored, requested])
        assert (back.status, back.index.job_id) == (DatasetStatus.READY, requested.job_id)
        assert requested.job_id not in fold(DATASET, history).jobs


@pytest.mark.parametrize("history", [ready, indexed, failed])
def test_a_dataset_whose_index_was_not_stopped_comes_back_as_it_was(history):
    gone = [*history(), *when(history(), DELETE)]
    assert gone[-1] == DatasetTrashed()
    assert when(gone, RESTORE) == [DatasetRestored(status="READY")]


def test_after_a_purge_nothing_more_is_told_of_the_index():
    history = [*indexing(), *when(indexing(), DELETE), DatasetPurgeRequested(job_id=PURGE_JOB)]
    history.append(past.JobStarted(job_id=PURGE_JOB, kind="PURGE", attempt=1))
    cancelled, purged = when(history, CompletePurge(dataset_id=DATASET, job_id=PURGE_JOB, bytes_freed=1))
    assert cancelled == past.JobCancelled(job_id=INDEX_JOB, kind="INDEX")
    assert isinstance(purged, DatasetPurged)
    assert when([*history, cancelled, purged], CONFIRM) == []


def test_what_is_in_the_trash_is_not_indexed():
    assert refused(trashed(), ASKED).code == ErrorCode.INVALID_TRANSITION
    assert request_index(fold(DATASET, trashed()), AGAIN, IndexReason.LANGUAGE) == []


def test_every_reason_has_a_sentence():
    assert set(WHY) == set(IndexReason)
    assert {IndexRequested(job_id=AGAIN, reason=reason).summary() for reason in IndexReason} == {
        f"Indexing of the text {why}" for why in WHY.values()
    }
    assert IndexCompleted(job_id=AGAIN, **INDEX).summary() == "Searchable: 3 of 4 rows, an index of 6 bytes"
