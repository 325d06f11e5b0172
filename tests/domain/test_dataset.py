"""Given past events, when a command, then events or a refusal."""

import pytest

from domain import commands as ask
from domain import events as past
from domain.dataset import DatasetStatus
from domain.decide import decide
from domain.errors import ErrorCode, Refused
from domain.evolve import fold
from domain.jobs import JobStatus
from domain.tokenization_commands import (
    CompleteTokenization,
    FallBackTokenizationEngine,
    PinTokenization,
    TokenizeDataset,
)
from domain.tokenization_events import TokenizationCompleted, TokenizationRequested
from tests.domain.stories import (
    COUNTS,
    DATASET,
    FALLBACK,
    INGEST_JOB,
    INGESTED,
    JOB,
    TOKENIZATION,
    TOKENIZE_JOB,
    downloading,
    fallen_back,
    ingesting,
    pinned,
    queued,
    ready,
    tokenizing,
)


def when(history, command):
    return list(decide(fold(DATASET, history), command))


def state_after(history, *commands):
    for command in commands:
        history = [*history, *when(history, command)]
    state = fold(DATASET, history)
    assert state is not None
    return state


def refused(history, command) -> Refused:
    with pytest.raises(Refused) as refusal:
        when(history, command)
    return refusal.value


def lost(fence: int, **more) -> ask.FailAttempt:
    values = {"code": ErrorCode.WORKER_LOST, "message": "gone", "retryable": True, "lost": True, **more}
    return ask.FailAttempt(dataset_id=DATASET, job_id=JOB, piece="00000", fence=fence, **values)


def test_a_download_is_requested_with_what_was_asked():
    command = ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english", splits=["train", "test"])
    (event,) = when([], command)
    assert isinstance(event, past.DownloadRequested)
    assert event.source["repository"] == "acme/english"
    assert event.source["splits"] == ["test", "train"]
    assert event.name == "acme/english"


def test_what_to_do_with_bad_rows_is_kept_with_the_request():
    command = ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english", on_error="SKIP")
    assert fold(DATASET, when([], command)).on_error == "SKIP"
    assert fold(DATASET, queued()).on_error == "FAIL"


def test_rows_that_were_skipped_are_told_by_the_event_and_its_summary():
    place = {"file": "a.jsonl", "place": "line 7", "reason": "not UTF-8"}
    ended = {"dataset_id": DATASET, "job_id": INGEST_JOB, "text_column": "text", **INGESTED}
    (event,) = when(ingesting(), ask.CompleteIngest(**ended, skipped_rows=1200, skipped=[place]))
    assert (event.skipped_rows, event.skipped) == (1200, (place,))
    assert event.summary() == "Ready: 4 rows in 2 splits; 1,200 could not be read and were skipped"
    (event,) = when(ingesting(), ask.CompleteIngest(**ended))
    assert event.summary() == "Ready: 4 rows in 2 splits"


def test_the_status_follows_the_jobs_that_bring_the_dataset():
    statuses = [fold(DATASET, history).status for history in (queued(), downloading(), ingesting(), ready())]
    assert statuses == ["QUEUED", "DOWNLOADING", "INGESTING", "READY"]


def test_starting_a_running_job_again_changes_nothing():
    assert when(downloading(), ask.StartJob(dataset_id=DATASET, job_id=JOB)) == []


def test_a_second_pin_changes_nothing_so_that_a_repeated_plan_keeps_the_first_commit():
    event = pinned()[-1]
    command = ask.PinDownload(
        dataset_id=DATASET,
        job_id=JOB,
        commit="other",
        config=event.config,
        splits=event.splits,
        license=None,
        format=event.format,
        files=event.files,
        size_bytes=1,
    )
    assert when(pinned(), command) == []


def test_a_full_disk_is_worth_a_retry_by_hand():
    command = lost(1, retryable=False, lost=False, code=ErrorCode.INSUFFICIENT_STORAGE)
    (end,) = when(downloading(), command)
    assert (end.code, end.retryable) == ("INSUFFICIENT_STORAGE", True)


def test_only_a_ready_dataset_is_tokenized():
    command = TokenizeDataset(
        dataset_id=DATASET, tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, tokenizer="builtin:byt5"
    )
    assert refused(downloading(), command).code == ErrorCode.NOT_READY
    assert isinstance(when(ready(), command)[0], TokenizationRequested)


