"""The API process is light, whatever it was asked."""

import ctypes
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, parse

from api.cli import HEAPS
from api.filters import NO_DATASET
from api.ids import global_id
from api.schema import schema
from domain.adapters.downloads import FileDownload, SamplesDownload
from tests.api import (
    operations,
    planning,
    searchable,
    test_dataset_changed,
    test_datasets,
    test_events,
    test_exports,
    test_nodes,
    test_questions,
    test_sample_search,
    test_sample_tokens,
    test_samples,
    test_storage,
    test_taken_uploads,
    tus,
    uploads,
    watched_lists,
)
from tests.api.client import Client, until
from tests.api.stories import begin
from tests.workers.ingests import COMPRESSIONS

MOST_ANONYMOUS_MEGABYTES = 150
HEAVY = {"datasets", "transformers", "tokenizers", "tiktoken", "torch", "huggingface_hub", "numba", "pandas"}

# as `mistudio api` serves, and at the end tells what it has loaded
SERVE = """
import json, os, socket, sys, uvicorn
from api.app import create_app
from api.server import server_config
from domain.adapters.settings import read_settings
settings, listening = read_settings(os.environ), socket.socket(fileno=int(sys.argv[1]))
try:
    uvicorn.Server(server_config(create_app(settings), settings, log_level="error")).run(sockets=[listening])
except KeyboardInterrupt:
    pass
print(json.dumps(sorted(sys.modules)))
"""

# how many circles of objects are made until one goes that had been in use for as long as an operation may be
CIRCLES = """
import gc, weakref
import api.app
from api.cli import settle_memory
settle_memory()
class Circle:
    def __init__(self):
        self.itself = self
old, stay = Circle(), []
seen = weakref.ref(old)
for generation in (0, 1):
    gc.collect(generation)
del old
made = 0
while seen() and made < 1_000_000:
    made += 1
    Circle()
    if not made % 100:
        stay.append([])
print(made)
"""

