"""Faults of ours, wherever they show: masked, and logged once with their trace under the id that the client has."""

import json
import logging
from contextlib import suppress
from dataclasses import replace

import pytest
from graphql import ExecutionResult
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api.shared_answers import SharedAnswers
from tests.api.client import PATIENCE_SECONDS
from tests.api.cut import place
from tests.api.stories import begin, write_history
from tests.api.test_server_sent_events import stream

PROTOCOL = ["graphql-transport-ws"]
CHUNK = 500
UNKNOWN = """
INSERT INTO events (stream, version, type, data, metadata)
SELECT 'dataset-' || gen_random_uuid(), 1, 'NobodyKnows', data, metadata FROM events LIMIT 1
"""
FOLLOW = "subscription ($after: Position) { events(after: $after) { cursor events { position } } }"


class Unreadable:
    """What Strawberry takes for a malformed message, when it shows while a message is handled."""

    def text(self, _asked):
        raise KeyError("text")


class Untellable(SharedAnswers):
    """Whatever is asked, the answer is none."""

    def get(self, key):
        return ExecutionResult({"events": object()})


def is_logged_once(caplog, error_id, trace):
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return error_id in record.getMessage() and trace in record.getMessage() and "Traceback" in record.getMessage()


def masked(errors):
    """The id of the one error, of which nothing else is told."""
    (error,) = errors
    assert (error["message"], error["extensions"]["code"]) == ("Internal error", "INTERNAL_SERVER_ERROR")
    return error["extensions"]["errorId"]


def breaks(served, **parts):
    """What is shared by all requests that come from now on has these parts instead."""
    state = served.server.lifespan.state
    state["shared"] = replace(state["shared"], **parts)


def closed_with(address):
    """Code and reason with which a socket is closed that has just begun."""
    with connect(address, subprotocols=PROTOCOL) as connection:
        with suppress(ConnectionClosed):
            connection.send('{"type": "connection_init"}')
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(PATIENCE_SECONDS)
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_a_fault_before_a_socket_has_begun_closes_it_with_a_code_and_an_id(serve, caplog):
    with serve() as served:
        state = served.server.lifespan.state
        shared = state.pop("shared")
        code, reason = closed_with(served.client.address)
        state["shared"] = shared
        assert served.client.ask("{ position }")
    told, _, error_id = reason.rpartition(" ")
    assert (code, told) == (1011, "Internal error")
    assert is_logged_once(caplog, error_id, "AttributeError")


def test_a_fault_in_what_is_no_operation_closes_the_socket_with_a_code_and_an_id(serve, caplog):
    with serve() as served:
        adapters = served.server.lifespan.state["shared"].adapters
        breaks(served, adapters=None)
        code, reason = closed_with(served.client.address)
        breaks(served, adapters=adapters)
    assert code == 1011
    assert is_logged_once(caplog, reason.rpartition(" ")[2], "AttributeError")


@pytest.mark.parametrize("broken", [None, Unreadable()])
def test_a_fault_of_one_operation_is_an_error_of_that_one_alone(serve, caplog, broken):
    with serve() as served:
        breaks(served, documents=broken)
        with served.client.socket() as socket:
            for id_ in ("1", "2"):
                caplog.clear()
                socket.send(id=id_, type="subscribe", payload={"query": "{ position }"})
                message = socket.receive()
                assert (message["id"], message["type"]) == (id_, "error")
                assert is_logged_once(caplog, masked(message["payload"]), "Error")


@pytest.fixture
def untellable(serve, adapters):
    """A running API with an event, of which it finds an answer that JSON cannot tell."""
    begin(adapters)
    with serve() as served:
        breaks(served, answers=Untellable())
        yield served.client


def test_a_result_that_cannot_be_told_over_a_socket_is_an_error_of_its_operation(untellable, caplog):
    with untellable.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": FOLLOW})
        message = socket.receive()
        assert (message["id"], message["type"]) == ("1", "error")
        assert is_logged_once(caplog, masked(message["payload"]), "TypeError")
        socket.send(id="1", type="subscribe", payload={"query": "{ position }"})
        assert [socket.receive()["type"] for _ in range(2)] == ["next", "complete"]


def test_a_result_that_cannot_be_told_in_a_stream_is_an_error_and_its_end(untellable, caplog):
    with stream(untellable, FOLLOW) as events:
        told = events.next()
        assert "id" not in told, "its client goes on from where it was"
        assert is_logged_once(caplog, masked(json.loads(told["data"])["errors"]), "TypeError")
        assert events.next()["event"] == "complete"


@pytest.fixture
def history(serve, adapters):
    """A running API on a log with a chunk of events, and behind it one that nobody knows."""
    begin(adapters)
    write_history(adapters, CHUNK - 1)
    with adapters.pool.connection() as connection:
        connection.execute(UNKNOWN)
    with serve() as served:
        yield served.client


def test_a_fault_in_the_middle_of_a_stream_over_a_socket_is_masked(history, caplog):
    with history.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": FOLLOW})
        first = socket.receive()
        assert len(first["payload"]["data"]["events"]["events"]) == CHUNK
        second = socket.receive()
        assert (second["id"], second["payload"]["data"]) == ("1", None)
        assert is_logged_once(caplog, masked(second["payload"]["errors"]), "NobodyKnows")
        assert socket.receive() == {"id": "1", "type": "complete"}


def test_a_fault_in_the_middle_of_a_stream_of_server_sent_events_is_masked(history, caplog):
    with stream(history, FOLLOW) as events:
        first = events.next()
        assert place(first["id"]) >= CHUNK
        second = events.result()
        assert "data" not in second
        assert is_logged_once(caplog, masked(second["errors"]), "NobodyKnows")
        assert events.next()["event"] == "complete"
