"""Operations over a WebSocket."""

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from api.ids import global_id
from tests.api.client import PATIENCE_SECONDS
from tests.api.stories import begin


def test_many_operations_share_a_socket(api, adapters):
    with api.socket() as socket:
        socket.send(id="watch", type="subscribe", payload={"query": "subscription { events { events { type } } }"})
        assert socket.receive()["payload"]["data"] == {"events": {"events": []}}
        socket.send(id="ask", type="subscribe", payload={"query": "{ datasets { totalCount } }"})
        assert socket.receive()["payload"]["data"] == {"datasets": {"totalCount": 0}}
        assert socket.receive() == {"id": "ask", "type": "complete"}
        begin(adapters)
        assert socket.receive()["id"] == "watch"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { events(after: "x") { cursor } }', "BAD_USER_INPUT"),
        ('subscription { events(after: "other:0") { cursor } }', "CURSOR_EXPIRED"),
        ('subscription { events(filter: {types: ["x"]}) { cursor } }', "BAD_USER_INPUT"),
        ('subscription { datasetChanged(id: "x") { id } }', "BAD_USER_INPUT"),
    ],
)
def test_an_operation_that_is_refused_ends_and_leaves_the_others_alone(api, adapters, document, code):
    with api.socket() as socket:
        socket.send(id="watch", type="subscribe", payload={"query": "subscription { events { events { type } } }"})
        socket.receive()
        for _ in range(2):
            socket.send(id="wrong", type="subscribe", payload={"query": document})
            message = socket.receive()
            assert (message["id"], message["type"]) == ("wrong", "error")
            assert message["payload"][0]["extensions"]["code"] == code
        begin(adapters)
        assert socket.receive()["id"] == "watch"


def test_a_client_that_completes_hears_no_more(api, adapters):
    with api.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": "subscription { events { events { type } } }"})
        socket.receive()
        socket.send(id="1", type="complete")
        socket.send(id="2", type="subscribe", payload={"query": "{ position }"})
        socket.receive()
        socket.receive()
        begin(adapters)
        with pytest.raises(TimeoutError):
            socket.receive(0.5)


@pytest.mark.parametrize("spoken", [None, ["graphql-ws"]])
def test_only_the_one_protocol_is_spoken(shared_api, spoken):
    with connect(shared_api.address, subprotocols=spoken) as connection, pytest.raises(ConnectionClosed) as closed:
        connection.recv(PATIENCE_SECONDS)
    assert closed.value.rcvd.code == 4406


def test_a_page_of_another_site_may_not_connect(shared_api):
    with pytest.raises(InvalidStatus):
        connect(shared_api.address, subprotocols=["graphql-transport-ws"], origin="https://elsewhere.example")


def test_subscriptions_end_in_time_when_the_process_stops(serve, adapters):
    with serve() as served:
        story = begin(adapters)
        document = "subscription ($id: ID!) { datasetChanged(id: $id) { status } }"
        with served.client.subscribe(document, id=global_id("Dataset", story.id)) as changes:
            assert changes.next() == {"status": "QUEUED"}
            served.server.should_exit = True
            with pytest.raises(ConnectionClosed) as closed:
                changes.next()
            assert closed.value.rcvd.code in (1001, 1012)
        served.thread.join(PATIENCE_SECONDS)
        assert not served.thread.is_alive()
