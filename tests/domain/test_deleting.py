"""A tokenization that is deleted: gone at once with its exports, and what it leaves open to be asked for anew."""

from dataclasses import replace

import pytest

from domain import commands as ask
from domain import events as past
from domain.errors import ErrorCode
from domain.evolve import fold
from domain.stored_events import from_data, name_of, to_data
from domain.tokenization_commands import DeleteTokenization, ExportTokenization, TokenizeDataset
from domain.tokenization_events import TokenizationDeleted, TokenizationPurged
from domain.trash import purge_job_id
from domain.trash_commands import CompletePurge, DeleteDataset
from tests.domain.stories import (
    DATASET,
    EXPORT,
    EXPORT_JOB,
    PRESET,
    TOKENIZATION,
    TOKENIZE_JOB,
    exporting,
    purged,
    ready,
    tokenized,
    tokenizing,
    trashed,
)
from tests.domain.test_dataset import refused, state_after, when

DELETE = DeleteTokenization(dataset_id=DATASET, tokenization_id=TOKENIZATION)
PURGE = purge_job_id(TOKENIZATION)
AGAIN = TokenizeDataset(dataset_id=DATASET, tokenization_id=PRESET, job_id=PRESET, tokenizer="builtin:byt5")
RETRY = ask.RetryJob(dataset_id=DATASET, job_id=TOKENIZE_JOB)


def failed():
    error = {"code": "TOKENIZATION_FAILED", "message": "Broken.", "retryable": False}
    return [*tokenizing(), past.JobFailed(job_id=TOKENIZE_JOB, kind="TOKENIZE", **error)]


def cancelled():
    cancel = {"job_id": TOKENIZE_JOB, "kind": "TOKENIZE"}
    return [*tokenizing(), past.JobCancelRequested(**cancel), past.JobCancelled(**cancel)]


def deleted(history=tokenized):
    return [*history(), *when(history(), DELETE)]


@pytest.mark.parametrize("history", [tokenized, failed, cancelled])
def test_one_that_is_at_rest_is_gone_at_once_and_a_job_removes_its_files(history):
    (event,) = when(history(), DELETE)
    made = {"tokenization_id": TOKENIZATION, "job_id": PURGE, "tokenizer": "builtin:byt5", "jobs": (TOKENIZE_JOB,)}
    assert event == TokenizationDeleted(**made, tokenizations_left=0)
    assert event.summary() == "A tokenization with builtin:byt5 was deleted"
    before, after = fold(DATASET, history()), fold(DATASET, [*history(), event])
    assert (after.tokenizations, after.removals) == ({}, {PURGE: (TOKENIZE_JOB,)})
    assert (after.jobs[PURGE].kind, after.jobs[PURGE].status) == ("PURGE", "QUEUED")
    assert after.jobs[TOKENIZE_JOB] == before.jobs[TOKENIZE_JOB]
    assert after.status == "READY"
    stored = from_data(name_of(event), {**to_data(event), "jobs": list(event.jobs)})
    assert fold(DATASET, [*history(), stored]) == after


def test_its_exports_go_with_it():
    error = {"code": "INTERNAL", "message": "Broken.", "retryable": True}
    history = [*exporting(), past.JobFailed(job_id=EXPORT_JOB, kind="EXPORT", **error)]
    (event,) = when(history, DELETE)
    assert event.jobs == (TOKENIZE_JOB, EXPORT_JOB)
    assert event.summary() == "A tokenization with builtin:byt5 and 1 exports of it was deleted"
    assert fold(DATASET, [*history, event]).exports == {}


@pytest.mark.parametrize(
    ("history", "job", "kind"), [(tokenizing, TOKENIZE_JOB, "TOKENIZE"), (exporting, EXPORT_JOB, "EXPORT")]
)
def test_one_with_an_open_job_is_in_use_by_that_job(history, job, kind):
    cancelling = [*history(), past.JobCancelRequested(job_id=job, kind=kind)]
    for story in (history(), cancelling):
        refusal = refused(story, DELETE)
        assert (refusal.code, refusal.path) == (ErrorCode.IN_USE, ("tokenizationId",))
        assert refusal.details == {"jobs": (job,)}
        assert kind in refusal.message


