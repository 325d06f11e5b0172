"""GraphQL over HTTP: media types, statuses and methods, as its specification has them."""

import asyncio
import json
import logging
import time

import pytest

from api.transport import GraphQLEndpoint
from domain.adapters.settings import read_settings

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
TWO = "query A { position } query B { datasets { totalCount } }"
CANCEL = 'mutation { cancelJob(input: {jobId: "x"}) { replayed } }'


def post(api, body, accept=JSON, **headers):
    return api.http.post("/graphql", json=body, headers={"Accept": accept, **headers})


def code(answer):
    (error,) = answer.json()["errors"]
    return error["extensions"]["code"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("", JSON),
        ("application/*", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"text/html, {GRAPHQL.upper()}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL};q=0, */*;q=0.1", JSON),
    ],
)
def test_an_answer_comes_in_the_media_type_that_the_client_likes_best(shared_api, accept, answered):
    answer = post(shared_api, {"query": "{ position }"}, accept)
    assert answer.headers["Content-Type"] == f"{answered}; charset=utf-8"
    assert (answer.status_code, list(answer.json())) == (200, ["data", "extensions"])


def test_an_answer_tells_how_long_the_server_took(shared_api):
    began = time.perf_counter()
    took = (
        post(shared_api, {"query": "{ datasets { totalCount } }"}).headers["Server-Timing"].removeprefix("total;dur=")
    )
    assert 0 < float(took) < (time.perf_counter() - began) * 1000


@pytest.mark.parametrize("accept", ["text/html", "image/png, text/*", f"{JSON};q=0", f"{JSON};q=best"])
def test_what_cannot_be_answered_in_is_said_in_json(shared_api, accept):
    answer = post(shared_api, {"query": "{ position }"}, accept)
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": TWO}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": TWO, "operationName": "C"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": TWO, "operationName": ""}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "fragment F on Query { position }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query ($n: Int!) { datasets(first: $n) { totalCount } }"}, "BAD_USER_INPUT"),
    ],
)
def test_what_never_ran_has_no_data_and_the_status_that_the_media_type_asks_for(shared_api, body, expected):
    for media, status in ((GRAPHQL, 400), (JSON, 200)):
        answer = post(shared_api, body, media)
        assert (answer.status_code, code(answer)) == (status, expected)
        assert "data" not in answer.json()


def test_what_ran_and_failed_has_data_and_is_200(shared_api):
    answer = post(shared_api, {"query": "{ position events(first: 0) { cursor } }"}, GRAPHQL)
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert code(answer) == "BAD_USER_INPUT"


def test_one_of_two_operations_is_run_by_its_name(shared_api):
    answer = post(shared_api, {"query": TWO, "operationName": "B"}).json()
    assert list(answer["data"]) == ["datasets"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "text/event-stream"])
def test_a_mutation_by_get_is_405_and_says_what_is_allowed(shared_api, accept):
    answer = shared_api.http.get("/graphql", params={"query": CANCEL}, headers={"Accept": accept})
    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_405(shared_api, method):
    answer = shared_api.http.request(method, "/graphql", json={"query": "{ position }"})
    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, POST"


def test_what_is_only_read_says_so(shared_api):
    answer = shared_api.http.post("/health/live")
    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "HEAD"]


def test_a_get_carries_variables_and_the_operation_s_name(shared_api):
    params = {"query": "query A($n: Int) { datasets(first: $n) { nodes { id } } } query B { position }"}
    params |= {"operationName": "A", "variables": json.dumps({"n": 0}), "extensions": ""}
    assert shared_api.http.get("/graphql", params=params).json()["data"] == {"datasets": {"nodes": []}}


def test_a_parameter_of_a_get_that_is_empty_is_left_out(shared_api):
    params = {"query": "query A { position }", "operationName": "", "documentId": "", "variables": ""}
    assert shared_api.http.get("/graphql", params=params).json()["data"] == shared_api.post("{ position }")["data"]


@pytest.mark.parametrize(
    "params", [{"query": "{ position }", "variables": "{"}, {"query": "{ position }", "variables": "[1]"}, {}]
)
def test_a_get_that_is_no_request_is_400(shared_api, params):
    answer = shared_api.http.get("/graphql", params=params)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_subscription_is_answered_as_a_stream_or_not_at_all(shared_api, method):
    asked = {"query": "subscription { events { cursor } }"}
    sent = {"params": asked} if method == "GET" else {"json": asked}
    answer = shared_api.http.request(method, "/graphql", **sent)
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonx"},
        {"Content-Type": JSON, "Content-Encoding": "gzip"},
        {},
    ],
)
def test_a_body_in_another_form_is_415(shared_api, headers):
    answer = shared_api.http.post("/graphql", content=b'{"query": "{ position }"}', headers=headers)
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_an_unknown_address_is_told_in_json(shared_api):
    for method, path, status in (("GET", "/nothing", 404), ("POST", "/health/live", 405)):
        answer = shared_api.http.request(method, path)
        assert answer.status_code == status
        assert code(answer) in ("NOT_FOUND", "METHOD_NOT_ALLOWED")


def test_a_fault_outside_of_the_schema_is_masked_and_logged_once(caplog):
    def broken(_state):
        raise KeyError("secret")

    endpoint = GraphQLEndpoint("", broken, read_settings({}))
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b"", "state": {}}
    sent = []

    async def receive():
        return {"type": "http.request", "body": b'{"query": "{ position }"}'}

    async def send(message):
        sent.append(message)

    asyncio.run(endpoint({**scope, "server": ("127.0.0.1", 80), "scheme": "http"}, receive, send))

    started, body = sent
    (error,) = json.loads(body["body"])["errors"]
    assert (started["status"], error["extensions"]["code"]) == (500, "INTERNAL_SERVER_ERROR")
    assert b"secret" not in body["body"]
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert error["extensions"]["errorId"] in record.getMessage()
    assert "KeyError: 'secret'" in record.getMessage()
