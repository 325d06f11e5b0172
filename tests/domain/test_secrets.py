"""What a job knows of its token: the handle, and whether a retry needs another one."""

import pytest

from domain import commands as ask
from domain import events as past
from domain.errors import ErrorCode
from domain.evolve import fold
from domain.stored_events import from_data, name_of, to_data
from domain.tokenization_commands import TokenizeDataset
from tests.domain.stories import DATASET, JOB, TOKENIZATION, TOKENIZE_JOB, downloading, pinned, ready
from tests.domain.test_dataset import refused, state_after, when

FAILED = past.JobFailed(job_id=JOB, kind="DOWNLOAD", code="ACCESS_DENIED", message="", retryable=False)
CANCELLED = past.JobCancelled(job_id=JOB, kind="DOWNLOAD")


def asked(**more):
    return ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english", **more)


def retry(**more):
    return ask.RetryJob(dataset_id=DATASET, job_id=JOB, **more)


def with_token(*later):
    return [*when([], asked(secret="one")), past.JobStarted(job_id=JOB, kind="DOWNLOAD", attempt=1), *later]


def test_the_job_of_a_download_has_the_handle_that_was_given():
    assert fold(DATASET, when([], asked(secret="one"))).jobs[JOB].secret == "one"
    assert fold(DATASET, when([], asked())).jobs[JOB].secret is None


def test_the_job_of_a_tokenization_has_the_handle_that_was_given():
    command = TokenizeDataset(
        dataset_id=DATASET, tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB, tokenizer="acme/bpe", secret="one"
    )
    assert state_after(ready(), command).jobs[TOKENIZE_JOB].secret == "one"


def test_a_handle_is_no_part_of_what_is_claimed_or_hashed():
    with_handle, without = when([], asked(secret="one"))[0], when([], asked())[0]
    assert with_handle.source == without.source


def test_a_retry_keeps_the_handle_or_replaces_it():
    history = with_token(FAILED)
    assert state_after(history, retry()).jobs[JOB].secret == "one"
    assert state_after(history, retry(secret="two")).jobs[JOB].secret == "two"


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (with_token(FAILED), retry(gone="one")),
        (with_token(CANCELLED), retry()),
        (with_token(CANCELLED), retry(gone="one")),
    ],
)
def test_a_retry_whose_token_is_gone_needs_a_new_one_and_says_so(history, command):
    refusal = refused(history, command)
    assert (refusal.code, refusal.path) == (ErrorCode.AUTHENTICATION_REQUIRED, ("accessToken",))
    assert "give the token again" in refusal.message
    assert state_after(history, retry(secret="two", gone="one")).jobs[JOB].secret == "two"


def test_a_token_that_was_replaced_meanwhile_is_not_missed():
    history = [*with_token(FAILED), *when(with_token(FAILED), retry(secret="two")), FAILED]
    assert state_after(history, retry(gone="one")).jobs[JOB].secret == "two"


@pytest.mark.parametrize("end", [FAILED, CANCELLED])
def test_a_job_that_never_had_a_token_is_retried_without_one(end):
    assert state_after([*pinned(), end], retry()).jobs[JOB].status == "QUEUED"


def test_events_that_were_stored_without_a_handle_have_none():
    for event in (downloading()[0], *when([*downloading(), FAILED], retry())):
        stored = {name: value for name, value in to_data(event).items() if name != "secret"}
        assert from_data(name_of(event), stored) == event