# threads as many as the API has, all of which ask the C library for memory, and how many heaps it has made for them
HEAPS_OF_THREADS = """
import ctypes, sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from api.cli import settle_memory
if sys.argv[1] == "settled":
    settle_memory()
libc, barrier = ctypes.CDLL(None), Barrier(16)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
libc.malloc_info.argtypes, libc.fclose.argtypes = [ctypes.c_int, ctypes.c_void_p], [ctypes.c_void_p]
def work(_):
    barrier.wait()
    taken = libc.malloc(50_000)
    barrier.wait()
    libc.free(taken)
with ThreadPoolExecutor(16) as pool:
    list(pool.map(work, range(16)))
file = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.fixture
def process(settings):
    environ = {"PATH": os.environ["PATH"], **settings.environment(), "MISTUDIO_QUESTION_SECONDS": "1"}
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port, passed = listening.getsockname()[1], listening.fileno()
        command, pipes = [sys.executable, "-c", SERVE, str(passed)], {"stdout": subprocess.PIPE, "text": True}
        running = subprocess.Popen(command, env=environ, pass_fds=[passed], **pipes)
    client = Client(port)
    with running:
        try:
            until(lambda: _is_ready(client), 60)
            yield running, client
        finally:
            client.close()
            running.kill()


def _is_ready(client):
    try:
        return client.http.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def roots(document):
    (operation,) = (node for node in parse(document).definitions if isinstance(node, OperationDefinitionNode))
    return {f"{operation.operation.value}.{field.name.value}" for field in operation.selection_set.selections}


def all_roots():
    """Every field of a root of the schema."""
    kinds = {kind.name.lower(): kind for kind in schema._schema.type_map.values()}
    return {f"{root}.{field}" for root in ("query", "mutation", "subscription") for field in kinds[root].fields}


def of_presets(client, dataset):
    """What is asked about presets."""
    preset = operations.save(client, tokenizer="builtin:byt5", recipe={"mode": "PACK"})["preset"]["id"]
    return [
        (operations.TOKENIZE, {"input": {"datasetId": dataset, "presetId": preset}}),
        (operations.SAVE, {"input": {"name": "other", "recipe": {"template": "{text}"}}}),
        (operations.PRESETS, {}),
        (operations.DELETE, {"input": {"presetId": preset}}),
    ]


def of_searches(dataset, tokenization):
    """What is asked of samples."""
    where = [
        {"column": "stars", "min": 1},
        {"column": "title", "contains": "a"},
        {"column": "when", "min": "2026-01-02"},
    ]
    counted = {"tokenizationId": tokenization, "tokenCount": {"min": 1}}
    return [
        (test_sample_search.SEARCH, {"id": dataset, "filter": {"search": "cat or mat*"}, "orderBy": "RELEVANCE"}),
        (test_sample_search.SEARCH, {"id": dataset, "filter": {"where": where, **counted}, "orderBy": "LONGEST"}),
    ]


def file_to_import(adapters):
    """Where a file may be imported from."""
    adapters.settings.imports.mkdir()
    return adapters.settings.imports / "rows.csv"


def every_document(client, dataset, tokenization, job):
    """Every query and every mutation, with its variables, about these."""
    return [
        (operations.DOWNLOAD, {"input": {"repository": "acme/other", "idempotencyKey": "k"}}),
        (operations.TOKENIZE, {"input": {"datasetId": dataset, "tokenizer": "gpt2"}}),
        *of_presets(client, dataset),
        (planning.PLAN, {"input": {"datasetId": dataset, "tokenizer": "builtin:byt5"}}),
        (planning.OF_TOKENIZATION, {"id": tokenization}),
        (operations.DESCRIBE, {"input": {"datasetId": dataset, "notes": "Good.", "language": "en"}}),
        (operations.INDEX, {"input": {"datasetId": dataset}}),
        (operations.EXPORT, {"input": {"tokenizationId": tokenization, "format": "PARQUET"}}),
        (test_exports.EXPORTS, {"id": tokenization}),
        (operations.RETRY, {"input": job}),
        (operations.TRASH, {"input": {"datasetId": dataset}}),
        (operations.RESTORE, {"input": {"datasetId": dataset}}),
        (operations.REFERENCE, {"input": {"datasetId": dataset, "reference": "training/42"}}),
        (operations.RELEASE, {"input": {"datasetId": dataset, "reference": "training/42"}}),
        (operations.DELETE_MANY, {"input": {"filter": {"unused": True}, "dryRun": True}}),
        (operations.DELETE_TOKENS, {"input": {"tokenizationId": global_id("Tokenization", NO_DATASET)}}),
        (operations.CANCEL, {"input": job}),
        (test_datasets.DATASET, {"id": dataset}),
        (test_datasets.TOKENIZATION, {"id": tokenization}),
        (test_samples.SAMPLES, {"id": dataset}),
        *of_searches(dataset, tokenization),
        (test_questions.LOOK, {"repository": "acme/english", "accessToken": "hf_token"}),
        (test_nodes.NODES, {"ids": [dataset, tokenization]}),
        (test_events.QUERY, {}),
        ("query ($id: ID!) { node(id: $id) { id } dataset(id: $id) { id } job(id: $id) { id } }", {"id": dataset}),
        ('{ datasets(filter: {search: "acme -other engl"}) { totalCount } }', {}),
        (test_storage.STORAGE, {}),
        ("{ datasets { totalCount } jobs { totalCount nodes { progress { done } } } position }", {}),
    ]


@pytest.mark.slow
def test_no_query_and_no_mutation_loads_what_is_heavy(process, adapters):
    running, client = process
    story = searchable.is_indexed(begin(adapters).is_ready(searchable.rows()))
    story.asks_for_tokens().is_tokenized().asks_for_an_export().is_exported()
    searchable.write_documents(story, test_sample_search.LENGTHS)
    failed = begin(adapters).starts().fails()
    dataset, tokenization = global_id("Dataset", story.id), global_id("Tokenization", story.tokenization)
    asked = every_document(client, dataset, tokenization, {"jobId": global_id("Job", failed.job)})
    watched = [(test_dataset_changed.WATCH, {"id": dataset}), (watched_lists.WATCH, {}), (test_events.FOLLOW, {})]
    for document, variables in asked:
        client.ask(document, **variables)
    told = client.post(test_sample_tokens.PAGE, id=dataset, of=tokenization, n=2, most=2)
    assert {error["extensions"]["code"] for error in told["errors"]} == {"TRY_AGAIN"}, "there is nobody to ask"
    assert client.http.get("/downloads/" + adapters.downloads.sign(FileDownload(story.export, 0))).content == b"PAR1"
    signed = adapters.downloads.sign(SamplesDownload(story.id, "LONGEST", {"search": "cat"}))
    assert client.http.get(f"/downloads/samples/{signed}.jsonl").text.startswith('{"split"')
    for document, variables in watched:
        with client.subscribe(document, **variables) as values:
            values.next()
    file_to_import(adapters).write_bytes(gzip.compress(uploads.CSV))
    assert client.ask(operations.IMPORT, input={"path": "rows.csv"})["errors"] == []
    for name, content in (("a.csv.gz", gzip.compress(uploads.CSV)), ("a.zst", COMPRESSIONS["zst"](uploads.CSV))):
        assert uploads.upload(client, content, name)["errors"] == []
        assert client.ask(test_taken_uploads.TAKE, input={"uploadId": tus.sent(client, content, name)})["errors"] == []

    assert (
        set().union(
            *(roots(document) for document, _ in asked + watched), roots(uploads.UPLOAD), roots(operations.IMPORT)
        )
        == all_roots()
    )

    status = Path(f"/proc/{running.pid}/status").read_text()
    anonymous = int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) / 1024
    running.send_signal(signal.SIGINT)
    loaded = set(json.loads(running.communicate(timeout=60)[0]))
    assert not HEAVY & loaded
    assert "api.app" in loaded
    assert anonymous < MOST_ANONYMOUS_MEGABYTES
    print(f"{anonymous:.0f} MB")


def peak_megabytes(running):
    status = Path(f"/proc/{running.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


@pytest.mark.slow
def test_a_file_is_never_in_memory_as_a_whole(process):
    running, client = process
    for _ in range(3):
        assert uploads.upload(client)["errors"] == []
    before = peak_megabytes(running)
    content = uploads.CSV * (31 * 1024 * 1024 // len(uploads.CSV))
    assert uploads.upload(client, content)["errors"] == []
    assert client.ask(test_taken_uploads.TAKE, input={"uploadId": tus.sent(client, 3 * content)})["errors"] == []
    assert peak_megabytes(running) - before < 15


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="a C library that has no heap for each thread")
def test_its_threads_share_two_heaps(tmp_path):
    def heaps(how: str) -> int:
        told = tmp_path / how
        without = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
        subprocess.run([sys.executable, "-c", HEAPS_OF_THREADS, how, str(told)], check=True, env=without)
        return told.read_text().count("<heap nr=")

    assert heaps("settled") == HEAPS
    assert heaps("as it is") > HEAPS


def test_what_an_operation_leaves_behind_goes_soon():
    run = [sys.executable, "-c", CIRCLES]
    told = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert 0 < int(told) < 500_000
