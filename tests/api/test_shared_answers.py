"""Clients who follow the same events alike are answered by one execution, those who ask otherwise by their own."""

from contextlib import ExitStack

import orjson

from api.shared_answers import KEPT, SharedData, encodable
from tests.api.client import until
from tests.api.stories import begin

ALIKE = "subscription ($after: Position) { events(after: $after) { events { position type } cursor } }"
BY_CHOICE = """subscription ($after: Position, $summaries: Boolean!) {
  events(after: $after) { events { position summary @include(if: $summaries) } cursor } }"""
BY_FRAGMENT = """subscription ($after: Position, $summaries: Boolean!) { events(after: $after) { ...Told cursor } }
fragment Told on EventBatch { events { type summary @include(if: $summaries) } }"""


def kept(served):
    return served.server.lifespan.state["shared"].answers


def caught_up(values, cursor):
    found = []
    while not found or found[-1]["cursor"] != cursor:
        found.append(values.next())
    return [event for batch in found for event in batch["events"]]


def test_followers_who_ask_alike_share_an_answer_wherever_they_began(serve, adapters):
    with serve() as served, ExitStack() as stack:
        begin(adapters).starts()
        after = served.client.ask("{ events { cursor events { position } } }")
        places = [event["position"] for event in after["events"]] + [after["cursor"]]
        followers = [stack.enter_context(served.client.subscribe(ALIKE, after=place)) for place in places * 3]
        told = [caught_up(values, after["cursor"]) for values in followers]
        assert [len(events) for events in told] == [1, 0, 0] * 3
        before = len(kept(served))
        begin(adapters)
        cursor = served.client.ask("{ position }")
        told = [caught_up(values, cursor) for values in followers]
        assert all(events == [{"position": cursor, "type": "DownloadRequested"}] for events in told)
        assert len(kept(served)) == before + 1


def test_followers_who_ask_otherwise_are_answered_otherwise(serve, adapters):
    with serve() as served, ExitStack() as stack:
        cursor = served.client.ask("{ position }")
        asked = [
            (document, {"after": cursor, "summaries": summaries})
            for document in (BY_CHOICE, BY_FRAGMENT)
            for summaries in (True, False)
        ]
        followers = [stack.enter_context(served.client.subscribe(document, **given)) for document, given in asked]
        for values in followers:
            values.next()
        begin(adapters)
        cursor = served.client.ask("{ position }")
        told = [caught_up(values, cursor) for values in followers]
        assert [sorted(event) for (event,) in told] == [
            *(["position", "summary"], ["position"]),
            *(["summary", "type"], ["type"]),
        ]


TYPES = "subscription { events { ...F } } fragment F on EventBatch { cursor events { type } }"
SUMMARIES = "subscription { events { ...F } } fragment F on EventBatch { cursor events { summary } }"
INLINE = "subscription ($s: Boolean!) { ... { events { cursor events { type summary @include(if: $s) } } } }"


def test_documents_that_differ_anywhere_are_answered_otherwise(serve, adapters):
    with serve() as served, ExitStack() as stack:
        cursor = served.client.ask("{ position }")
        asked = [(TYPES, {}), (SUMMARIES, {}), (INLINE, {"s": True}), (INLINE, {"s": False})]
        followers = [stack.enter_context(served.client.subscribe(document, **given)) for document, given in asked]
        told = [caught_up(values, cursor) for values in followers]
        begin(adapters)
        cursor = served.client.ask("{ position }")
        told = [sorted(caught_up(values, cursor)[-1]) for values in followers]
        assert told == [["type"], ["summary"], ["summary", "type"], ["type"]]


def test_what_is_shared_is_encoded_once():
    shared = SharedData(position="1")
    assert encodable(shared) is encodable(shared)
    assert orjson.dumps({"data": encodable(shared)}) == b'{"data":{"position":"1"}}'


def test_only_the_newest_answers_are_kept(serve, adapters):
    with serve() as served, served.client.subscribe(ALIKE, after="0") as values:
        for _ in range(KEPT + 5):
            begin(adapters)
            caught_up(values, served.client.ask("{ position }"))
        until(lambda: len(kept(served)) == KEPT)
