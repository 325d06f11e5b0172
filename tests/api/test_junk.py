"""Whatever comes in, it is answered with JSON and a code, and never with 500."""

import json
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from api.errors import Code
from domain.adapters.folders import INCOMING
from tests.api import uploads
from tests.api.client import PATIENCE_SECONDS, until

CODES = {code.value for code in Code} - {"INTERNAL_SERVER_ERROR"}
TYPES = ["application/json", "application/json; charset=utf-8", "multipart/form-data; boundary=x", "text/plain", ";"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
SIGNS = ["{", "}", "(", ")", "[", "]", ":", "$", "...", "@skip(if:true)", '"x"', "1", "\x00", "\ufeff", "$n"]
NAMED = ["query", "mutation", "subscription", "fragment", "F", "on", "Query", "datasets", "nodes", "id", "__schema"]
WORDS = st.sampled_from(SIGNS + NAMED)
DOCUMENTS = st.text() | st.lists(WORDS, max_size=40).map(" ".join)
NAMES = ("query", "documentId", "operationName", "variables", "extensions", "map", "operations")
REQUESTS = st.dictionaries(st.sampled_from(NAMES), VALUES | DOCUMENTS, max_size=5)
BODIES = st.binary() | (REQUESTS | VALUES).map(lambda value: json.dumps(value).encode())
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_fit(answer):
    told = answer.json()
    codes = [error["extensions"]["code"] for error in told.get("errors", [])]
    return answer.status_code < 500 and set(codes) <= CODES and ("data" in told or codes)


@MANY
@given(body=BODIES, kind=st.sampled_from(TYPES), accept=st.sampled_from(["application/json", "*/*", "x", "a/b;q=x,,"]))
def test_a_body_of_junk_is_answered(shared_api, body, kind, accept):
    answer = shared_api.http.post("/graphql", content=body, headers={"Content-Type": kind, "Accept": accept})
    assert is_fit(answer), answer.text


@MANY
@given(document=DOCUMENTS, variables=st.dictionaries(st.text(max_size=4), VALUES, max_size=3))
def test_a_document_of_junk_is_answered(shared_api, document, variables):
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
    assert is_fit(shared_api.http.post("/graphql", content=body, headers=headers))


@MANY
@given(params=st.dictionaries(st.sampled_from(NAMES), DOCUMENTS, max_size=4))
def test_a_query_string_of_junk_is_answered(shared_api, params):
    encoded = {name: value.encode(errors="replace") for name, value in params.items()}
    assert is_fit(shared_api.http.get("/graphql", params=encoded))


PATHS = st.lists(st.sampled_from(["variables", "file", "input", "0", "a", ""]), max_size=4).map(".".join)
MAPS = VALUES | st.dictionaries(st.sampled_from("012"), st.lists(PATHS, max_size=3), max_size=3)
OPERATIONS = st.fixed_dictionaries(
    {"query": st.sampled_from([uploads.UPLOAD, "query ($file: Upload) { position }"]) | DOCUMENTS},
    optional={"variables": st.sampled_from([{"file": None}, {"input": {"file": None}}, {"a": [None]}]) | VALUES},
)
HEADERS = st.lists(st.sampled_from(["Content-Type: a", "Content-Transfer-Encoding: base64", "X", ":", ""]), max_size=2)


@st.composite
def parts(draw):
    """Parts in any order, most of them as they must be."""
    names, content = st.sampled_from(["operations", "map", "0", "1", "2", "", '"', "\x00"]), st.binary(max_size=40)
    given = [("operations", json.dumps(draw(OPERATIONS | VALUES)).encode(), None)]
    given += [("map", json.dumps(draw(MAPS)).encode(), None)]
    given += draw(st.lists(st.tuples(names, content, st.none() | st.text(max_size=9)), max_size=4))
    if draw(st.booleans()):
        given = draw(st.permutations(given))
    written = [uploads.part(name, body, *draw(HEADERS), filename=named) for name, body, named in given]
    return uploads.whole(*written)


@MANY
@given(body=parts(), cut=st.integers(0, 60), junk=st.binary(max_size=4))
def test_a_multipart_request_of_junk_is_answered_and_leaves_nothing(api_and_left, body, cut, junk):
    api, left = api_and_left
    answer = uploads.post_raw(api, body[: len(body) - cut] + junk)
    assert is_fit(answer), answer.text
    until(lambda: left() == [])


@pytest.fixture(scope="module")
def api_and_left(shared_api, shared_adapters):
    """The shared API, and what is left of requests on its disk."""
    return shared_api, lambda: uploads.files_below(shared_adapters.storage / INCOMING)


NO_HTTP = [
    *(b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET /graphql HTTP/9.9\r\n\r\n"),
    *(b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nNo header\r\n\r\n",
]


@pytest.mark.parametrize("sent", NO_HTTP, ids=range(len(NO_HTTP)))
def test_what_is_no_http_is_refused_in_json_and_the_connection_ends(shared_api, sent):
    port = shared_api.http.base_url.port
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        connection.sendall(sent)
        told = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = told.partition(b"\r\n\r\n")
    status, *lines = head.decode().lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert status == "http/1.1 400 bad request"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert (int(headers["content-length"]), headers["connection"]) == (len(body), "close")
    (error,) = json.loads(body)["errors"]
    assert (error["message"], error["extensions"]) == ("Invalid HTTP request received.", {"code": "BAD_REQUEST"})


@pytest.mark.parametrize("body", [b"[" * 20_000, b'{"variables":' * 20_000, b'{"query":"' + b"{a" * 400 + b'"}'])
def test_brackets_without_end_are_refused(shared_api, body):
    answer = shared_api.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert is_fit(answer)
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "message",
    [
        *("null", "[]", "1", "{}", '{"type": 1}', '{"type": "nothing"}', "{", "[" * 20_000),
        *('{"type": "complete", "id": []}', '{"type": "complete", "id": {}}'),
        *('{"type": "subscribe"}', '{"type": "subscribe", "id": 1, "payload": {}}', '{"type": "complete"}'),
    ],
)
def test_a_message_that_is_none_closes_its_socket_as_the_protocol_says(shared_api, message, caplog):
    with shared_api.socket() as socket:
        socket.connection.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            socket.receive()
        assert closed.value.rcvd.code == 4400
    assert caplog.records == []


@pytest.mark.parametrize("payload", [None, [], 1, {}, {"query": 1}, {"query": "{ position }", "variables": []}])
def test_an_operation_that_is_none_is_refused_and_its_socket_stays(shared_api, payload):
    with shared_api.socket() as socket:
        socket.send(type="subscribe", id="1", payload=payload)
        message = socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_REQUEST")
        socket.send(type="subscribe", id="1", payload={"query": "{ position }"})
        assert socket.receive()["type"] == "next"
