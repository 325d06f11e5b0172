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


def grow_older(adapters, age):
    """What was done under keys was done so much earlier."""
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE commands SET recorded_at = recorded_at - %s::interval", (age,))


def test_a_key_is_remembered_for_a_day_and_then_is_free_for_anything(api, adapters):
    first = download(api, idempotencyKey="k1")
    grow_older(adapters, "23 hours 59 minutes")
    assert download(api, idempotencyKey="k1")["replayed"] is True
    grow_older(adapters, "1 minute")
    another = download(api, "acme/other", idempotencyKey="k1")
    assert (another["replayed"], another["errors"]) == (False, [])
    assert another["dataset"]["id"] != first["dataset"]["id"]
    again = download(api, "acme/other", idempotencyKey="k1")
    assert (again["replayed"], again["dataset"]["id"]) == (True, another["dataset"]["id"])


def test_keys_whose_day_is_over_are_kept_nowhere(api, adapters):
    download(api, "acme/one", idempotencyKey="k1")
    grow_older(adapters, "24 hours")
    download(api, "acme/two", idempotencyKey="k2")
    adapters.log.forget_commands()
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT key FROM commands").fetchall() == [("k2",)]


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


def by_header(api, key, document=DOWNLOAD, **given):
    given = given or {"input": {"repository": "acme/english"}}
    request = {"query": document, "variables": given}
    return api.http.post("/graphql", json=request, headers={"Idempotency-Key": key}).json()


def test_the_key_may_come_as_a_header(api):
    first, again = (by_header(api, "k1")["data"]["downloadDataset"] for _ in range(2))
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["dataset"]["id"] == again["dataset"]["id"]
    beside = by_header(api, "k1", DOWNLOAD.replace("{\n  downloadDataset", "{\n  kind: __typename downloadDataset", 1))
    assert beside["data"]["downloadDataset"]["replayed"] is True
    same = by_header(api, "k1", input={"repository": "acme/english", "idempotencyKey": "k1"})
    assert same["data"]["downloadDataset"]["replayed"] is True
    assert api.ask("{ datasets { totalCount } }") == {"totalCount": 1}


TWO = """
mutation ($input: DownloadDatasetInput!) { ...Both }
fragment Both on Mutation {
  downloadDataset(input: $input) { replayed } ... { other: downloadDataset(input: $input) { replayed } }
}"""


@pytest.mark.parametrize(
    ("key", "document", "given"),
    [
        ("k1", TWO, {"repository": "acme/english"}),
        ("k1", DOWNLOAD, {"repository": "acme/english", "idempotencyKey": "k2"}),
        ("", DOWNLOAD, {"repository": "acme/english"}),
        ("x" * 201, DOWNLOAD, {"repository": "acme/english"}),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused_and_nothing_is_done(api, key, document, given):
    errors = by_header(api, key, document, input=given)["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert api.ask("{ datasets { totalCount } }") == {"totalCount": 0}


def test_a_double_click_and_its_retries_make_one_dataset(api):
    with ThreadPoolExecutor(2) as pool:
        clicks = list(pool.map(lambda _: by_header(api, "click"), range(2)))
    answers = [*clicks, by_header(api, "click"), by_header(api, "click")]
    assert len({answer["data"]["downloadDataset"]["dataset"]["id"] for answer in answers}) == 1
    assert api.ask("{ datasets { totalCount } }") == {"totalCount": 1}
