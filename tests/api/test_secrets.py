"""A token that comes with a mutation: kept for the job, known by its handle, and forgotten where nothing came of it."""

import json

import pytest

from api.ids import global_id, key_of
from domain.dataset import stream_of
from domain.evolve import fold
from tests.api.operations import CANCEL, DOWNLOAD, RETRY, download, tokenize
from tests.api.stories import begin

TOKEN, OTHER = "hf_the_token_of_a_user", "hf_another_token"


def kept(adapters):
    with adapters.pool.connection() as connection:
        return [row[0] for row in connection.execute("SELECT handle::text FROM secrets").fetchall()]


def grow_old(adapters):
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE secrets SET kept_at = kept_at - interval '25 hours'")


def job_of(adapters, dataset_id, job_id):
    events = [recorded.event for recorded in adapters.log.read(stream_of(dataset_id))]
    return fold(dataset_id, events).jobs[job_id]


def retry(api, story, **given):
    return api.ask(RETRY, input={"jobId": global_id("Job", story.job), **given})


@pytest.fixture
def failed(adapters):
    """A failed download that was asked for with a token."""
    story = begin(adapters, secret=adapters.secrets.keep(TOKEN))
    return story.starts().fails()


def test_a_download_is_asked_for_with_a_token_and_its_event_has_the_handle(api, adapters):
    answer = download(api, accessToken=TOKEN)
    assert answer["errors"] == []
    [handle] = kept(adapters)
    assert adapters.secrets.open(handle) == TOKEN
    events = api.ask("{ events { events { data summary } } }")
    assert events["events"][0]["data"]["secret"] == handle
    assert TOKEN not in json.dumps([answer, events])


def test_a_tokenization_is_asked_for_with_a_token(api, adapters):
    story = begin(adapters).is_ready()
    answer = tokenize(api, story.id, "acme/bpe", accessToken=TOKEN)
    [handle] = kept(adapters)
    assert adapters.secrets.open(handle) == TOKEN
    assert job_of(adapters, story.id, key_of("Job", answer["job"]["id"])).secret == handle


@pytest.mark.parametrize("tokenizer", ["builtin:byt5", "file:bpe"])
def test_what_is_on_this_machine_needs_no_token_and_none_is_kept(api, adapters, tokenizer):
    story = begin(adapters).is_ready()
    assert tokenize(api, story.id, tokenizer, accessToken=TOKEN)["errors"] == []
    assert kept(adapters) == []


@pytest.mark.parametrize("given", [{}, {"accessToken": None}])
def test_without_a_token_none_is_kept(api, adapters, given):
    assert download(api, **given)["errors"] == []
    assert kept(adapters) == []


def test_a_token_of_what_was_refused_is_forgotten(api, adapters):
    download(api)
    assert download(api, accessToken=TOKEN)["errors"][0]["code"] == "DUPLICATE_DATASET"
    story = begin(adapters, "acme/other")
    assert tokenize(api, story.id, "acme/bpe", accessToken=TOKEN)["errors"][0]["code"] == "NOT_READY"
    assert retry(api, story, accessToken=TOKEN)["errors"][0]["code"] == "INVALID_TRANSITION"
    assert retry(api, story, accessToken=TOKEN, expectedVersion=9)["errors"][0]["code"] == "VERSION_CONFLICT"
    assert kept(adapters) == []


def test_a_repeat_has_one_effect_whatever_its_token_and_keeps_the_first(api, adapters):
    first = download(api, accessToken=TOKEN, idempotencyKey="k")
    for given in ({"accessToken": TOKEN}, {"accessToken": OTHER}, {}):
        again = download(api, idempotencyKey="k", **given)
        assert (again["replayed"], again["dataset"]["id"]) == (True, first["dataset"]["id"])
    [handle] = kept(adapters)
    assert adapters.secrets.open(handle) == TOKEN


def test_the_token_of_a_reused_key_is_forgotten(api, adapters):
    download(api, idempotencyKey="k")
    given = {"repository": "acme/other", "idempotencyKey": "k", "accessToken": TOKEN}
    assert api.ask(DOWNLOAD, input=given)["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert kept(adapters) == []


def test_a_failed_job_is_retried_with_the_token_that_it_has(api, adapters, failed):
    assert retry(api, failed)["errors"] == []
    [handle] = kept(adapters)
    assert job_of(adapters, failed.id, failed.job).secret == handle


def test_after_a_day_a_retry_needs_the_token_again_and_says_so(api, adapters, failed):
    grow_old(adapters)
    (error,) = retry(api, failed)["errors"]
    assert (error["code"], error["path"]) == ("AUTHENTICATION_REQUIRED", ["accessToken"])
    assert retry(api, failed, accessToken=OTHER)["errors"] == []
    assert adapters.secrets.open(job_of(adapters, failed.id, failed.job).secret) == OTHER


def test_a_repeat_of_a_retry_is_no_new_retry_even_when_the_token_is_gone(api, adapters, failed):
    first = retry(api, failed, idempotencyKey="k")
    failed.starts().fails()
    grow_old(adapters)
    again = retry(api, failed, idempotencyKey="k")
    assert (again["errors"], again["replayed"], again["job"]["attempt"]) == ([], True, first["job"]["attempt"])


def test_a_cancelled_job_is_begun_anew_with_a_token_given_again(api, adapters):
    story = begin(adapters, secret=adapters.secrets.keep(TOKEN)).starts()
    api.ask(CANCEL, input={"jobId": global_id("Job", story.job)})
    story.is_cancelled()
    assert retry(api, story)["errors"][0]["code"] == "AUTHENTICATION_REQUIRED"
    assert retry(api, story, accessToken=TOKEN)["errors"] == []


def test_a_job_without_a_token_is_retried_without_one(api, adapters):
    story = begin(adapters).starts().fails()
    assert retry(api, story)["errors"] == []
    assert job_of(adapters, story.id, story.job).secret is None
