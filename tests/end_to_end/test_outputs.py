"""What a tokenization comes to, over HTTP alone: figures that grow, files to take away, tokens to look at."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk
from transformers import AutoTokenizer

from tests.end_to_end import operations as ask
from tests.end_to_end.operations import EXPORT, EXPORTS
from tests.end_to_end.service import Service, kill, until
from tests.hub import Hub
from tests.workers.journeys import age, plant

pytestmark = pytest.mark.slow

MAX_LENGTH = 40

WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) { tokenizations(first: 1) { nodes { id status
    statistics { sequenceCount tokenCount vocabularyUsed histogram { count } topTokens(first: 5) { id } } } } }
}"""
TOKENS = """
query ($id: ID!, $of: ID!) {
  dataset(id: $id) { samples(first: 5, filter: {split: "test"}) {
    nodes { text tokens(tokenizationId: $of, first: 100) { id text start end } } } }
}"""


class Outputs:
    """A tokenization, and what was seen of it while it was made."""

    def __init__(self, service: Service, hub: Hub) -> None:
        self.service = service
        self.bpe = hub.folder / "models/acme/bpe"
        self.dataset = service.ask(ask.DOWNLOAD, repository="acme/outputs")["downloadDataset"]["dataset"]["id"]
        until(lambda: self.look()["status"] == "READY")
        self.seen: list[dict[str, Any]] = []
        with service.subscribe(WATCH, id=self.dataset) as results:
            service.ask(ask.TOKENIZE, dataset=self.dataset, tokenizer="acme/bpe", maxLength=MAX_LENGTH)
            for result in results:
                self.seen += result["datasetChanged"]["tokenizations"]["nodes"]
                if self.seen and self.seen[-1]["status"] in ("READY", "FAILED"):
                    break
        self.id = self.seen[-1]["id"]
        self.tokens = load_from_disk(self.look()["tokenizations"]["nodes"][0]["path"])

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.service.ask(ask.DATASET, id=self.dataset)["dataset"]
        return found

    def exports(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.service.ask(EXPORTS, id=self.id)["tokenization"]["exports"]
        return found

    def export(self) -> dict[str, Any]:
        """The export, once it is over."""
        until(lambda: self.exports()[0]["status"] in ("READY", "FAILED"))
        return self.exports()[0]


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture(scope="module")
def outputs(service: Service, hub: Hub) -> Outputs:
    return Outputs(service, hub)


def test_the_figures_grow_while_it_is_made_to_those_of_all_files(outputs):
    told = [seen["statistics"] for seen in outputs.seen if seen["statistics"]]
    counts = [each["sequenceCount"] for each in told]
    assert counts == sorted(counts)
    assert [sum(bin_["count"] for bin_ in each["histogram"]) for each in told] == counts
    assert counts[-1] == sum(map(len, outputs.tokens.values()))
    running = [seen["statistics"] for seen in outputs.seen if seen["status"] == "RUNNING" and seen["statistics"]]
    assert all(each["topTokens"] == [] for each in running)
    assert len(told[-1]["topTokens"]) == 5


def test_an_export_whose_workers_are_killed_is_fetched_whole(outputs, service):
    victims = service.workers() + service.children()
    asked = service.ask(EXPORT, id=outputs.id)["exportTokenization"]
    assert (asked["errors"], asked["replayed"]) == ([], False)
    for pid in victims:
        kill(pid)

    found = outputs.export()

    assert (found["status"], found["job"]["kind"], found["job"]["status"]) == ("READY", "EXPORT", "SUCCEEDED"), found
    assert found["job"]["tokenization"] == {"id": outputs.id}
    for file in found["files"]:
        content = service.client.get(file["url"]).raise_for_status().content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["sizeBytes"], file["sha256"])
        rows = pq.read_table(io.BytesIO(content))["input_ids"].to_pylist()
        assert rows == outputs.tokens[file["split"]]["input_ids"][:]
        assert file["rowCount"] == len(rows)
    assert [file["split"] for file in found["files"]] == ["train", "test"]


def test_the_same_export_is_there_already(outputs, service):
    before = outputs.export()
    again = service.ask(EXPORT, id=outputs.id)["exportTokenization"]
    assert (again["errors"], again["replayed"], again["export"]["id"]) == ([], True, before["id"])
    assert [export["status"] for export in outputs.exports()] == ["READY"]


def test_a_file_is_fetched_in_parts_by_addresses_of_different_answers(outputs, service):
    file = outputs.export()["files"][0]
    half = file["sizeBytes"] // 2
    parts = [
        service.client.get(outputs.exports()[0]["files"][0]["url"], headers={"Range": f"bytes={asked}"})
        for asked in (f"0-{half - 1}", f"{half}-")
    ]
    assert [part.status_code for part in parts] == [206, 206]
    assert hashlib.sha256(b"".join(part.content for part in parts)).hexdigest() == file["sha256"]


def test_the_tokens_of_samples_are_those_that_were_written_and_point_into_their_texts(outputs, service):
    def answer() -> dict[str, Any]:
        asked = {"query": TOKENS, "variables": {"id": outputs.dataset, "of": outputs.id}}
        found: dict[str, Any] = service.client.post("/graphql", json=asked).json()
        return found

    until(lambda: "errors" not in answer())  # whoever answers has to get warm
    nodes = answer()["data"]["dataset"]["samples"]["nodes"]
    tokenizer = AutoTokenizer.from_pretrained(outputs.bpe)
    for node, written in zip(nodes, outputs.tokens["test"]["input_ids"][:], strict=False):
        assert [token["id"] for token in node["tokens"]] == written
        for token in node["tokens"]:
            said = node["text"][token["start"] : token["end"]]
            assert tokenizer.decode([token["id"]]) in (said, "\N{REPLACEMENT CHARACTER}")
    assert len(nodes) == 5


def test_a_check_beside_the_service_names_what_was_harmed_and_it_is_made_again_as_it_was(outputs, service):
    # given an export with a flipped byte, and a folder that nothing explains
    until(lambda: service.command("check", outputs.dataset).returncode == 0)
    [before] = outputs.export()["files"][:1]
    home = Path(outputs.look()["path"]).parent
    [file] = home.glob(f"export-*/{before['name']}")
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    stranger = plant(home / "tokens-nobody" / "file").parent
    age(stranger)

    # when it is checked, then both are named and nothing is done
    checked = service.command("check", outputs.dataset, "--json")
    found = json.loads(checked.stdout)["findings"]
    assert checked.returncode == 1
    assert [(one["kind"], Path(one["path"]).name) for one in found] == [
        ("ALTERED", file.name),
        ("ORPHAN", stranger.name),
    ]
    assert {one["dataset"] for one in found} == {outputs.dataset}
    assert stranger.exists()

    # and a repair tells the log, removes what is strange, and whoever asks for the export again has it made
    repaired = service.command("check", "--repair", outputs.dataset)
    assert (repaired.returncode, repaired.stdout.count("repaired: ")) == (1, 2), repaired.stdout
    assert not stranger.exists()
    failed = outputs.export()
    assert (failed["status"], failed["error"]["code"], failed["files"]) == ("FAILED", "CHECKSUM_MISMATCH", [])
    service.ask(EXPORT, id=outputs.id)
    until(lambda: outputs.exports()[0]["status"] == "READY")
    assert outputs.exports()[0]["files"][0]["sha256"] == before["sha256"]
    until(lambda: service.command("check", outputs.dataset).returncode == 0)
