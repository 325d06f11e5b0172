"""A file's journey, by the README's recipe: from curl to a tokenized dataset, over a restart of its API."""

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess

import pytest

from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service, kill, until
from tests.end_to_end.test_recipes import recipe
from tests.texts import texts

pytestmark = pytest.mark.slow

ROWS = [*texts(3000), 'say "so", she said\nand left', "東京 🦉"]
MAX_LENGTH = 32
LARGE_BYTES = 40 << 20  # more than a multipart request may have


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


def packed_csv():
    file = io.StringIO()
    csv.writer(file).writerows([["text", "n"], *([text, n] for n, text in enumerate(ROWS))])
    return gzip.compress(file.getvalue().encode())


def upload(service, path, name="upload"):
    """The answer to the recipe of a name."""
    environ = {"PATH": os.environ["PATH"], "MISTUDIO_URL": f"{service.url}/graphql", "FILE": str(path)}
    run = subprocess.run(["bash", "-euc", recipe(name)], env=environ, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)["data"]["uploadDataset"]


def until_ready(service, dataset):
    seen = []
    with service.subscribe(ask.WATCH, id=dataset) as results:
        for result in results:
            seen.append(result["datasetChanged"])
            assert seen[-1]["error"] is None
            if seen[-1]["status"] == "READY":
                return seen
    return seen


def test_an_uploaded_csv_gz_is_browsed_and_tokenized(service, tmp_path):
    (tmp_path / "notes.csv.gz").write_bytes(packed_csv())
    answer = upload(service, tmp_path / "notes.csv.gz")
    assert answer["errors"] == []
    dataset = answer["dataset"]["id"]
    (api,) = service.apis()
    kill(api)
    until(lambda: service.is_ready() and service.apis() != [api])

    seen = until_ready(service, dataset)
    assert {each["status"] for each in seen} <= {"QUEUED", "INGESTING", "READY"}

    document = "query ($id: ID!) { dataset(id: $id) { name source { ... on UploadSource { format sizeBytes } } } }"
    told = {"format": "csv.gz", "sizeBytes": (tmp_path / "notes.csv.gz").stat().st_size}
    assert service.ask(document, id=dataset)["dataset"] == {"name": "notes.csv.gz", "source": told}
    page = service.ask(ask.SAMPLES, id=dataset, first=2)["dataset"]["samples"]
    assert page["totalCount"] == len(ROWS)
    assert [node["row"] for node in page["nodes"]] == [{"text": ROWS[n], "n": n} for n in range(2)]

    made = service.ask(ask.TOKENIZE, dataset=dataset, tokenizer="builtin:byt5", maxLength=MAX_LENGTH)
    assert made["tokenizeDataset"]["errors"] == []
    until(lambda: tokens(service, dataset)["status"] == "READY")
    assert tokens(service, dataset)["statistics"]["sequenceCount"] == len(ROWS)
    assert [path.name for path in (service.home / "storage/incoming").iterdir()] == []


def test_a_large_file_is_sent_in_pieces_and_browsed(service, tmp_path):
    lines = [json.dumps({"text": text, "n": n}) for n, text in enumerate(ROWS)]
    content = "\n".join(lines * (LARGE_BYTES // sum(map(len, lines)))).encode()
    (tmp_path / "large notes.jsonl").write_bytes(content)
    answer = upload(service, tmp_path / "large notes.jsonl", "large upload")
    assert answer["errors"] == []
    dataset = answer["dataset"]["id"]
    until_ready(service, dataset)
    source = "source { ... on UploadSource { sha256 format } }"
    document = f"query ($id: ID!) {{ dataset(id: $id) {{ name rowCount {source} }} }}"
    told = service.ask(document, id=dataset)["dataset"]
    assert told["source"] == {"sha256": hashlib.sha256(content).hexdigest(), "format": "jsonl"}
    assert (told["name"], told["rowCount"]) == ("large notes.jsonl", content.count(b"\n") + 1)
    page = service.ask(ask.SAMPLES, id=dataset, first=1)["dataset"]["samples"]
    assert page["nodes"][0]["row"] == {"text": ROWS[0], "n": 0}
    assert list((service.home / "storage/uploads").iterdir()) == []


def tokens(service, dataset):
    return service.ask(ask.DATASET, id=dataset)["dataset"]["tokenizations"]["nodes"][0]
