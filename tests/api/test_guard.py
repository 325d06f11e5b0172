"""Who may call: by which name, from whose pages, and with which token."""

import subprocess
import sys
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from api.cli import main
from tests.api.client import PATIENCE_SECONDS, Socket
from tests.api.conftest import Served

TOKEN = "a-secret-of-the-tests"
QUERY = {"query": "{ position }"}
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


def code(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.fixture(scope="module")
def guarded(shared_adapters):
    served = Served(replace(shared_adapters.settings, api_token=TOKEN))
    yield served.client
    served.stop()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"])
def test_this_machine_s_own_names_may_be_called(shared_api, host):
    assert shared_api.http.post("/graphql", json=QUERY, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost:x", "localhost@evil", "::1", ""]
)
def test_a_name_that_was_pointed_at_this_machine_is_forbidden(shared_api, host):
    for method, path in (("POST", "/graphql"), ("GET", "/graphql?query={position}"), ("GET", "/")):
        answer = shared_api.http.request(method, path, headers={"Host": host})
        assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1", "https://[::1]:8000"])
def test_pages_of_this_machine_may_call(shared_api, origin):
    assert shared_api.http.post("/graphql", json=QUERY, headers={"Origin": origin}).status_code == 200
    with connect(shared_api.address, subprotocols=["graphql-transport-ws"], origin=origin) as connection:
        opened = Socket(connection)
        opened.send(type="connection_init")
        assert opened.receive()["type"] == "connection_ack"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://[", "x"])
def test_pages_of_other_sites_are_forbidden(shared_api, origin):
    answer = shared_api.http.post("/graphql", json=QUERY, headers={"Origin": origin})
    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
    with pytest.raises(InvalidStatus) as refused:
        connect(shared_api.address, subprotocols=["graphql-transport-ws"], origin=origin)
    assert refused.value.response.status_code == 403
    assert b"FORBIDDEN" in refused.value.response.body


def test_the_allowed_hosts_are_those_of_the_settings(serve):
    with serve(allowed_hosts=("data.example.org", "other.example:8000")) as served:
        http = served.client.http
        for host, status in (("data.example.org:1", 200), ("other.example:8000", 200), ("other.example:1", 403)):
            assert http.post("/graphql", json=QUERY, headers={"Host": host}).status_code == status
        assert http.post("/graphql", json=QUERY).status_code == 403


def test_health_is_told_to_everybody(guarded):
    for path in ("/health/live", "/health/ready"):
        assert guarded.http.get(path, headers={"Host": "probe.example"}).status_code == 200


@pytest.mark.parametrize("shown", [None, "", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream", "application/graphql-response+json"])
def test_without_the_token_nothing_is_answered(guarded, shown, accept):
    headers = {"Accept": accept} | ({} if shown is None else {"Authorization": shown})
    for answer in (
        guarded.http.post("/graphql", json=QUERY, headers=headers),
        guarded.http.get("/graphql", params=QUERY, headers=headers),
        guarded.http.get("/graphql", params=QUERY, headers={**headers, "Accept": "text/html, */*"}),
        guarded.http.get("/metrics", headers=headers),
    ):
        assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_with_the_token_everything_is_answered(guarded):
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        assert "errors" not in guarded.http.post("/graphql", json=QUERY, headers=headers).json()
    streamed = guarded.http.post("/graphql", json=QUERY, headers={**SHOWN, "Accept": "text/event-stream"})
    assert streamed.text.startswith("event: next\n")


def test_pages_are_for_everybody_who_may_call(guarded):
    for path in ("/", "/graphql"):
        assert guarded.http.get(path, headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("payload", [None, {}, [], "x", {"authorization": "Bearer wrong"}, {"authorization": [TOKEN]}])
def test_a_socket_that_does_not_show_the_token_is_closed(guarded, payload):
    with connect(guarded.address, subprotocols=["graphql-transport-ws"]) as connection:
        opened = Socket(connection)
        opened.send(type="connection_init", payload=payload)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(PATIENCE_SECONDS)
    assert closed.value.rcvd.code == 4403


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
def test_a_socket_shows_the_token_as_it_begins(guarded, name):
    with connect(guarded.address, subprotocols=["graphql-transport-ws"]) as connection:
        opened = Socket(connection)
        opened.send(type="connection_init", payload={name: f"Bearer {TOKEN}"})
        assert opened.receive()["type"] == "connection_ack"


@pytest.mark.parametrize("command", ["api", "up"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "data.example.org"])
def test_without_a_token_it_does_not_start_where_others_can_call(monkeypatch, tmp_path, capsys, command, host):
    monkeypatch.setenv("MISTUDIO_HOST", host)
    monkeypatch.setenv("MISTUDIO_HOME", str(tmp_path))
    monkeypatch.delenv("MISTUDIO_API_TOKEN", raising=False)
    assert main([command]) == 2
    assert "set MISTUDIO_API_TOKEN" in capsys.readouterr().err


def test_with_a_token_it_starts_where_others_can_call(tmp_path):
    environ = {"MISTUDIO_HOST": "0.0.0.0", "MISTUDIO_API_TOKEN": TOKEN, "MISTUDIO_HOME": str(tmp_path)}
    asked = "import os; from api.cli import check_exposure, read_settings; check_exposure(read_settings(os.environ))"
    subprocess.run([sys.executable, "-c", asked], env=environ, check=True)
