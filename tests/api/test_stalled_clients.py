"""A client that takes nothing of what it is sent is dropped, and holds nothing up."""

import json
import socket

from websockets.sync.client import connect

from tests.api.client import Socket, until
from tests.api.stories import begin

EVENTS = "subscription { events { events { position stream type summary data } } }"
SUBSCRIPTIONS = 100
REQUESTS = 8  # in a row, more than the buffers of the system hold of their answers
PROTOCOL = ["graphql-transport-ws"]


def stalling(port):
    """A connection that has room for little and is not read."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.connect(("127.0.0.1", port))
    return opened


def much_has_happened(adapters):
    for _ in range(150):
        begin(adapters).starts().fails()


def connections(served):
    return len(served.server.server_state.connections)


def test_a_socket_that_is_not_read_is_dropped_with_all_that_it_watched(serve, adapters):
    much_has_happened(adapters)
    with serve(send_seconds=1) as served:
        before = served.tasks()
        plain = stalling(served.port)
        address = f"ws://127.0.0.1:{served.port}/graphql"
        with connect(address, sock=plain, subprotocols=PROTOCOL, max_queue=1, compression=None) as connection:
            opened = Socket(connection)
            opened.send(type="connection_init")
            opened.receive()
            for number in range(SUBSCRIPTIONS):
                opened.send(id=str(number), type="subscribe", payload={"query": EVENTS})
            until(lambda: served.tasks() > SUBSCRIPTIONS)
            until(lambda: served.tasks() <= before)
            assert served.client.ask("{ position }")


def test_an_answer_that_is_not_read_is_dropped(serve, adapters):
    much_has_happened(adapters)
    fields = [f"a{n}: events(first: 300) {{ events {{ position stream summary data }} }}" for n in range(15)]
    body = json.dumps({"query": f"{{ {' '.join(fields)} }}"}).encode()
    head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with serve(send_seconds=1) as served, stalling(served.port) as plain:
        for _ in range(REQUESTS):
            plain.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        until(lambda: connections(served) == 1)
        until(lambda: connections(served) == 0)
