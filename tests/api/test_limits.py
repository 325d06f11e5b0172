"""How much may be asked for, by HTTP, as server-sent events and by WebSocket alike."""

import json

import pytest
from graphql import get_introspection_query
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.api.client import PATIENCE_SECONDS, Client
from tests.api.test_server_sent_events import stream

DEEP = '{ dataset(id: "x") {' + " jobs { nodes { dataset {" * 3 + " id" + " }" * 11
DEAR = "{ datasets(first: 100) { nodes { samples(first: 100) { nodes { id } } } } }"
TOO_MUCH = [
    (DEEP, "DEPTH_LIMIT"),
    ("{ __schema { types { fields { type { " + "ofType { " * 11 + "name" + " }" * 16, "DEPTH_LIMIT"),
    ("{ a" * 300 + " }" * 300, "DEPTH_LIMIT"),
    ("{ " + " ".join(f"a{n}: position" for n in range(16)) + " }", "ALIAS_LIMIT"),
    ("{ " + " ".join("position @skip(if: false)" for _ in range(51)) + " }", "DIRECTIVE_LIMIT"),
    ("{ " + "position " * 1_000 + "}", "TOKEN_LIMIT"),
    ("{ position } #" + "x" * 15_000, "LENGTH_LIMIT"),
    (DEAR, "COST_LIMIT"),
]
NAMES = [f"{code}-{number}" for number, (_, code) in enumerate(TOO_MUCH)]


def by_post(api, document):
    return api.post(document)


def by_get(api, document):
    return api.http.get("/graphql", params={"query": document}).json()


def by_stream(api, document):
    with stream(api, document) as events:
        return events.result()


def by_socket(api, document):
    with api.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": document})
        message = socket.receive()
        return {"errors": message["payload"]} if message["type"] == "error" else message["payload"]


TRANSPORTS = [by_post, by_get, by_stream, by_socket]


@pytest.mark.parametrize("ask", TRANSPORTS)
@pytest.mark.parametrize(("document", "code"), TOO_MUCH, ids=NAMES)
def test_what_goes_too_far_is_refused_before_it_is_validated(shared_api, ask, document, code):
    for _ in range(2):
        (error,) = ask(shared_api, document)["errors"]
        assert error["extensions"]["code"] == code
        assert error["message"]


@pytest.mark.parametrize("ask", TRANSPORTS)
def test_what_stays_within_the_limits_is_answered_and_told_its_cost(shared_api, ask):
    document = "{ " + " ".join(f"a{n}: position" for n in range(15)) + " datasets(first: 30) { nodes { id } } }"
    answer = ask(shared_api, document)
    assert answer["data"]["a0"]
    assert answer["extensions"]["cost"] == {"cost": 31, "limit": 5000, "depth": 3}


def test_an_answer_that_is_refused_for_its_cost_tells_it(shared_api):
    answer = shared_api.post(DEAR)
    assert answer["extensions"]["cost"] == {"cost": 1 + 100 * (1 + 1 + 100), "limit": 5000, "depth": 5}
    assert "10,201" in answer["errors"][0]["message"]


def test_a_page_size_in_a_variable_counts_each_time(shared_api):
    document = "query ($n: Int) { datasets(first: 100) { nodes { samples(first: $n) { nodes { id } } } } }"
    assert "errors" not in shared_api.post(document, n=10)
    for number in (100, 100.0):
        assert shared_api.refused(document, n=number)["extensions"]["code"] == "COST_LIMIT"
    assert "errors" not in shared_api.post(document, n=10)


def test_the_whole_introspection_query_is_answered(shared_api):
    document = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    )
    answer = shared_api.post(document)
    assert "errors" not in answer
    assert answer["extensions"]["cost"] == {"cost": 100, "limit": 5000, "depth": 15}