def test_a_dataset_without_a_text_column_is_not_tokenized():
    command = TokenizeDataset(
        dataset_id=DATASET, tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, tokenizer="builtin:byt5"
    )
    assert refused(ready(text_column=None), command).code == ErrorCode.COLUMN_NOT_TEXT


def test_an_unknown_split_is_refused_with_those_that_exist():
    command = TokenizeDataset(
        dataset_id=DATASET, tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, tokenizer="x", recipe={"splits": ["dev"]}
    )
    refusal = refused(ready(), command)
    assert refusal.code == ErrorCode.SPLIT_NOT_FOUND
    assert "train, test" in refusal.message


def test_three_losses_in_a_row_without_progress_fail_the_job():
    history = pinned()
    for fence in (1, 2):
        (event,) = when(history, lost(fence))
        assert isinstance(event, past.JobAttemptFailed)
        history = [*history, event]
    (end,) = when(history, lost(3))
    assert isinstance(end, past.JobFailed)
    assert end.code == "WORKER_LOST"


def test_progress_sets_the_count_of_losses_back():
    history = pinned()
    for fence in range(1, 9):
        (event,) = when(history, lost(fence, progressed=True))
        assert event.losses == 1
        history = [*history, event]


def test_losses_and_the_worlds_failures_are_counted_apart():
    history = pinned()
    for fence in range(1, 5):
        command = lost(fence, lost=fence % 2 == 0)
        (event,) = when(history, command)
        assert isinstance(event, past.JobAttemptFailed)
        history = [*history, event]
    assert isinstance(when(history, lost(5))[0], past.JobFailed)


def test_pieces_are_counted_apart():
    first = when(pinned(), lost(1))
    other = ask.FailAttempt(**{**_fields(lost(2)), "piece": "00001"})
    assert when([*pinned(), *first], other)[0].losses == 1


def test_an_attempt_is_counted_once_however_often_it_is_reported():
    history = [*pinned(), *when(pinned(), lost(7))]
    assert when(history, lost(7)) == []


def test_a_final_failure_ends_the_job_at_once():
    command = lost(1, retryable=False, lost=False, code=ErrorCode.REVISION_NOT_FOUND)
    (end,) = when(downloading(), command)
    assert (end.code, end.retryable) == ("REVISION_NOT_FOUND", False)
    assert state_after(downloading(), command).status == DatasetStatus.FAILED


def test_waits_between_the_worlds_failures_grow_and_are_spread():
    waits = []
    history = pinned()
    for fence in (1, 2):
        (event,) = when(history, lost(fence, lost=False, jitter=0.5))
        waits.append(event.retry_in_seconds)
        history = [*history, event]
    assert waits == [1.25, 2.5]


@pytest.mark.parametrize(("asked", "wait"), [(None, 1.0), (0.5, 1.0), (90.0, 90.0), (86_400.0, 600.0)])
def test_the_wait_is_no_shorter_than_the_world_asked_for_within_bounds(asked, wait):
    (event,) = when(pinned(), lost(1, lost=False, retry_after_seconds=asked))
    assert event.retry_in_seconds == wait


def test_a_failed_job_is_retried_from_its_pin_and_a_cancelled_one_anew():
    failed = state_after(pinned(), lost(1, retryable=False), ask.RetryJob(dataset_id=DATASET, job_id=JOB))
    assert failed.pin is not None
    cancelled = state_after(
        pinned(),
        ask.CancelJob(dataset_id=DATASET, job_id=JOB),
        ask.ConfirmCancel(dataset_id=DATASET, job_id=JOB),
        ask.RetryJob(dataset_id=DATASET, job_id=JOB),
    )
    assert cancelled.pin is None
    assert cancelled.status == DatasetStatus.QUEUED


def test_a_job_that_is_being_cancelled_takes_no_result_and_counts_no_attempt():
    cancelling = [*pinned(), *when(pinned(), ask.CancelJob(dataset_id=DATASET, job_id=JOB))]
    complete = ask.CompleteDownload(dataset_id=DATASET, job_id=JOB, folder="f", size_bytes=1, ingest_job_id=INGEST_JOB)
    assert refused(cancelling, complete).code == ErrorCode.INVALID_TRANSITION
    assert when(cancelling, lost(1)) == []
    assert fold(DATASET, cancelling).status == DatasetStatus.DOWNLOADING


