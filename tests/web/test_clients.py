"""The clients and audits that others wrote, from npm, against the running service."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.end_to_end.operations import DOWNLOAD
from tests.web.conftest import NODE, WEB

pytestmark = pytest.mark.slow

AUDITS = 61
PATIENCE_SECONDS = 60
FOLLOW = "subscription ($after: Position) { events(after: $after) { cursor caughtUp events { position type } } }"
PROTOCOLS = ("graphql-ws", "graphql-sse")


def address(service, protocol):
    return f"{'ws' if protocol == 'graphql-ws' else 'http'}://127.0.0.1:{service.port}/graphql"


def subscribe(service, protocol, document, count=0, **variables):
    """A subscriber with that client: ends after `count` results; 0: with the operation."""
    words = [protocol, address(service, protocol), document, json.dumps(variables), str(count)]
    command = [NODE, "subscribe.ts", *words]
    return subprocess.Popen(
        command, cwd=WEB / "clients", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )


def told(process):
    """All that a subscriber told until it ended; an assertion when it failed."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, out + err
    return [json.loads(line)["data"] for line in out.splitlines()]


@contextmanager
def following(service, protocol, after) -> Iterator[Iterator[dict]]:
    """The batches of events, as they come to a client that is cut in the end."""
    process = subscribe(service, protocol, FOLLOW, after=after)
    try:
        yield (json.loads(line)["data"]["events"] for line in process.stdout)
    finally:
        process.kill()
        process.communicate()


def test_every_audit_of_graphql_over_http_is_passed(service):
    command = [NODE, "audits.ts", f"{service.url}/graphql"]
    done = subprocess.run(
        command, cwd=WEB / "clients", capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({result["id"] for result in results}) == AUDITS
    assert [result for result in results if result["status"] != "ok"] == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_client_hears_history_and_then_what_happens(service, protocol):
    before = service.ask("{ position }")["position"]
    dataset = service.ask(DOWNLOAD, repository=f"acme/{protocol}", splits=["test"])["downloadDataset"]
    with following(service, protocol, before) as batches:
        seen = list(next(batches)["events"])
        while "IngestCompleted" not in {event["type"] for event in seen}:
            seen += next(batches)["events"]
    assert "DownloadRequested" in {event["type"] for event in seen}
    asked = service.ask("query ($id: ID!) { dataset(id: $id) { status } }", id=dataset["dataset"]["id"])
    assert asked["dataset"]["status"] == "READY"
    page = service.ask("query ($a: Position) { events(after: $a) { events { position type } } }", a=before)
    assert seen == page["events"]["events"][: len(seen)], "each event once, in the order of the log"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_client_asks_and_is_done(service, protocol):
    (answer,) = told(subscribe(service, protocol, "{ position }"))
    assert answer["position"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_client_is_told_what_is_wrong_with_its_operation(service, protocol):
    """The one protocol ends with it, the other has it as a result."""
    process = subscribe(service, protocol, "subscription { nothing }")
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == (1 if protocol == "graphql-ws" else 0)
    assert "Cannot query field 'nothing'" in out + err
