"""The end of a dataset's life, over HTTP and WebSocket alone: deleted, restored, purged with what was made of it."""

import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasets import load_from_disk

from tests.end_to_end import operations as ask
from tests.end_to_end.datasets import dataset, download, wait_for_index, wait_for_status
from tests.end_to_end.gates import gate, of_dataset
from tests.end_to_end.service import PATIENCE_SECONDS, Service, kill, until
from tests.end_to_end.test_outputs import EXPORT, EXPORTS

pytestmark = pytest.mark.slow


DELETE = """
mutation ($id: ID!, $purge: Boolean) {
  deleteDataset(input: {datasetId: $id, purge: $purge}) {
    dataset { status } job { id kind } errors { code message ... on InUseError { usedBy } } }
}"""
RESTORE = """
mutation ($id: ID!) { restoreDataset(input: {datasetId: $id}) { dataset { status } errors { code message } } }"""
WATCH = "subscription ($id: ID!) { datasetChanged(id: $id) { version status } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
STORY = """
query ($id: ID!) { events(filter: {datasetId: $id}, first: 500) { events { type version summary data } } }"""
JOBS = "query ($id: ID!) { jobs(first: 1, filter: {kind: [DOWNLOAD], datasetId: $id}) { nodes { id } } }"
LISTED = "{ datasets(first: 100) { nodes { id } } }"


class Watcher:
    """Someone who has subscribed to a dataset; `over` is set when the stream is completed."""

    def __init__(self, service: Service, dataset_id: str) -> None:
        self.seen: list[tuple[int, str]] = []
        self.over = threading.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(service, dataset_id), daemon=True)
        self._thread.start()
        assert self._begun.wait(PATIENCE_SECONDS)

    def _watch(self, service: Service, dataset_id: str) -> None:
        with service.subscribe(WATCH, id=dataset_id) as results:
            for result in results:
                state = result["datasetChanged"]
                self.seen.append((state["version"], state["status"]))
                self._begun.set()
        self.over.set()


class Life:
    """A dataset with tokens, and files of them, whose addresses are known."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.id = download(service, "trash")
        wait_for_status(service, self.id, "READY")
        with gate(service, of_dataset(self.id)):
            asked = service.ask(ask.TOKENIZE, dataset=self.id, tokenizer="acme/bpe", maxLength=40)["tokenizeDataset"]
            self.tokenization, self.in_use = asked["tokenization"]["id"], (asked["job"]["id"], self.delete()["errors"])
        until(lambda: self.look()["tokenizations"]["nodes"][0]["status"] == "READY")
        assert service.ask(EXPORT, id=self.tokenization)["exportTokenization"]["errors"] == []
        until(lambda: self.export()["status"] == "READY")
        wait_for_index(service, self.id)
        self.ready, self.exported = self.look(), self.export()

    def look(self) -> dict[str, Any]:
        return dataset(self.service, self.id)

    def export(self) -> dict[str, Any]:
        found: dict[str, Any] = self.service.ask(EXPORTS, id=self.tokenization)["tokenization"]["exports"][0]
        return found

    def delete(self, *, purge: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = self.service.ask(DELETE, id=self.id, purge=purge)["deleteDataset"]
        return answer

    def file(self) -> int:
        """How the address of an exported file answers."""
        return self.service.client.get(self.exported["files"][0]["url"]).status_code

    def story(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.service.ask(STORY, id=self.id)["events"]["events"]
        return found


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture(scope="module")
def life(service: Service) -> Life:
    return Life(service)


def test_a_dataset_is_in_use_while_it_is_tokenized(life):
    job, errors = life.in_use
    assert [(error["code"], error["usedBy"]) for error in errors] == [("IN_USE", [job])]


def test_a_dataset_comes_back_from_the_trash_as_it_was(life, service):
    assert life.delete()["dataset"] == {"status": "TRASHED"}
    assert {"id": life.id} not in service.ask(LISTED)["datasets"]["nodes"]
    assert service.ask(RESTORE, id=life.id)["restoreDataset"] == {"dataset": {"status": "READY"}, "errors": []}
    back = life.look()
    assert {**back, "version": 0} == {**life.ready, "version": 0}
    assert sum(map(len, load_from_disk(back["path"]).values())) == life.ready["rowCount"]
    assert life.file() == httpx.codes.OK


def test_a_purge_whose_workers_are_killed_leaves_nothing_but_the_story(life, service):
    # given somebody who watches
    home = Path(life.ready["path"]).parent
    assert home.parent == service.home / "storage" / "datasets"
    fetched = service.ask(JOBS, id=life.id)["jobs"]["nodes"][0]["id"]
    watcher = Watcher(service, life.id)

    # when it is deleted for good, and all workers are killed meanwhile
    victims = service.workers() + service.children()
    asked = life.delete(purge=True)
    for pid in victims:
        kill(pid)

    # then who watched was told of it to the end, and no file, row or address is left
    assert (asked["errors"], asked["dataset"], asked["job"]["kind"]) == ([], {"status": "PURGING"}, "PURGE")
    assert watcher.over.wait(PATIENCE_SECONDS)
    statuses = [status for _, status in watcher.seen]
    assert statuses == ["READY", "TRASHED", *["PURGING"] * (len(statuses) - 2)]
    assert not home.exists()
    gone = [life.id, life.tokenization, life.exported["id"], asked["job"]["id"], fetched]
    assert service.ask(NODES, ids=gone)["nodes"] == [None] * 5
    assert life.file() == httpx.codes.NOT_FOUND


def test_the_story_of_what_is_purged_is_told_whole_and_the_same_can_be_brought_again(life, service):
    told = life.story()
    assert [event["version"] for event in told] == list(range(1, len(told) + 1))
    types = [event["type"] for event in told]
    assert types[0] == "DownloadRequested"
    assert {"TokenizationCompleted", "ExportCompleted"} <= set(types)
    ends = [name for name in types if name.startswith("Dataset")]
    assert ends == ["DatasetTrashed", "DatasetRestored", "DatasetTrashed", "DatasetPurgeRequested", "DatasetPurged"]
    freed = told[-1]["data"]
    assert freed["files_left"] == 0
    assert freed["bytes_freed"] > life.ready["sizeBytes"] + life.exported["sizeBytes"]
    assert download(service, "trash") != life.id
