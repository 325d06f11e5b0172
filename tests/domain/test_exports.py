"""One export of a format for each tokenization, however often it is asked for."""

import pytest

from domain import events as past
from domain.decide import decide
from domain.errors import ErrorCode, Refused
from domain.evolve import fold
from domain.exports import export_id, export_job_id
from domain.tokenization_commands import CompleteExport, ExportTokenization
from domain.tokenization_events import ExportRequested
from tests.domain.stories import (
    DATASET,
    EXPORT,
    EXPORT_JOB,
    EXPORTED,
    TOKENIZATION,
    exporting,
    queued,
    tokenized,
    tokenizing,
)

ASKED = ExportTokenization(
    dataset_id=DATASET, tokenization_id=TOKENIZATION, export_id=EXPORT, job_id=EXPORT_JOB, format="PARQUET"
)
DONE = CompleteExport(dataset_id=DATASET, job_id=EXPORT_JOB, folder="export", size_bytes=5, files=EXPORTED)


def decided(history, command=ASKED):
    return list(decide(fold(DATASET, history), command))


def completed():
    return [*exporting(), *decided(exporting(), DONE)]


def failed():
    return [
        *exporting(),
        past.JobFailed(job_id=EXPORT_JOB, kind="EXPORT", code="INTERNAL", message="A bug.", retryable=True),
    ]


def cancelled():
    return [
        *exporting(),
        past.JobCancelRequested(job_id=EXPORT_JOB, kind="EXPORT"),
        past.JobCancelled(job_id=EXPORT_JOB, kind="EXPORT"),
    ]


def test_a_ready_tokenization_is_exported():
    (event,) = decided(tokenized())
    assert event == ExportRequested(
        export_id=EXPORT,
        tokenization_id=TOKENIZATION,
        job_id=EXPORT_JOB,
        format="PARQUET",
        tokenizer="builtin:byt5",
    )


def test_a_tokenization_that_is_not_ready_or_not_there_is_refused():
    for history, code in ((tokenizing(), ErrorCode.NOT_READY), (queued(), ErrorCode.NOT_FOUND)):
        with pytest.raises(Refused) as refused:
            decided(history)
        assert (refused.value.code, refused.value.path) == (code, ("tokenizationId",))


@pytest.mark.parametrize("history", [exporting, completed])
def test_one_that_runs_or_is_done_is_the_one_that_is_here(history):
    assert decided(history()) == []


@pytest.mark.parametrize(("history", "anew"), [(failed, False), (cancelled, True)])
def test_one_that_ended_badly_is_tried_again(history, anew):
    (event,) = decided(history())
    assert event == past.JobRetryRequested(job_id=EXPORT_JOB, kind="EXPORT", attempt=2, anew=anew)
    assert fold(DATASET, [*history(), event]).jobs[EXPORT_JOB].status == "QUEUED"


def test_its_end_names_the_folder_and_the_files_and_leaves_the_dataset_and_the_tokens_as_they_are():
    before, after = fold(DATASET, exporting()), fold(DATASET, completed())
    assert completed()[-1].files == EXPORTED
    assert after.exports[EXPORT_JOB].folder == "export"
    assert after.jobs[EXPORT_JOB].status == "SUCCEEDED"
    assert (after.status, after.tokenizations) == (before.status, before.tokenizations)


def test_only_a_running_export_ends_so():
    for history in (completed(), cancelled(), failed()):
        with pytest.raises(Refused) as refused:
            decided(history, DONE)
        assert refused.value.code == ErrorCode.INVALID_TRANSITION
    other = CompleteExport(**{name: getattr(DONE, name) for name in DONE.__slots__} | {"job_id": exporting()[0].job_id})
    with pytest.raises(Refused):
        decided(exporting(), other)


def test_a_tokenization_has_one_export_of_a_format_and_another_tokenization_another():
    assert export_id(TOKENIZATION, "PARQUET") == export_id(TOKENIZATION, "PARQUET")
    ids = {make(of, name) for make in (export_id, export_job_id) for of in (TOKENIZATION, DATASET) for name in "ab"}
    assert len(ids) == 8