def test_introspection_that_multiplies_is_refused(shared_api):
    document = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    assert shared_api.refused(document)["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


MISTAKEN = [
    ("{ " + " ".join(f"nothing{n}" for n in range(990)) + " }", 5),
    ("{ " + " ".join(f"...F{n}" for n in range(490)) + " }", 5),
    ("query (" + " ".join(f"$a{n}: Nothing" for n in range(240)) + ") { position }", 5),
    ("{ position(" + " ".join(f"a{n}: 1" for n in range(320)) + ") }", 5),
    ("{ " + "nothing " * 990 + "}", 1),
    ("{ " + "position " * 990 + "}", 1),
    ("{ ...A } fragment A on Query { " + "...A " * 490 + "}", 5),
]


@pytest.mark.parametrize("ask", TRANSPORTS)
@pytest.mark.parametrize(("document", "count"), MISTAKEN, ids=range(len(MISTAKEN)))
def test_of_a_document_that_is_wrong_throughout_a_few_errors_are_told_each_with_a_code(
    shared_api, ask, document, count
):
    for _ in range(2):  # the second time from the cache
        errors = ask(shared_api, document)["errors"]
        assert len(errors) == count
        assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
        assert not [error for error in errors if "aborted" in error["message"]]


def test_the_limits_are_those_of_the_settings(serve):
    with serve(max_cost=30, max_depth=3) as served:
        assert "errors" not in served.client.post("{ datasets(first: 29) { nodes { id } } }")
        assert served.client.refused("{ datasets(first: 30) { nodes { id } } }")["extensions"]["code"] == "COST_LIMIT"
        deeper = "{ datasets { nodes { error { code } } } }"
        assert served.client.refused(deeper)["extensions"]["code"] == "DEPTH_LIMIT"


def test_what_may_be_asked_of_the_schema_is_of_the_settings_too(serve):
    with serve(introspection_depth=4, introspection_cost=7) as served:
        within = "{ __schema { queryType { fields { name } } } }"
        assert served.client.post(within)["extensions"]["cost"] == {"cost": 7, "limit": 5000, "depth": 4}
        error = served.client.refused("{ __schema { queryType { fields { type { name } } } } }")
        assert error["extensions"]["code"] == "DEPTH_LIMIT"
        assert error["message"] == "Fields are nested at most 10 deep, those of introspection 4."
    with serve(introspection_cost=51, max_cost=101) as served:
        twice = '{ __schema { queryType { name } } __type(name: "Query") { name } }'
        assert served.client.refused(twice)["extensions"]["code"] == "COST_LIMIT"


@pytest.mark.parametrize("is_told_its_length", [True, False])
def test_a_body_that_is_too_long_is_413(shared_api, is_told_its_length):
    body = json.dumps({"query": "{ position }", "extensions": {"x": "y" * 1024 * 1024}}).encode()
    content = body if is_told_its_length else iter([body[:1000], body[1000:]])
    answer = shared_api.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


def test_a_message_that_is_too_long_closes_its_socket(shared_api):
    with shared_api.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": "#" * 1024 * 1024})
        with pytest.raises(ConnectionClosed) as closed:
            socket.receive()
        assert closed.value.rcvd.code == 1009


def test_a_batch_is_refused(shared_api):
    answer = shared_api.http.post("/graphql", json=[{"query": "{ position }"}] * 2)
    assert answer.status_code == 400
    assert "batches" in answer.json()["errors"][0]["message"]


def test_a_socket_runs_so_many_operations_and_refuses_the_next(serve):
    with serve(max_subscriptions=3) as served, served.client.socket() as socket:
        for number in range(3):
            socket.send(id=str(number), type="subscribe", payload={"query": "subscription { events { cursor } }"})
            assert socket.receive()["type"] == "next"
        socket.send(id="more", type="subscribe", payload={"query": "{ position }"})
        message = socket.receive()
        assert (message["id"], message["type"]) == ("more", "error")
        assert message["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT"
        socket.send(id="0", type="complete")
        socket.send(id="more", type="subscribe", payload={"query": "{ position }"})
        assert socket.receive()["type"] == "next"


def test_a_socket_that_never_begins_is_closed(serve):
    with serve(init_seconds=1) as served:
        client: Client = served.client
        with (
            connect(client.address, subprotocols=["graphql-transport-ws"]) as connection,
            pytest.raises(ConnectionClosed) as closed,
        ):
            connection.recv(PATIENCE_SECONDS)
        assert closed.value.rcvd.code == 4408
