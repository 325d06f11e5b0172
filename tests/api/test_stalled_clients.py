"""A client that takes nothing of what it is sent is dropped, and holds nothing up."""

import json
import socket
from contextlib import ExitStack

import pytest
from websockets.sync.client import connect

from tests.api.client import PATIENCE_SECONDS, Socket, until
from tests.api.stories import begin, write_history

EVENTS = "subscription { events { events { position stream type summary data } } }"
SUBSCRIPTIONS = 100
MUCH = 10_000  # events, of more bytes than the buffers of the system hold
MOST_WAITING = 500_000  # bytes: what makes writing pause, and one message with a chunk of history
REQUESTS = 8  # in a row, more than the buffers of the system hold of their answers
TAKES_LITTLE = {"subprotocols": ["graphql-transport-ws"], "max_queue": 1, "compression": None, "close_timeout": 0.1}


def stalling(port):
    """A connection that has room for little and is not read."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.connect(("127.0.0.1", port))
    return opened


def much_has_happened(adapters):
    begin(adapters)
    write_history(adapters, 450)


def ask_much(plain):
    """Requests whose answers are long."""
    fields = [f"a{n}: events(first: 300) {{ events {{ position stream summary data }} }}" for n in range(15)]
    body = json.dumps({"query": f"{{ {' '.join(fields)} }}"}).encode()
    head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    plain.sendall((f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body) * REQUESTS)


def connections(served):
    return len(served.server.server_state.connections)


def test_a_socket_that_is_not_read_is_dropped_with_all_that_it_watched(serve, adapters):
    with serve(send_seconds=1) as served:
        before = served.tasks()
        plain = stalling(served.port)
        address = f"ws://127.0.0.1:{served.port}/graphql"
        with connect(address, sock=plain, **TAKES_LITTLE) as connection:
            opened = Socket(connection)
            opened.send(type="connection_init")
            opened.receive()
            for number in range(SUBSCRIPTIONS):
                opened.send(id=str(number), type="subscribe", payload={"query": EVENTS})
                assert opened.receive()["payload"]["data"] == {"events": {"events": []}}
            assert served.tasks() > SUBSCRIPTIONS
            much_has_happened(adapters)
            until(lambda: served.tasks() <= before)
            assert served.client.ask("{ position }")


def test_an_answer_that_is_not_read_is_dropped(serve, adapters):
    much_has_happened(adapters)
    with serve(send_seconds=1) as served, stalling(served.port) as plain:
        until(lambda: connections(served) == 1)
        ask_much(plain)
        until(lambda: connections(served) == 0)


def stalls_on_a_socket(stack, served):
    """A WebSocket that takes nothing any more of what it follows."""
    address, plain = f"ws://127.0.0.1:{served.port}/graphql", stack.enter_context(stalling(served.port))
    opened = Socket(stack.enter_context(connect(address, sock=plain, **TAKES_LITTLE)))
    opened.send(type="connection_init")
    opened.receive()
    opened.send(id="1", type="subscribe", payload={"query": EVENTS})


def stalls_on_a_stream(stack, served):
    """Server-sent events that nobody takes."""
    body = json.dumps({"query": EVENTS}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"
    )
    plain = stack.enter_context(stalling(served.port))
    plain.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def stalls_on_an_answer(stack, served):
    """Answers that nobody takes."""
    ask_much(stack.enter_context(stalling(served.port)))


STALLS = [stalls_on_a_socket, stalls_on_a_stream, stalls_on_an_answer]


def stalled(served):
    """The connections whose clients take nothing."""
    return [each for each in list(served.server.server_state.connections) if each.is_stalled]


@pytest.mark.parametrize("stalls", STALLS)
def test_a_client_that_takes_nothing_does_not_hold_up_the_end_of_the_process(serve, adapters, stalls):
    begin(adapters)
    write_history(adapters, MUCH)
    with serve() as served, ExitStack() as stack:
        stalls(stack, served)
        until(lambda: stalled(served))
        served.server.should_exit = True
        served.thread.join(PATIENCE_SECONDS)
        assert not served.thread.is_alive()


@pytest.mark.parametrize("stalls", [stalls_on_a_socket, stalls_on_a_stream])
def test_little_waits_for_a_client_that_takes_nothing_and_others_go_on(serve, adapters, stalls):
    begin(adapters)
    write_history(adapters, MUCH)
    with serve(send_seconds=3) as served, ExitStack() as stack:
        stalls(stack, served)
        until(lambda: stalled(served))
        with served.client.subscribe("subscription { events { cursor } }") as others:
            cursor = served.client.ask("{ position }")
            others.until(lambda seen: seen and seen[-1]["cursor"] == cursor)
            for _ in range(20):
                begin(adapters)
                assert others.next()["cursor"] == served.client.ask("{ position }")
                assert [each for each in stalled(served) if each.transport.get_write_buffer_size() > MOST_WAITING] == []
            until(lambda: not stalled(served))
            begin(adapters)
            assert others.next()["cursor"] == served.client.ask("{ position }")
