"""importDataset: what comes of files of this machine, and what is refused."""

import pytest

from tests.api.client import Client
from tests.api.operations import IMPORT
from tests.api.uploads import files_below

CSV = b"text,n\nalpha,1\nbeta,2\n"
DATASET = """
query ($id: ID!) {
  dataset(id: $id) {
    name status textColumn source { __typename } jobs { nodes { kind status } } history { events { type summary data } }
  }
}"""


@pytest.fixture
def imports(api, adapters):
    adapters.settings.imports.mkdir(parents=True)
    (adapters.settings.imports / "rows.csv").write_bytes(CSV)
    return adapters.settings.imports


def bring(api: Client, path="rows.csv", **given):
    return api.ask(IMPORT, input={"path": path, **given})


def test_an_import_is_answered_with_its_queued_dataset_and_job(api, imports, adapters):
    answer = bring(api)
    assert answer["errors"] == []
    source = {"path": "rows.csv", "format": "csv", "sizeBytes": len(CSV)}
    assert answer["dataset"] | {"id": ""} == {"id": "", "name": "rows.csv", "status": "QUEUED", "source": source}
    assert answer["job"] | {"id": ""} == {"id": "", "kind": "DOWNLOAD", "status": "QUEUED"}
    assert files_below(adapters.storage) == []
    assert bring(api, str(imports / "rows.csv"))["dataset"]["source"] == source


def test_what_was_asked_is_told_by_the_dataset_and_its_history(api, imports):
    answer = bring(api, name="Mine", textColumn="body", split="validation", onError="SKIP")
    dataset = api.ask(DATASET, id=answer["dataset"]["id"])
    assert (dataset["name"], dataset["textColumn"], dataset["source"]["__typename"]) == ("Mine", "body", "ImportSource")
    (event,) = dataset["history"]["events"]
    assert (event["type"], event["data"]["on_error"]) == ("ImportRequested", "SKIP")
    assert event["summary"] == f"Import of rows.csv was requested: 1 file, {len(CSV)} bytes"
    assert [file["split"] for file in event["data"]["files"]] == ["validation"]
    assert str(imports) not in str(event)


def test_imports_are_found_by_their_source_and_the_words_of_their_path(api, imports):
    (imports / "gazette").mkdir()
    (imports / "gazette/a.csv").write_bytes(CSV)
    found, other = bring(api, "gazette", name="Mine")["dataset"]["id"], bring(api)["dataset"]["id"]
    document = "query ($filter: DatasetFilter) { datasets(filter: $filter) { nodes { id } } }"
    assert api.ask(document, filter={"search": "gazette"}) == {"nodes": [{"id": found}]}
    assert {node["id"] for node in api.ask(document, filter={"source": "IMPORT"})["nodes"]} == {found, other}
    assert api.ask(document, filter={"source": "UPLOAD"}) == {"nodes": []}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "from 1 to 1,024 bytes"),
        ("x" * 5000, "from 1 to 1,024 bytes"),
        ("a\0b", "without control characters"),
        ("../rows.csv", "without `..`"),
        ("/etc/passwd", "not below the folder of MISTUDIO_IMPORTS"),
        ("missing.csv", "No such file or directory"),
        ("link.csv", "link.csv is a link"),
        ("folder/rows.csv", "folder is a link"),
    ],
)
def test_a_path_that_is_none_is_refused_by_name_and_nothing_happens(api, imports, path, told):
    (imports / "link.csv").symlink_to("rows.csv")
    (imports / "folder").symlink_to(imports)
    before = api.ask("{ position }")
    (error,) = bring(api, path)["errors"]
    assert (error["__typename"], error["code"], error["path"]) == ("InvalidInputError", "INVALID_INPUT", ["path"])
    assert told in error["message"]
    assert api.ask("{ position }") == before


def test_what_is_of_no_format_is_refused(api, imports):
    (imports / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (error,) = bring(api, "a.png")["errors"]
    assert (error["code"], error["path"]) == ("UNSUPPORTED_FORMAT", ["path"])


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": " "}, ["name"]),
        ({"textColumn": "a\u0000"}, ["textColumn"]),
        ({"split": "../train"}, ["split"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
    ],
)
def test_an_input_that_cannot_be_used_is_named(api, imports, given, path):
    (error,) = bring(api, **given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


def test_a_file_whose_name_cannot_be_a_dataset_s_is_to_be_named(api, imports):
    (imports / ("x" * 201)).write_bytes(CSV)
    (error,) = bring(api, "x" * 201)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["name"])
    assert bring(api, "x" * 201, name="Mine")["errors"] == []


def test_with_a_key_an_import_is_one_dataset_even_when_its_file_is_gone(api, imports):
    first = bring(api, idempotencyKey="k1")
    (imports / "rows.csv").unlink()
    again = bring(api, idempotencyKey="k1")
    assert (again["replayed"], again["dataset"]["id"]) == (True, first["dataset"]["id"])
    (imports / "rows.csv").write_bytes(CSV)
    assert bring(api, idempotencyKey="k1")["dataset"]["id"] == first["dataset"]["id"]
    assert bring(api)["dataset"]["id"] != first["dataset"]["id"]
