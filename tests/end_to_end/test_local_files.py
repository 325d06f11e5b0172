"""Files of this machine in the whole service: imported by mutation and by command, sent, skipped, refused."""

import gzip
import json
import os
import subprocess
import sys

import pytest

from tests.api.uploads import upload
from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service, until

pytestmark = pytest.mark.slow

IMPORT = """
mutation ($input: ImportDatasetInput!) {
  importDataset(input: $input) { dataset { id } errors { code message path } }
}"""
DATASET = """
query ($id: ID!) {
  dataset(id: $id) { status rowCount skippedRows error { code message retryable } splits { name rowCount }
    source { __typename } jobs { nodes { kind status } } }
}"""
LINES = [json.dumps({"text": f"line {number}"}) for number in range(200)]


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    (shared_service.home / "imports").mkdir()
    return shared_service


def put(service, name, content):
    file = service.home / "imports" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def at_rest(service, dataset):
    """The dataset once it is ready or has failed."""
    until(lambda: service.ask(DATASET, id=dataset)["dataset"]["status"] in ("READY", "FAILED"))
    return service.ask(DATASET, id=dataset)["dataset"]


def brought(service, path, **given):
    answer = service.ask(IMPORT, input={"path": path, **given})["importDataset"]
    assert answer["errors"] == []
    return at_rest(service, answer["dataset"]["id"])


def test_a_folder_is_imported_by_mutation_and_is_its_splits(service):
    put(service, "news/train.jsonl", "\n".join(LINES).encode())
    put(service, "news/test.jsonl.gz", gzip.compress("\n".join(LINES[:20]).encode()))
    dataset = brought(service, "news")
    assert dataset["splits"] == [{"name": "test", "rowCount": 20}, {"name": "train", "rowCount": 200}]
    assert dataset["source"] == {"__typename": "ImportSource"}
    told = {(job["kind"], job["status"]) for job in dataset["jobs"]["nodes"]}
    assert {("DOWNLOAD", "SUCCEEDED"), ("INGEST", "SUCCEEDED")} <= told


def test_a_file_is_imported_by_command(service):
    file = put(service, "rows.csv", b"text,n\n" + b"".join(b"row,%d\n" % n for n in range(100)) + b"1,2,3\n")
    command = [sys.executable, "-m", "api.cli", "import", str(file), "--on-error", "skip"]
    own = {"MISTUDIO_HOME": str(service.home), "MISTUDIO_PORT": str(service.port), "PATH": os.environ["PATH"]}
    run = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "READY: 100 rows, 1 skipped" in run.stderr
    page = service.ask(ask.SAMPLES, id=run.stdout.strip(), first=1)["dataset"]["samples"]
    assert (page["totalCount"], page["nodes"][0]["row"]) == (100, {"text": "row", "n": 0})


def test_a_bad_line_of_what_is_sent_fails_by_number_or_is_skipped_by_choice(service):
    content = "\n".join([*LINES[:50], '{"text": ', *LINES[50:]]).encode()

    class Api:
        http = service.client

    failed = at_rest(service, upload(Api, content, "rows.jsonl")["dataset"]["id"])
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "CORRUPT_DATA")
    assert "rows.jsonl cannot be read at line 51" in failed["error"]["message"]
    ready = at_rest(service, upload(Api, content, "rows.jsonl", onError="SKIP")["dataset"]["id"])
    assert (ready["status"], ready["rowCount"], ready["skippedRows"]) == ("READY", 200, 1)


def test_a_file_that_lies_about_its_format_is_read_as_what_it_is_or_refused(service):
    put(service, "lying.parquet", "\n".join(LINES).encode())
    assert brought(service, "lying.parquet")["rowCount"] == 200
    put(service, "cut.csv", b"PAR1 and no more PAR1")
    failed = brought(service, "cut.csv")
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "CORRUPT_DATA")
    put(service, "picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    (refused,) = service.ask(IMPORT, input={"path": "picture.csv"})["importDataset"]["errors"]
    assert (refused["code"], refused["path"]) == ("UNSUPPORTED_FORMAT", ["path"])


def test_what_leads_out_of_the_folder_is_refused(service):
    (service.home / "imports/out").symlink_to("/etc")
    for path in ("out/passwd", "../secret.key", "/etc/passwd"):
        (refused,) = service.ask(IMPORT, input={"path": path})["importDataset"]["errors"]
        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["path"])
