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


def test_many_who_never_end_what_they_ask_keep_nobody_waiting_and_are_cut_off(serve):
    with serve(request_seconds=1) as served, ExitStack() as many:
        # given many who send a half and stop there, and some who send a byte now and then
        opened = [many.enter_context(socket.create_connection(("127.0.0.1", served.port))) for _ in range(240)]
        for number, connection in enumerate(opened):
            connection.sendall(HALVES[number % 3])
        until(lambda: len(served.server.server_state.connections) >= len(opened))
        dripping = opened[:30]  # heads that are not whole, and a body

        # when others ask meanwhile
        began = time.monotonic()
        assert all(served.client.ask("{ position }") for _ in range(50))
        assert time.monotonic() - began < PATIENCE_SECONDS / 2

        # then all of them are cut off, also those who go on drop by drop
        def left():
            for connection in dripping:
                with suppress(ConnectionError):
                    connection.send(b"x")
            return len(served.server.server_state.connections)

        until(lambda: left() <= 1)
        assert served.client.ask("{ position }")


def test_a_request_that_takes_its_time_but_goes_on_is_answered(serve):
    body = b'{"query": "{ position }"}'
    with serve(request_seconds=1) as served, socket.create_connection(("127.0.0.1", served.port)) as connection:
        head = request("POST /graphql HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}")
        connection.sendall(head)
        for part in (body[:8], body[8:16], body[16:]):
            time.sleep(0.6)
            connection.sendall(part)
        assert status(connection.recv(65_536)) == 200


DROP = b'{"text": "a drop"}\n'
DROPS = 5


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
    with serve(request_seconds=1, upload_seconds=2, upload_rate=20) as served:
        before, after = sends(served.client)
        with socket.create_connection(("127.0.0.1", served.port), PATIENCE_SECONDS) as connection:
            connection.sendall(before)
            for _ in range(DROPS):
                time.sleep(0.5)
                connection.sendall(DROP)
            connection.sendall(after)
            assert status(connection.recv(65_536)) == wanted


@pytest.mark.parametrize("sends", [sends_a_form, sends_by_tus])
def test_an_upload_that_comes_drop_by_drop_for_ever_is_cut_off(serve, adapters, sends):
    with serve(upload_seconds=1, upload_rate=10_000) as served:
        before, _ = sends(served.client, drops=1_000_000)
        with socket.create_connection(("127.0.0.1", served.port), 0.1) as connection:
            connection.sendall(before)
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
        assert uploads.files_below(adapters.storage / "incoming") == []
        until(lambda: len(served.server.server_state.connections) <= 1)
