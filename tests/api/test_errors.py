"""What cannot be answered: always JSON, always with a code, and nothing of the inside gets out."""

import json
import logging
import re
import shutil
from pathlib import Path

import psycopg
import psycopg_pool
import pytest
import sqlalchemy.exc
from graphql import GraphQLError

from api.errors import Code, prepare
from api.ids import global_id
from domain.adapters.redaction import Redaction
from tests.api.stories import begin

README = Path(__file__).parents[2] / "README.md"


def code(error):
    return error["extensions"]["code"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("{ datasets", "GRAPHQL_PARSE_FAILED"),
        ('{ dataset(id: "\\uD800") { id } }', "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ dataset { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ datasets(first: 99999999999) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        (f"{{ datasets(first: {'9' * 5_000}) {{ totalCount }} }}", "GRAPHQL_VALIDATION_FAILED"),
        (f"query ($n: Int = {'9' * 5_000}) {{ datasets(first: $n) {{ totalCount }} }}", "GRAPHQL_VALIDATION_FAILED"),
        ('mutation { cancelJob(input: {jobId: "x", force: true}) { replayed } }', "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_a_document_that_cannot_be_run_has_a_code(shared_api, document, expected):
    for _ in range(2):  # the second time from the cache
        error = shared_api.refused(document)
        assert code(error) == expected
        assert error["message"]


@pytest.mark.parametrize("value", ["x", 1.5, True, 2**53 + 1, [1]])
def test_a_variable_that_does_not_fit_has_a_code(shared_api, value):
    document = 'query ($at: BigInt) { dataset(id: "x") { samples(at: $at) { totalCount } } }'
    assert code(shared_api.refused(document, at=value)) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ events(first: 0) { cursor } }", "`first` is a number from 1 to 500; it was 0."),
        ("{ events(first: 501) { cursor } }", "`first` is a number from 1 to 500; it was 501."),
        ('{ events(after: "") { cursor } }', "'' is no position: give one that an answer gave"),
        ('{ events(after: "1") { cursor } }', "'1' is no position: give one that an answer gave, or \"0\"."),
        ('{ events(filter: {types: ["Nothing"]}) { cursor } }', "There are no events of type 'Nothing'; there are"),
        ("{ events(filter: {types: []}) { cursor } }", "Name at least one type; there are"),
    ],
)
def test_a_refused_argument_says_what_would_do(shared_api, document, message):
    error = shared_api.refused(document)
    assert code(error) == "BAD_USER_INPUT"
    assert error["message"].startswith(message)


def test_a_position_of_another_log_or_of_the_future_has_expired(shared_api):
    document = "query ($after: Position) { events(after: $after) { cursor } }"
    identity, _, newest = shared_api.ask("{ position }").partition(":")
    for position in (f"other:{newest}", f"{identity}:{int(newest) + 1}"):
        assert code(shared_api.refused(document, after=position)) == "CURSOR_EXPIRED"
    assert shared_api.ask(document, after=f"{identity}:{newest}") == {"cursor": f"{identity}:{newest}"}


def test_the_readme_lists_every_code_and_no_other():
    section = README.read_text().partition("| code | meaning |")[2].partition("\n\n")[0]
    listed = {word for line in section.splitlines() for word in re.findall(r"`([A-Z_]+)`", line.split(" | ")[0])}
    assert listed == {code.value for code in Code}


def test_a_fault_of_ours_is_masked_and_logged_once_with_its_trace(api, adapters, caplog):
    story = begin(adapters).is_ready()
    (described,) = adapters.storage.glob(f"datasets/{story.id}/**/dataset_dict.json")
    described.write_text("{")
    document = "query ($id: ID!) { dataset(id: $id) { name samples { totalCount } } position }"
    with caplog.at_level(logging.ERROR):
        answer = api.post(document, id=global_id("Dataset", story.id))
    (error,) = answer["errors"]
    assert (error["message"], code(error)) == ("Internal error", "INTERNAL_SERVER_ERROR")
    assert answer["data"]["dataset"] is None
    assert answer["data"]["position"]
    assert str(adapters.storage) not in json.dumps(answer)
    (record,) = [record for record in caplog.records if error["extensions"]["errorId"] in record.getMessage()]
    assert "Traceback" in record.getMessage()
    assert "JSONDecodeError" in record.getMessage()


def test_a_dataset_whose_files_are_gone_leaves_the_list_that_it_stands_in_alone(api, adapters):
    gone, here = begin(adapters).is_ready(), begin(adapters).is_ready()
    shutil.rmtree(adapters.storage / f"datasets/{gone.id}")
    found = api.ask("{ datasets { nodes { id samples(first: 1) { totalCount nodes { index } } } } }")["nodes"]
    told = {node["id"]: (node["samples"]["totalCount"], len(node["samples"]["nodes"])) for node in found}
    assert told[global_id("Dataset", gone.id)] == (0, 0)
    assert told[global_id("Dataset", here.id)][1] == 1


def test_a_tag_that_no_text_can_be_is_refused(shared_api):
    document = "query ($tags: [String!]) { datasets(filter: {tags: $tags}) { totalCount } }"
    assert code(shared_api.refused(document, tags=["a\0b"])) == "BAD_USER_INPUT"


def test_one_fault_in_many_places_is_logged_once(caplog):
    cause = KeyError("secret")
    errors = [GraphQLError("secret", original_error=cause), GraphQLError("secret", original_error=cause)]
    prepare(errors, Redaction([]))
    assert {error.message for error in errors} == {"Internal error"}
    assert len({error.extensions["errorId"] for error in errors}) == 1
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "body",
    [
        *(b"null", b"[]", b"1", b"", b"\xff\xfe", b"{", b"[" * 20_000, b'{"query": 1}'),
        b'{"query": "{ position }", "variables": []}',
    ],
)
def test_a_body_that_is_no_request_is_refused(shared_api, body):
    answer = shared_api.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x"])
def test_a_body_of_another_type_is_refused(shared_api, kind):
    answer = shared_api.http.post("/graphql", content=b'{"query": "{ position }"}', headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_a_query_may_come_by_get_and_a_mutation_may_not(shared_api):
    assert shared_api.http.get("/graphql", params={"query": "{ position }"}).json()["data"]["position"]
    mutation = 'mutation { cancelJob(input: {jobId: "x"}) { replayed } }'
    assert shared_api.http.get("/graphql", params={"query": mutation}).status_code in (400, 405)


def test_without_a_query_there_is_an_error_and_a_browser_gets_a_page(shared_api):
    answer = shared_api.http.post("/graphql", json={})
    assert answer.status_code == 400
    assert answer.json()["errors"]
    for path in ("/graphql", "/"):
        page = shared_api.http.get(path, headers={"Accept": "text/html,*/*"})
        assert page.headers["Content-Type"].startswith("text/plain")
        assert "graphql-transport-ws" in page.text


@pytest.mark.parametrize(
    ("trouble", "wanted"),
    [
        (psycopg.errors.DiskFull("no space left"), "INSUFFICIENT_STORAGE"),
        (psycopg.OperationalError("the connection is lost"), "TRY_AGAIN"),
        (psycopg_pool.PoolTimeout("nobody answers"), "TRY_AGAIN"),
        (sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.OperationalError("lost")), "TRY_AGAIN"),
        (psycopg.errors.UndefinedTable("there is none"), "INTERNAL_SERVER_ERROR"),
    ],
)
def test_trouble_of_the_database_is_told_as_what_it_is(trouble, wanted):
    error = GraphQLError("", original_error=trouble)
    prepare([error], Redaction(()))
    assert error.extensions["code"] == wanted
    assert str(trouble) not in error.message
