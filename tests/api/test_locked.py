"""The locked profile, and documents that are listed beforehand."""

from hashlib import sha256

import pytest

from tests.api.test_server_sent_events import stream

POSITION = "query Position { position }\n"
WATCH = "subscription Watch { events { cursor } }\n"
SCHEMA = "{ __schema { queryType { name } } }"
MISSPELT = "{ positon }"


def id_of(text):
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def code(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    (folder / "watching").mkdir(parents=True)
    for name, text in (("a", POSITION), ("watching/b", WATCH), ("c", SCHEMA), ("d", MISSPELT)):
        (folder / f"{name}.graphql").write_text(text)
    return folder


@pytest.fixture
def locked(serve, documents):
    with serve(profile="locked", documents=documents) as served:
        yield served.client


def post(api, **body):
    return api.http.post("/graphql", json=body)


def test_a_listed_document_is_run_by_its_id_on_every_transport(locked):
    assert post(locked, documentId=id_of(POSITION)).json()["data"]["position"]
    with locked.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"documentId": id_of(WATCH)})
        assert socket.receive()["type"] == "next"
    headers = {"Accept": "text/event-stream"}
    with locked.http.stream("POST", "/graphql", json={"documentId": id_of(WATCH)}, headers=headers) as response:
        assert next(response.iter_lines()) == "event: next"


def test_other_documents_are_refused_on_every_transport(locked):
    answer = post(locked, query="{ position }")
    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
    with locked.socket() as socket:
        socket.send(id="1", type="subscribe", payload={"query": "{ position }"})
        message = socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
        socket.send(id="1", type="subscribe", payload={"documentId": id_of(POSITION)})
        assert socket.receive()["type"] == "next"


def test_an_id_that_is_not_listed_is_not_found(locked):
    for id_ in (id_of("{ position }"), "", "sha256:", id_of(POSITION).removeprefix("sha256:")):
        assert code(post(locked, documentId=id_)) == "DOCUMENT_NOT_FOUND"


def test_nothing_comes_by_get_and_there_is_no_playground(locked):
    for params in ({"documentId": id_of(POSITION)}, {}):
        answer = locked.http.get("/graphql", params=params, headers={"Accept": "text/html,*/*"})
        assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["Allow"] == "POST"


def test_nothing_tells_of_the_schema(locked):
    assert code(post(locked, documentId=id_of(SCHEMA))) == "GRAPHQL_VALIDATION_FAILED"


MISSPELLINGS = [
    MISSPELT,
    "query Argument { datasets(frist: 1) { totalCount } }",
    "query Type($id: Strin) { position }",
    "query Enum { datasets(filter: {status: [READ]}) { totalCount } }",
    "query Field { datasets(filter: {statu: [READY]}) { totalCount } }",
    'query Fragment { node(id: "x") { ... on Datase { id } } }',
    "query Named { ...F } fragment F on Querie { position }",
    'query Inline { node(id: "x") { rowCount } }',
    "query Leaf { datasets }",
    "query DirectiveArgument { position @skip(iff: true) }",
]
MISSPELT_VALUES = [
    ("query ($s: [DatasetStatus!]) { datasets(filter: {status: $s}) { totalCount } }", {"s": ["READ"]}),
    ("query ($f: DatasetFilter) { datasets(filter: $f) { totalCount } }", {"f": {"statu": ["READY"]}}),
]
NAMES = [(text, {}) for text in MISSPELLINGS] + MISSPELT_VALUES


def test_no_error_of_any_kind_tells_of_names_that_there_are(serve, tmp_path):
    for number, (text, _) in enumerate(NAMES):
        (tmp_path / f"{number}.graphql").write_text(text)
    told, hidden = [], []
    for profile, answers in (("open", told), ("locked", hidden)):
        with serve(profile=profile, documents=tmp_path) as served:
            answers += [post(served.client, documentId=id_of(text), variables=given) for text, given in NAMES]
    assert [code(answer) for answer in hidden] == [code(answer) for answer in told]
    assert [answer.text for answer in told if "Did you mean" not in answer.text] == [], "or there is nothing to hide"
    assert [answer.text for answer in hidden if "mean" in answer.text] == []


def test_the_open_profile_runs_listed_documents_too_and_helps_with_spelling(serve, documents):
    with serve(documents=documents) as served:
        api = served.client
        assert post(api, documentId=id_of(POSITION)).json()["data"]["position"]
        assert api.http.get("/graphql", params={"documentId": id_of(POSITION)}).json()["data"]["position"]
        assert code(post(api, documentId=id_of(POSITION), query=POSITION)) == "BAD_REQUEST"
        assert "Did you mean" in post(api, query=MISSPELT).text
        with stream(api, POSITION) as events:
            assert events.result()["data"]["position"]
