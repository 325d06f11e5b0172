"""What holds for other requests holds for multipart requests; and only a file part is an Upload."""

import json
from contextlib import suppress
from hashlib import sha256

import pytest

from tests.api.uploads import FILES, MAP, OPERATIONS, UPLOAD, code, part, post, post_raw, send, whole

GRAPHQL = "application/graphql-response+json"


@pytest.mark.parametrize("document", ["{ position", "{ nothing }", "query A { position } query B { position }"])
def test_what_is_wrong_with_the_document_is_told_as_ever(clean, document):
    operations = {"query": document, "variables": {"file": None}}
    answer = post(clean, operations, {"0": ["variables.file"]}, FILES, {"Accept": GRAPHQL})
    assert answer.status_code == 400
    assert code(answer) in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_RESOLUTION_FAILURE")


def test_limits_are_those_of_other_requests(serve):
    aliases = " ".join(f"a{number}: position" for number in range(16))
    deep = "{ datasets { nodes { jobs { nodes { error { code } } } } } }"
    with serve(max_depth=5, max_cost=50) as served:
        for document, expected in (
            (f"{{ {aliases} }}", "ALIAS_LIMIT"),
            (deep, "DEPTH_LIMIT"),
            ("{ datasets(first: 100) { nodes { id } } }", "COST_LIMIT"),
            ("#" * 15_001, "LENGTH_LIMIT"),
        ):
            operations = {"query": document, "variables": {"file": None}}
            assert code(post(served.client, operations, {"0": ["variables.file"]}, FILES)) == expected


def test_host_origin_and_token_are_looked_at_before_anything_is_read(serve):
    with serve(api_token="a-secret-of-the-tests") as served:
        shown = {"Authorization": "Bearer a-secret-of-the-tests"}
        for headers, status in (
            ({}, 401),
            ({**shown, "Host": "evil.example"}, 403),
            ({**shown, "Origin": "https://evil.example"}, 403),
            (shown, 200),
        ):
            assert send(served.client, headers=headers).status_code == status


def test_the_locked_profile_takes_listed_documents_only(serve, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents/upload.graphql").write_text(UPLOAD)
    with serve(profile="locked", documents=tmp_path / "documents") as served:
        answer = send(served.client)
        assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
        listed = {**OPERATIONS, "query": None, "documentId": f"sha256:{sha256(UPLOAD.encode()).hexdigest()}"}
        answer = post(served.client, listed, MAP, FILES)
        assert answer.json()["data"]["uploadDataset"]["errors"] == []


NO_FILES = ["x", "", 1, True, {}, {"filename": "a", "content": "b"}, ["x"], []]


@pytest.mark.parametrize("value", [*NO_FILES, None])
def test_only_a_file_part_is_an_upload(clean, value):
    document = UPLOAD.replace("($input: UploadDatasetInput!)", "($file: Upload!)").replace("$input)", "{file: $file})")
    for answer in (clean.post(document, file=value), post_raw_json(clean, document, value)):
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert "data" not in answer
    if value is not None:
        assert clean.post(UPLOAD, input={"file": value})["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def post_raw_json(api, document, value):
    operations = json.dumps({"query": document, "variables": {"file": value}}).encode()
    return post_raw(api, whole(part("operations", operations), part("map", b"{}"))).json()


@pytest.mark.parametrize("literal", ['"x"', "1", "{a: 1}", "[]"])
def test_nothing_in_a_document_is_an_upload(clean, literal):
    document = f"mutation {{ uploadDataset(input: {{file: {literal}}}) {{ replayed }} }}"
    assert clean.refused(document)["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")


@pytest.mark.parametrize("name", ["name", "accessToken", "repository"])
def test_a_file_in_the_place_of_something_else_is_refused_and_tells_no_path(clean, shared_adapters, name):
    document = "mutation ($input: DownloadDatasetInput!) { downloadDataset(input: $input) { replayed } }"
    operations = {"query": document, "variables": {"input": {"repository": "a/b", name: None}}}
    answer = post(clean, operations, {"0": [f"variables.input.{name}"]}, FILES)
    assert code(answer) == "BAD_USER_INPUT"
    assert str(shared_adapters.storage) not in answer.text


def test_by_socket_nothing_is_an_upload(clean):
    with clean.socket() as opened:
        for value in NO_FILES:
            opened.send(id="1", type="subscribe", payload={"query": UPLOAD, "variables": {"input": {"file": value}}})
            message = opened.receive()
            assert message["payload"]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
            assert opened.receive()["type"] == "complete"


def test_a_storage_that_cannot_be_written_is_a_fault_of_ours_and_masked(serve, tmp_path, caplog):
    (tmp_path / "home/storage").mkdir(parents=True)
    with serve() as served:
        (tmp_path / "home/storage/incoming").write_text("in the way")
        answer = send(served.client)
    with suppress(FileNotFoundError):
        (tmp_path / "home/storage/incoming").unlink()
    assert (answer.status_code, code(answer)) == (500, "INTERNAL_SERVER_ERROR")
    assert "incoming" not in answer.text
    assert len(caplog.records) == 1
