"""Damage of what was published: it is read no more, what it was of fails, and a retry makes it anew."""

from dataclasses import replace

import pytest

from domain import commands as ask
from domain import events as past
from domain.claims import claims
from domain.damage import PATHS_TOLD, folders_of
from domain.damage_commands import ReportDamage
from domain.damage_events import DamageFound
from domain.decide import decide
from domain.described import TextColumnChosen
from domain.errors import ErrorCode, Refused
from domain.evolve import fold
from domain.import_events import ImportRequested
from domain.tokenization_commands import ExportTokenization
from domain.tokenization_events import ExportCompleted
from tests.domain.stories import (
    DATASET,
    EXPORT,
    EXPORT_JOB,
    EXPORTED,
    INDEX_JOB,
    INGEST_JOB,
    JOB,
    SENT,
    TOKENIZATION,
    TOKENIZE_JOB,
    exporting,
    indexed,
    indexing,
    ingesting,
    ready,
    tokenized,
    tokenizing,
    trashed,
)


def damaged(history, folder, *paths, code=ErrorCode.CHECKSUM_MISMATCH):
    """The events that a report leads to, and the state after them."""
    report = ReportDamage(dataset_id=DATASET, folder=folder, paths=paths or ("train/data.arrow",), code=code)
    events = list(decide(fold(DATASET, history), report))
    return events, fold(DATASET, [*history, *events])


def kept():
    """A ready dataset whose originals stay."""
    return [*ready()[:-1], replace(ready()[-1], originals_kept=True)]


def uploaded(*, originals_kept=False):
    source = {"kind": "UPLOAD", "fileName": "rows.csv", "format": "csv", "sizeBytes": 10, "sha256": "a" * 64}
    file = ({"path": "rows.csv", "split": "train"},)
    sent = past.UploadReceived(job_id=INGEST_JOB, source=source, name="rows", folder=SENT["folder"], files=file)
    done = replace(ready()[-1], originals_kept=originals_kept)
    return [sent, past.JobStarted(job_id=INGEST_JOB, kind="INGEST", attempt=1), done]


def exported():
    ids = {"export_id": EXPORT, "tokenization_id": TOKENIZATION, "job_id": EXPORT_JOB}
    return [*exporting(), ExportCompleted(**ids, folder="export", size_bytes=5, files=EXPORTED)]


def retry(job_id):
    return ask.RetryJob(dataset_id=DATASET, job_id=job_id)


def test_damaged_tokens_fail_their_tokenization_alone_and_a_retry_keeps_its_pins():
    events, state = damaged(exported(), "tokens")
    assert [type(event) for event in events] == [DamageFound, past.JobFailed]
    assert (events[0].what, events[0].job_id, events[0].again) == ("TOKENIZATION", TOKENIZE_JOB, TOKENIZE_JOB)
    assert (events[1].code, events[1].retryable) == ("CHECKSUM_MISMATCH", True)
    assert state.status == "READY"
    assert state.tokenizations[TOKENIZATION].folder is None
    assert state.exports[EXPORT_JOB].folder == "export"
    [again] = decide(state, retry(TOKENIZE_JOB))
    assert not again.anew


def test_a_damaged_export_fails_alone():
    _, state = damaged(exported(), "export")
    assert state.jobs[EXPORT_JOB].status == "FAILED"
    assert state.exports[EXPORT_JOB].folder is None
    assert state.tokenizations[TOKENIZATION].folder == "tokens"
    assert decide(state, retry(EXPORT_JOB))


def test_files_that_are_gone_are_corrupt_data():
    events, _ = damaged(tokenized(), "tokens", "a", "b", code=ErrorCode.CORRUPT_DATA)
    assert (events[1].code, events[1].message[:16]) == ("CORRUPT_DATA", "2 files are gone")


def test_damaged_data_fails_its_dataset_and_a_retry_downloads_the_pinned_commit_again():
    events, state = damaged(tokenized(), "datasets/data")
    assert (events[0].job_id, events[0].again) == (INGEST_JOB, JOB)
    assert (state.status, state.folder, state.downloaded) == ("FAILED", None, None)
    assert state.tokenizations[TOKENIZATION].folder == "tokens", "what is whole stays"
    assert claims(state) == frozenset()
    [again] = decide(state, retry(JOB))
    assert fold(DATASET, [*tokenized(), *events, again]).pin.commit == "c" * 40
    assert "token" in events[-1].message


def test_the_text_column_that_was_chosen_is_that_of_the_data_that_is_made_again():
    _, state = damaged([*ready(), TextColumnChosen(text_column="title")], "datasets/data")
    assert (state.asked_text_column, state.has_figures) == ("title", True)


def test_damaged_data_of_files_of_this_machine_is_copied_again():
    source = {"kind": "IMPORT", "path": "news", "format": "csv", "sizeBytes": 10}
    asked = ImportRequested(job_id=JOB, source=source, name="news", files=())
    begun = past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=1)
    events, state = damaged([asked, begun, *ready()[3:]], "datasets/data")
    assert "copied again" in events[-1].message
    assert decide(state, retry(JOB))


def test_damaged_data_is_made_again_of_originals_that_were_kept():
    events, state = damaged(kept(), "datasets/data")
    assert events[0].again == INGEST_JOB
    assert (state.status, state.downloaded) == ("FAILED", "datasets/source")
    assert decide(state, retry(INGEST_JOB))


