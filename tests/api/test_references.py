"""Saying who uses a dataset, and what that keeps it from."""

from datetime import datetime, timedelta

import pytest

from api.ids import global_id
from tests.api.operations import reference, release, restore, trash
from tests.api.stories import begin

UNKNOWN = "00000000-0000-4000-8000-000000000000"
LAST_USED = "{ datasets { nodes { id references trashedAt purgesAt lastUsedAt } } }"


def error_of(answer):
    (error,) = answer["errors"]
    return error


def test_a_dataset_says_who_uses_it_and_that_is_a_use_of_it(api, adapters):
    story, other = begin(adapters).is_ready(), begin(adapters)
    assert api.ask(LAST_USED)["nodes"][0]["id"] == global_id("Dataset", other.id)

    answer = reference(api, story.id)
    assert (answer["errors"], answer["dataset"]["references"]) == ([], ["training/42"])
    first = api.ask(LAST_USED)["nodes"][0]
    assert (first["id"], first["references"]) == (answer["dataset"]["id"], ["training/42"])

    again = reference(api, story.id)
    assert (again["errors"], again["dataset"]) == ([], answer["dataset"]), "what is said already is no change"
    reference(api, story.id, "eval/7")
    left = release(api, story.id)["dataset"]
    assert left["references"] == ["eval/7"]
    assert release(api, story.id)["dataset"] == left


@pytest.mark.parametrize("purge", [False, True])
def test_a_referenced_dataset_is_in_use_by_name_until_it_is_released(api, adapters, purge):
    story = begin(adapters).is_ready().is_referenced().asks_for_tokens()
    error = error_of(trash(api, story.id, purge=purge))
    assert (error["__typename"], error["code"], error["path"]) == ("InUseError", "IN_USE", ["datasetId"])
    assert error["usedBy"] == [global_id("Job", story.job), "training/42"]
    story.is_tokenized()
    assert error_of(trash(api, story.id, purge=purge))["usedBy"] == ["training/42"]
    release(api, story.id)
    assert trash(api, story.id, purge=purge)["errors"] == []


def test_the_trash_says_since_when_and_until_when_and_nothing_in_it_is_referenced(api, serve, adapters):
    story = begin(adapters).is_ready()
    trash(api, story.id)
    document = "{ datasets(filter: {status: [TRASHED]}) { nodes { trashedAt updatedAt purgesAt } } }"
    (node,) = api.ask(document)["nodes"]
    assert node["trashedAt"] == node["updatedAt"]
    assert datetime.fromisoformat(node["purgesAt"]) - datetime.fromisoformat(node["trashedAt"]) == timedelta(days=7)
    with serve(trash_days=0) as by_hand:
        assert by_hand.client.ask(document)["nodes"][0]["purgesAt"] is None
    refused = error_of(reference(api, story.id))
    assert (refused["__typename"], refused["status"]) == ("InvalidTransitionError", "TRASHED")
    restore(api, story.id)
    back = api.ask(LAST_USED)["nodes"][0]
    assert (back["trashedAt"], back["purgesAt"]) == (None, None)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "/a", "-a", "a\0", "x" * 201, "<a>"])
@pytest.mark.parametrize("change", [reference, release])
def test_a_name_that_cannot_be_one_is_refused(shared_api, change, name):
    refused = error_of(change(shared_api, UNKNOWN, name))
    assert (refused["__typename"], refused["path"]) == ("InvalidInputError", ["reference"])
    assert "like training/42" in refused["message"]


@pytest.mark.parametrize("name", ["42", "training/42", "x" * 200, "Lauf-7_ä", "https://host:1/run#3", "me@host/a=1+2"])
def test_names_of_any_usual_kind_are_taken(shared_api, shared_adapters, name):
    story = begin(shared_adapters)
    assert reference(shared_api, story.id, name)["dataset"]["references"] == [name]


def test_keys_and_versions_hold_as_everywhere(api, adapters):
    story = begin(adapters)
    first = reference(api, story.id, idempotencyKey="k", expectedVersion=1)
    release(api, story.id)
    replay = reference(api, story.id, idempotencyKey="k", expectedVersion=1)
    assert (replay["replayed"], replay["position"], replay["dataset"]["references"]) == (True, first["position"], [])
    assert error_of(reference(api, story.id, "other", idempotencyKey="k"))["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert error_of(reference(api, story.id, expectedVersion=1))["currentVersion"] == 3
    assert error_of(reference(api, UNKNOWN))["__typename"] == "NotFoundError"
