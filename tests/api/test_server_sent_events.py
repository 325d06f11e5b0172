"""Subscriptions as server-sent events, one connection an operation."""

import json
from contextlib import contextmanager

import httpx
import pytest

from api.ids import global_id
from tests.api.client import PATIENCE_SECONDS, until
from tests.api.stories import begin

ACCEPT = {"Accept": "text/event-stream"}
EVENTS = "subscription ($after: Position) { events(after: $after) { cursor events { position } } }"
BARE = "subscription { events { caughtUp } }"


class Stream:
    """The events of one response, each a dict of its fields."""

    def __init__(self, response):
        self.response = response
        self._lines = response.iter_lines()

    def next(self):
        event = {}
        for line in self._lines:
            if not line and event:
                return event
            name, _, value = line.partition(":")
            if name:
                event[name] = value.strip()
        return None

    def result(self):
        event = self.next()
        assert event["event"] == "next", event
        return json.loads(event["data"])


@contextmanager
def stream(api, document, method="POST", headers=None, **variables):
    headers = {**ACCEPT, **(headers or {})}
    asked = {"query": document}
    if method == "GET":
        sent = {"params": {**asked, "variables": json.dumps(variables)}}
    else:
        sent = {"json": {**asked, "variables": variables}}
    with api.http.stream(method, "/graphql", headers=headers, **sent) as response:
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8", response.read()
        yield Stream(response)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_event_has_the_position_from_which_to_go_on(api, adapters, method):
    begin(adapters)
    with stream(api, EVENTS, method) as events:
        first = events.next()
        assert first["id"] == json.loads(first["data"])["data"]["events"]["cursor"]
        begin(adapters)
        second = events.next()
        assert second["id"] == json.loads(second["data"])["data"]["events"]["cursor"] != first["id"]


def test_the_position_is_told_also_where_it_was_not_asked_for(api, adapters):
    begin(adapters)
    with stream(api, BARE) as events:
        assert events.next()["id"] == api.ask("{ position }")


def test_a_client_that_comes_again_goes_on_where_it_left_off_whatever_its_variables_say(api, adapters):
    begin(adapters)
    with stream(api, EVENTS, after="0") as events:
        left_off = events.next()["id"]
    begin(adapters)
    with stream(api, EVENTS, headers={"Last-Event-ID": left_off}, after="0") as events:
        batch = events.result()["data"]["events"]
    place = int(left_off.partition(":")[2])
    positions = [int(event["position"].partition(":")[2]) for event in batch["events"]]
    assert positions
    assert positions[0] == place + 1


@pytest.mark.parametrize(
    ("left_off", "code"), [("nonsense", "BAD_USER_INPUT"), ("other:1", "CURSOR_EXPIRED"), ("0", None)]
)
def test_a_place_from_which_nothing_can_go_on_is_refused_in_the_stream(api, left_off, code):
    with stream(api, EVENTS, headers={"Last-Event-ID": left_off}) as events:
        result = events.result()
        if code is None:
            assert "errors" not in result
        else:
            assert result["errors"][0]["extensions"]["code"] == code
            assert events.next() == {"event": "complete", "data": ""}
            assert events.next() is None


def test_the_changes_of_a_dataset_are_streamed_with_their_positions(api, adapters):
    story = begin(adapters)
    document = "subscription ($id: ID!) { datasetChanged(id: $id) { status } }"
    with stream(api, document, id=global_id("Dataset", story.id)) as changes:
        first = changes.next()
        story.starts()
        seen = [changes.next()]
        while json.loads(seen[-1]["data"])["data"]["datasetChanged"]["status"] != "DOWNLOADING":
            seen.append(changes.next())
        assert first["id"] != seen[-1]["id"] == api.ask("{ position }")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { datasetChanged(id: "x") { id } }', "BAD_USER_INPUT"),
    ],
)
def test_what_is_wrong_is_told_in_the_stream_and_completes_it(shared_api, document, code):
    with stream(shared_api, document) as events:
        result = events.result()
        assert result["errors"][0]["extensions"]["code"] == code
        assert "data" not in result
        assert events.next()["event"] == "complete"


def test_a_query_is_a_stream_of_one_result(shared_api):
    with stream(shared_api, "{ position }") as events:
        assert events.result()["data"]["position"]
        assert events.next()["event"] == "complete"


def test_a_silent_stream_is_kept_alive_by_comments(serve):
    with serve(keep_alive_seconds=1) as served, stream(served.client, BARE) as events:
        events.next()
        assert next(line for line in events._lines if line) == ":"


def test_a_stream_whose_client_has_gone_leaves_nothing_behind(serve):
    with serve() as served:
        before = served.tasks()
        for _ in range(20):
            with stream(served.client, BARE) as events:
                events.next()
        until(lambda: served.tasks() <= before)
        assert served.client.ask("{ position }")


def test_a_stream_is_cut_and_not_completed_when_the_process_stops(serve):
    with serve() as served, stream(served.client, BARE) as events:
        events.next()
        served.server.should_exit = True
        with pytest.raises(httpx.RemoteProtocolError):
            events.next()
        served.thread.join(PATIENCE_SECONDS)
        assert not served.thread.is_alive()