def test_damaged_originals_of_a_ready_dataset_fail_nothing_and_are_not_relied_on_any_more():
    events, state = damaged(kept(), "datasets/source")
    assert [type(event) for event in events] == [DamageFound]
    assert (state.status, state.downloaded, state.originals_kept) == ("READY", None, False)
    then, _ = damaged([*kept(), *events], "datasets/data")
    assert then[0].again == JOB


def test_damaged_originals_of_a_failed_ingest_are_downloaded_again():
    failed = past.JobFailed(job_id=INGEST_JOB, kind="INGEST", code="CORRUPT_DATA", message="", retryable=False)
    events, state = damaged([*ingesting(), failed], "datasets/source")
    assert events[0].again == JOB
    assert decide(state, retry(JOB))
    with pytest.raises(Refused, match="retry the download instead"):
        decide(state, retry(INGEST_JOB))


def test_originals_that_are_being_read_are_left_to_who_reads_them():
    with pytest.raises(Refused, match="wait until the ingest is over") as refused:
        damaged(ingesting(), "datasets/source")
    assert refused.value.code == "IN_USE"


def test_damaged_data_of_a_file_that_is_not_kept_has_to_be_sent_again():
    events, state = damaged(uploaded(), "datasets/data")
    assert (events[-1].job_id, events[-1].retryable) == (INGEST_JOB, False)
    assert "send it again" in events[-1].message
    with pytest.raises(Refused, match="send it again"):
        decide(state, retry(INGEST_JOB))


def test_damaged_data_of_a_file_that_is_kept_is_read_again():
    _, state = damaged(uploaded(originals_kept=True), "datasets/data")
    assert decide(state, retry(INGEST_JOB))


@pytest.mark.parametrize(("history", "job_id"), [(indexing(), INDEX_JOB), (tokenizing(), TOKENIZE_JOB)])
def test_jobs_that_read_damaged_data_are_stopped(history, job_id):
    events, state = damaged(history, "datasets/data")
    assert [event.job_id for event in events if isinstance(event, past.JobCancelRequested)] == [job_id]
    assert state.jobs[job_id].status == "CANCELLING"
    assert state.status == "FAILED"


def test_an_export_of_damaged_tokens_is_stopped_and_goes_on_when_they_are_whole():
    events, state = damaged(exporting(), "tokens")
    assert [event.job_id for event in events if isinstance(event, past.JobCancelRequested)] == [EXPORT_JOB]
    ended = [*exporting(), *events, past.JobCancelled(job_id=EXPORT_JOB, kind="EXPORT")]
    assert state.jobs[EXPORT_JOB].status == "CANCELLING"
    with pytest.raises(Refused, match="tokenization is damaged"):
        decide(fold(DATASET, ended), retry(EXPORT_JOB))
    asked = {"tokenization_id": TOKENIZATION, "export_id": EXPORT, "job_id": EXPORT_JOB}
    with pytest.raises(Refused, match="Only a READY tokenization"):
        decide(fold(DATASET, ended), ExportTokenization(dataset_id=DATASET, **asked))


def test_a_tokenization_is_not_retried_while_its_data_is_damaged():
    failed = past.JobFailed(job_id=TOKENIZE_JOB, kind="TOKENIZE", code="INTERNAL", message="", retryable=True)
    history = [*tokenizing(), failed]
    events, state = damaged(history, "datasets/data")
    with pytest.raises(Refused, match="made again first"):
        decide(state, retry(TOKENIZE_JOB))
    assert fold(DATASET, [*history, *events]) == state


def test_only_the_newest_ingest_is_retried():
    again = past.DownloadCompleted(job_id=JOB, folder="s", size_bytes=1, ingest_job_id=f"{INGEST_JOB[:-1]}f")
    failed = past.JobFailed(job_id=INGEST_JOB, kind="INGEST", code="CORRUPT_DATA", message="", retryable=False)
    with pytest.raises(Refused, match="newest job"):
        decide(fold(DATASET, [*ingesting(), failed, again]), retry(INGEST_JOB))


@pytest.mark.parametrize("folder", ["datasets/index", "datasets/source", "elsewhere"])
def test_of_an_index_of_what_was_dropped_and_of_what_is_not_read_nothing_is_told(folder):
    assert damaged(indexed(), folder)[0] == []


def test_damage_that_was_told_is_told_once():
    events, _ = damaged(tokenized(), "tokens")
    assert damaged([*tokenized(), *events], "tokens")[0] == []


def test_in_the_trash_nothing_is_told():
    with pytest.raises(Refused, match="restore it first"):
        damaged(trashed(), "datasets/data")


def test_of_many_files_the_first_are_named_and_all_are_counted():
    events, _ = damaged(tokenized(), "tokens", *(str(number) for number in range(PATHS_TOLD + 1)))
    assert (len(events[0].paths), events[0].count) == (PATHS_TOLD, PATHS_TOLD + 1)
    assert "101 files" in events[0].summary()


def test_originals_come_first_among_the_folders_of_a_dataset():
    assert [folder.what for folder in folders_of(fold(DATASET, exported()))] == [
        "ORIGINALS",
        "DATA",
        "TOKENIZATION",
        "EXPORT",
    ]
