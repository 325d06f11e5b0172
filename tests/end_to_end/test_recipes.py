"""The README's recipes for automation are run as they stand there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_from_disk

from tests.end_to_end.operations import DOWNLOAD
from tests.end_to_end.service import PATIENCE_SECONDS, Service, kill, until

pytestmark = pytest.mark.slow

README = (Path(__file__).parents[2] / "README.md").read_text()
LINES_OF_THE_SCRIPT = 42
SLOW_BYTES_PER_SECOND = 15_000


def recipe(name: str) -> str:
    """The block of the README behind the mark with this name."""
    found = re.search(rf"<!-- recipe: {re.escape(name)} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "bring.py"
    path.write_text(recipe("bring.py"))
    return path


def bring(script: Path, service: Service, *words: str) -> "subprocess.Popen[str]":
    environ = {"PATH": os.environ["PATH"], "MISTUDIO_URL": f"{service.url}/graphql"}
    command = [sys.executable, script, *words]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_script_brings_a_dataset_through_a_restart_of_the_api(script, service, gentle_hub):
    gentle_hub.throttle(SLOW_BYTES_PER_SECOND)
    running = bring(script, service, "acme/recipe", "acme/bpe", "64")
    until(lambda: statuses(service) == ["DOWNLOADING"])
    (api,) = service.apis()
    kill(api)
    until(lambda: service.is_ready() and service.apis() != [api])
    assert running.poll() is None
    gentle_hub.throttle(None)

    out, err = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, err
    assert set(load_from_disk(out.strip())) == {"train", "test"}
    assert statuses(service) == ["READY", "READY"], "one dataset and one tokenization"


def statuses(service: Service) -> list[str]:
    """Of the datasets of the recipe's repository and of their tokenizations."""
    found = service.ask("{ datasets { nodes { name status tokenizations { nodes { status } } } } }")["datasets"][
        "nodes"
    ]
    ours = [node for node in found if node["name"] == "acme/recipe"]
    return [node["status"] for one in ours for node in (one, *one["tokenizations"]["nodes"])]


def test_the_script_tells_a_failure_from_a_refusal(script, service):
    failed = bring(script, service, "acme/nothing", "acme/bpe", "64")
    _, reason = failed.communicate(timeout=PATIENCE_SECONDS)
    assert (failed.returncode, "REPOSITORY_NOT_FOUND" in reason) == (1, True), reason

    refused = bring(script, service, "no/such/name", "acme/bpe", "64")
    _, reason = refused.communicate(timeout=PATIENCE_SECONDS)
    assert (refused.returncode, "INVALID_INPUT" in reason) == (2, True), reason


def test_the_script_is_short():
    written = [line for line in recipe("bring.py").splitlines() if line]
    assert len(written) <= LINES_OF_THE_SCRIPT
    assert max(map(len, written)) <= 120


def watch(service: Service, last: str) -> tuple[list[str], str]:
    """The types of the events of one batch behind a position, and the position that it led to."""
    environ = {"PATH": os.environ["PATH"], "MISTUDIO_URL": f"{service.url}/graphql", "LAST": last}
    command = ["bash", "-euc", f"exec {recipe('watch')}"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        position = next(line for line in running.stdout if line.startswith("id: "))
        data = json.loads(next(running.stdout).removeprefix("data: "))["data"]
        running.kill()
    return [event["type"] for event in data["events"]["events"]], position.removeprefix("id: ").strip()


def test_the_watch_with_curl_goes_on_where_it_ended(service):
    service.ask(DOWNLOAD, repository="acme/restart", splits=["test"])
    seen, position = watch(service, "0")
    assert "DownloadRequested" in seen
    more = service.ask(DOWNLOAD, repository="acme/lines", splits=["test"])["downloadDataset"]
    until(lambda: service.ask("{ position }")["position"] != position)
    assert more["errors"] == []
    again, _ = watch(service, position)
    known = service.ask("query ($a: Position) { events(after: $a, first: 500) { events { type } } }", a=position)
    assert again == [event["type"] for event in known["events"]["events"]][: len(again)]


def test_the_lines_with_curl_ask_and_are_answered(service):
    environ = {"PATH": os.environ["PATH"], "MISTUDIO_URL": f"{service.url}/graphql"}
    done = [
        subprocess.run(["bash", "-euc", recipe("curl")], env=environ, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    first, again = ([json.loads(line)["data"] for line in run.stdout.splitlines()] for run in done)
    assert [next(iter(answer)) for answer in first] == ["downloadDataset", "datasets", "jobs"]
    assert [answer["errors"] for answer in (first[0]["downloadDataset"], again[0]["downloadDataset"])] == [[], []]
    assert first[0]["downloadDataset"]["dataset"] == again[0]["downloadDataset"]["dataset"]
    assert (first[0]["downloadDataset"]["replayed"], again[0]["downloadDataset"]["replayed"]) == (False, True)