def test_other_tokenizations_stay_and_are_counted():
    other = replace(AGAIN, tokenizer="acme/bpe")
    state = state_after(tokenized(), other, DELETE)
    assert list(state.tokenizations) == [PRESET]
    (event,) = when([*tokenized(), *when(tokenized(), other)], DELETE)
    assert event.tokenizations_left == 1


def test_the_same_may_be_asked_for_anew():
    assert when(tokenized(), AGAIN) == []
    (event,) = when(deleted(), AGAIN)
    assert event.tokenization_id == PRESET


@pytest.mark.parametrize("history", [failed, cancelled])
def test_what_made_it_or_exported_it_is_not_retried(history):
    assert when(history(), RETRY) != []
    refusal = refused(deleted(history), RETRY)
    assert (refusal.code, refusal.path) == (ErrorCode.NOT_FOUND, ("jobId",))
    error = {"code": "INTERNAL", "message": "Broken.", "retryable": True}
    failed_export = [*exporting(), past.JobFailed(job_id=EXPORT_JOB, kind="EXPORT", **error)]
    gone = [*failed_export, *when(failed_export, DELETE)]
    assert refused(gone, ask.RetryJob(dataset_id=DATASET, job_id=EXPORT_JOB)).code == ErrorCode.NOT_FOUND


def test_what_is_gone_is_neither_deleted_again_nor_exported():
    export = {"tokenization_id": TOKENIZATION, "export_id": EXPORT, "job_id": EXPORT_JOB}
    for command in (DELETE, ExportTokenization(dataset_id=DATASET, **export)):
        refusal = refused(deleted(), command)
        assert (refusal.code, refusal.path) == (ErrorCode.NOT_FOUND, ("tokenizationId",))
    assert refused(ready(), DELETE).code == ErrorCode.NOT_FOUND


def test_the_end_of_its_files_is_told_with_their_bytes_and_not_before_all_are_gone():
    running = [*deleted(), past.JobStarted(job_id=PURGE, kind="PURGE", attempt=1)]
    done = CompletePurge(dataset_id=DATASET, job_id=PURGE, bytes_freed=1_234)
    assert refused(running, replace(done, files_left=1)).code == ErrorCode.IN_USE
    (event,) = when(running, done)
    assert event == TokenizationPurged(tokenization_id=TOKENIZATION, job_id=PURGE, bytes_freed=1_234, files_left=0)
    assert event.summary() == "Files of a deleted tokenization: 1,234 bytes freed, 0 files left"
    assert fold(DATASET, [*running, event]).jobs[PURGE].status == "SUCCEEDED"


def test_the_removal_of_its_files_holds_up_no_delete_and_goes_on_in_the_trash():
    assert state_after(deleted(), DeleteDataset(dataset_id=DATASET)).status == "TRASHED"
    start = ask.StartJob(dataset_id=DATASET, job_id=PURGE)
    done = CompletePurge(dataset_id=DATASET, job_id=PURGE, bytes_freed=1)
    state = state_after(deleted(), DeleteDataset(dataset_id=DATASET), start, done)
    assert (state.status, state.jobs[PURGE].status) == ("TRASHED", "SUCCEEDED")
    cancel = ask.CancelJob(dataset_id=DATASET, job_id=PURGE)
    assert refused(deleted(), cancel).code == ErrorCode.INVALID_TRANSITION


def test_nothing_of_a_dataset_in_the_trash_or_beyond_is_deleted_by_itself():
    assert refused(trashed(), DELETE).code == ErrorCode.INVALID_TRANSITION
    assert refused(purged(), DELETE).code == ErrorCode.NOT_FOUND
