"""An idempotency key makes a mutation have one effect, however often and by whomever it is sent."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.ids import global_id
from tests.api.operations import CANCEL, DOWNLOAD, RETRY, download, tokenize
from tests.api.stories import begin


def test_a_key_makes_a_mutation_have_one_effect(api, adapters):
    first = download(api, idempotencyKey="k1")
    again = download(api, idempotencyKey="k1")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["dataset"]["id"] == first["dataset"]["id"]
    assert again["job"]["id"] == first["job"]["id"]
    assert again["position"] == first["position"]
    assert api.ask("{ datasets { totalCount } }") == {"totalCount": 1}


def test_a_replay_tells_of_its_objects_as_they_are_now(api, adapters):
    story = begin(adapters).is_ready()
    given = {"idempotencyKey": "k1", "recipe": {"maxLength": 8}}
    first = tokenize(api, story.id, **given)
    (job,) = api.ask("{ jobs(filter: {kind: [TOKENIZE]}) { nodes { id } } }")["nodes"]
    api.ask(CANCEL, input={"jobId": job["id"]})
    again = tokenize(api, story.id, **given)
    assert first["tokenization"]["status"] == "QUEUED"
    assert (again["replayed"], again["tokenization"]["status"]) == (True, "CANCELLING")


@pytest.mark.parametrize("other", [{"repository": "acme/other"}, {"repository": "acme/english", "name": "x"}])
def test_a_key_is_not_used_for_something_else(api, other):
    download(api, idempotencyKey="k1")
    (error,) = api.ask(DOWNLOAD, input={**other, "idempotencyKey": "k1"})["errors"]
    assert (error["__typename"], error["path"]) == ("IdempotencyKeyReusedError", ["idempotencyKey"])


def test_a_key_is_not_used_for_another_mutation(api, adapters):
    story = begin(adapters).is_ready()
    download(api, idempotencyKey="k1")
    (error,) = tokenize(api, story.id, idempotencyKey="k1")["errors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_refusal_is_not_remembered_under_its_key(api, adapters):
    story = begin(adapters)
    assert tokenize(api, story.id, idempotencyKey="k1")["errors"][0]["code"] == "NOT_READY"
    story.is_ready()
    assert tokenize(api, story.id, idempotencyKey="k1")["errors"] == []


@pytest.mark.parametrize("duplicate", [True, False])
def test_two_at_once_with_one_key_have_one_effect(api, duplicate):
    for number in range(8):
        given = {"idempotencyKey": f"k{number}", "allowDuplicate": duplicate}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: download(api, f"acme/n{number}", **given), range(4)))  # noqa: B023  used at once
        assert [answer["errors"] for answer in answers] == [[]] * 4
        assert len({answer["dataset"]["id"] for answer in answers}) == 1
        assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    assert api.ask("{ datasets { totalCount } }") == {"totalCount": 8}


def test_two_retries_at_once_with_one_key_are_one(api, adapters):
    for number in range(5):
        story = begin(adapters).starts().fails()
        given = {"jobId": global_id("Job", story.job), "idempotencyKey": f"k{number}"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: api.ask(RETRY, input=given), range(4)))  # noqa: B023  used at once
        assert [answer["errors"] for answer in answers] == [[]] * 4
        assert {answer["job"]["attempt"] for answer in answers} == {2}
