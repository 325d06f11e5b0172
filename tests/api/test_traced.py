"""Each request has an id: in its answer, in the log, and in the events of its mutations."""

import json
import logging
from uuid import UUID

import pytest

from tests.api.operations import DOWNLOAD

EVENTS = "{ events { events { type correlationId } } }"
TWO = """mutation {
  one: savePreset(input: {name: "one", tokenizer: "builtin:byt5"}) { errors { code } }
  other: savePreset(input: {name: "other", tokenizer: "builtin:byt5"}) { errors { code } }
}"""


def download(api, **headers):
    asked = {"query": DOWNLOAD, "variables": {"input": {"repository": "acme/english", "allowDuplicate": True}}}
    answer = api.http.post("/graphql", json=asked, headers=headers)
    assert answer.json()["data"]["downloadDataset"]["errors"] == []
    return answer.headers["X-Request-Id"]


def correlations(api):
    return [event["correlationId"] for event in api.ask(EVENTS)["events"]]


def test_the_id_that_a_client_names_is_that_of_answer_log_and_events(api, caplog):
    caplog.set_level(logging.INFO, "api.tally")
    assert download(api, **{"X-Request-Id": "nightly:42"}) == "nightly:42"
    assert correlations(api) == ["nightly:42"]
    (record,) = [record for record in caplog.records if record.name == "api.tally"]
    assert record.getMessage() == "downloadDataset: ACCEPTED"
    assert record.facts["position"] == api.ask("{ position }")


@pytest.mark.parametrize("named", ["", "a b", "x" * 101, '{"a": 1}', "a,b"])
def test_what_is_no_id_is_replaced_by_one(api, named):
    told = download(api, **({"X-Request-Id": named} if named else {}))
    assert UUID(told)
    assert correlations(api) == [told]


def test_mutations_of_one_request_are_one_story_and_those_of_a_socket_each_their_own(api):
    answer = api.http.post("/graphql", json={"query": TWO})
    assert correlations(api) == [answer.headers["X-Request-Id"]] * 2
    with api.socket() as socket:
        for number in ("1", "2"):
            document = TWO.replace("one", f"a{number}").replace("other", f"b{number}")
            socket.send(id=number, type="subscribe", payload={"query": document})
            assert "errors" not in json.dumps(socket.receive()["payload"].get("errors", []))
            assert socket.receive()["type"] == "complete"
    assert len(set(correlations(api))) == 5


def test_a_refusal_and_whatever_is_not_found_have_an_id_too(shared_api):
    for path, host in (("/nothing", "localhost"), ("/health/live", "localhost"), ("/graphql", "evil.example")):
        assert UUID(shared_api.http.get(path, headers={"Host": host}).headers["X-Request-Id"])