def test_a_cancelled_tokenization_leaves_the_dataset_and_its_siblings_alone():
    state = state_after(
        tokenizing(),
        ask.CancelJob(dataset_id=DATASET, job_id=TOKENIZE_JOB),
        ask.ConfirmCancel(dataset_id=DATASET, job_id=TOKENIZE_JOB),
    )
    assert state.status == DatasetStatus.READY
    assert state.jobs[TOKENIZE_JOB].status == JobStatus.CANCELLED


def test_a_succeeded_job_is_neither_cancelled_nor_retried():
    for command in (ask.CancelJob, ask.RetryJob):
        assert refused(ready(), command(dataset_id=DATASET, job_id=JOB)).code == ErrorCode.INVALID_TRANSITION


def test_an_unknown_job_is_not_found():
    assert refused(ready(), ask.CancelJob(dataset_id=DATASET, job_id="none")).code == ErrorCode.NOT_FOUND
    assert refused([], ask.CancelJob(dataset_id=DATASET, job_id="none")).code == ErrorCode.NOT_FOUND


def complete_tokenization(**changes) -> CompleteTokenization:
    return CompleteTokenization(
        dataset_id=DATASET, job_id=TOKENIZE_JOB, folder="f", size_bytes=1, statistics={**COUNTS, **changes}
    )


def test_a_tokenization_whose_counts_add_up_is_completed():
    assert isinstance(when(tokenizing(), complete_tokenization())[0], TokenizationCompleted)


@pytest.mark.parametrize("counter", [name for name in COUNTS if name != "sequenceCount"])
@pytest.mark.parametrize("shift", [-1, 1])
def test_a_counter_that_is_off_by_one_is_refused(counter, shift):
    command = complete_tokenization(**{counter: COUNTS[counter] + shift})
    assert refused(tokenizing(), command).code == ErrorCode.TOKENIZATION_FAILED


def _fields(command):
    return {name: getattr(command, name) for name in command.__dataclass_fields__}


def test_a_tokenizer_that_changed_under_a_pinned_run_is_refused_and_a_new_beginning_pins_anew():
    def pin(commit):
        return PinTokenization(
            dataset_id=DATASET, job_id=TOKENIZE_JOB, tokenizer_commit=commit, recipe={}, vocabulary_size=2
        )

    history = [*tokenizing(), *when(tokenizing(), pin("a"))]
    assert when(history, pin("a")) == []
    assert refused(history, pin("b")).code == ErrorCode.TOKENIZATION_FAILED
    anew = history
    for command in (ask.CancelJob, ask.ConfirmCancel, ask.RetryJob, ask.StartJob):
        anew = [*anew, *when(anew, command(dataset_id=DATASET, job_id=TOKENIZE_JOB))]
    assert len(when(anew, pin("b"))) == 1


def fall_back(**changes) -> FallBackTokenizationEngine:
    return FallBackTokenizationEngine(dataset_id=DATASET, job_id=TOKENIZE_JOB, **FALLBACK | changes)


def test_that_an_engine_fell_back_is_told_once_a_run():
    assert when(tokenizing(), fall_back()) == fallen_back()[-1:]
    assert when(fallen_back(), fall_back(piece="00001", row=7)) == []
    anew = fallen_back()
    for command in (ask.CancelJob, ask.ConfirmCancel, ask.RetryJob, ask.StartJob):
        anew = [*anew, *when(anew, command(dataset_id=DATASET, job_id=TOKENIZE_JOB))]
    assert when(anew, fall_back(row=None))[0].summary().startswith("Tokenizing goes on with tokenizers: at a probe")


def test_an_engine_falls_back_in_a_running_tokenization_only():
    stopping = [*tokenizing(), *when(tokenizing(), ask.CancelJob(dataset_id=DATASET, job_id=TOKENIZE_JOB))]
    assert refused(stopping, fall_back()).code == ErrorCode.INVALID_TRANSITION
    ingest = FallBackTokenizationEngine(dataset_id=DATASET, job_id=INGEST_JOB, **FALLBACK)
    assert refused(ingesting(), ingest).code == ErrorCode.INVALID_TRANSITION
