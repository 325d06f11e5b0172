"""Requests that come slowly, or never to their end: who means harm is cut off, and who has a slow line is not."""

import socket
import time
from contextlib import ExitStack, suppress

import pytest

from api import server
from tests.api import tus, uploads
from tests.api.client import PATIENCE_SECONDS, until
from tests.api.test_hostile_requests import TUS, request, status

HALVES = (
    b"G",
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-",
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{",
)


def begun(stack, port, count):
    """Connections of people who have sent the half of a request."""
    opened = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]
    for number, connection in enumerate(opened):
        with suppress(ConnectionError):  # cut off by now
            connection.sendall(HALVES[number % 3])
    return opened


def is_cut(connection):
    try:
        return connection.recv(65_536, socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def connections(served):
    return len(served.server.server_state.connections)


def test_many_who_never_end_what_they_ask_keep_nobody_waiting(serve):
    with serve(request_seconds=600) as served, ExitStack() as many:
        opened = begun(many, served.port, 240)
        until(lambda: connections(served) == len(opened))
        assert all(served.client.ask("{ position }") for _ in range(50))
        assert connections(served) == len(opened) + 1, "all of them are there the whole time"


def test_who_never_ends_what_is_asked_is_cut_off_also_who_goes_on_drop_by_drop(serve, monkeypatch):
    monkeypatch.setattr(server, "BODY_TIMES", 1)
    with serve(request_seconds=1) as served, ExitStack() as many:
        silent, dripping = begun(many, served.port, 30), begun(many, served.port, 30)

        def are_cut():
            for connection in dripping:
                with suppress(ConnectionError):
                    connection.send(b"x")
            return all(is_cut(connection) for connection in (*silent, *dripping))

        until(are_cut)
        assert served.client.ask("{ position }")


def test_a_request_that_takes_its_time_but_goes_on_is_answered(serve):
    body = b'{"query": "{ position }"}'
    with serve(request_seconds=4) as served, socket.create_connection(("127.0.0.1", served.port)) as connection:
        head = request("POST /graphql HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}")
        connection.sendall(head)
        for byte in body:  # for more than 4 seconds in all
            time.sleep(0.2)
            connection.sendall(bytes([byte]))
        connection.settimeout(PATIENCE_SECONDS)
        assert status(connection.recv(65_536)) == 200


DROP = b'{"text": "a drop"}\n'
DROPS = 14


def sends_a_form(_api, drops=DROPS):
    """What comes before the content of a file in a form, and what comes after it."""
    form = uploads.whole(uploads.ASKED, uploads.MAPPED, uploads.part("0", b"|", filename="rows.jsonl"))
    before, _, after = form.partition(b"|")
    length = f"Content-Length: {len(before) + len(DROP) * drops + len(after)}"
    headers = ('Content-Type: multipart/form-data; boundary="x"', "GraphQL-Preflight: 1", length)
    return request("POST /graphql HTTP/1.1", *headers) + before, after


def sends_by_tus(api, drops=DROPS):
    address = tus.created(api, len(DROP) * drops, "rows.jsonl")
    headers = (*TUS, f"Content-Type: {tus.BODY}", "Upload-Offset: 0", f"Content-Length: {len(DROP) * drops}")
    return request(f"PATCH {address} HTTP/1.1", *headers), b""


@pytest.mark.parametrize(("sends", "wanted"), [(sends_a_form, 200), (sends_by_tus, 204)])
def test_an_upload_over_a_slow_line_may_take_longer_than_any_other_body(serve, monkeypatch, sends, wanted):
    monkeypatch.setattr(server, "BODY_TIMES", 1)
    with serve(request_seconds=3, upload_seconds=3, upload_rate=20) as served:
        before, after = sends(served.client)
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE_SECONDS) as connection:
            connection.sendall(before)
            for _ in range(DROPS):  # for more than 3 seconds in all
                time.sleep(0.25)
                connection.sendall(DROP)
            connection.sendall(after)
            assert status(connection.recv(65_536)) == wanted


@pytest.mark.parametrize("sends", [sends_a_form, sends_by_tus])
def test_an_upload_that_comes_drop_by_drop_for_ever_is_cut_off(serve, adapters, sends):
    with serve(upload_seconds=1, upload_rate=10_000) as served:
        before, _ = sends(served.client, drops=1_000_000)
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            connection.sendall(before)
            connection.settimeout(0.1)
            answers = []

            def is_answered():
                with suppress(ConnectionError):
                    connection.send(DROP)
                with suppress(TimeoutError):
                    answers.append(connection.recv(65_536))
                return answers

            until(is_answered)
        assert status(answers[0]) == 503
        assert b"too slowly" in answers[0]
        kept = [path for path in adapters.storage.rglob("content") if path.stat().st_size]
        assert len(kept) == (sends is sends_by_tus), "what came by tus is gone on with"
        until(lambda: uploads.files_below(adapters.storage / "incoming") == [])
        until(lambda: connections(served) <= 1)
