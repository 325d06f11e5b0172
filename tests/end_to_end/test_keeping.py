"""What keeps datasets and what lets them go, over the API: references, tokens that are deleted, and many at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.adapters.files import tree_size
from tests.api import operations
from tests.api.uploads import send
from tests.end_to_end.datasets import dataset, history, wait_for_index, wait_for_status
from tests.end_to_end.service import Service, until

pytestmark = pytest.mark.slow

TAG = "let go in the end"
MINE = {"tags": [TAG]}
ROWS = 500
READ_AS = """
query ($id: ID!) {
  dataset(id: $id) {
    textColumn statistics { wordCount } samples(filter: {search: "note"}) { totalCount nodes { text } }
  }
}"""
FOUND = "query ($filter: DatasetFilter) { datasets(filter: $filter) { nodes { id } } }"
GONE = "query ($id: ID!) { events(filter: {datasetId: $id}, first: 500) { events { type data } } }"


class Kept:
    """Datasets of small files, in a service in which others have theirs: these alone have the tag."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.http = service.client
        self.ids = [self._upload(f"{name}.csv") for name in ("first", "second")]
        for id_ in self.ids:
            wait_for_status(service, id_, "READY", "FAILED")
            wait_for_index(service, id_)
            self.ask(operations.DESCRIBE, datasetId=id_, tags=[TAG])

    def _upload(self, name: str) -> str:
        answer = send(self, b"text,title\n" + b"one two three,note\n" * ROWS, name).json()["data"]["uploadDataset"]
        assert answer["errors"] == []
        return str(answer["dataset"]["id"])

    def ask(self, document: str, **given: Any) -> dict[str, Any]:
        """What came of a mutation with this input."""
        (answer,) = self.service.ask(document, input=given).values()
        return dict(answer)

    def home(self, id_: str) -> Path:
        return Path(dataset(self.service, id_)["path"]).parent

    def tokenized(self) -> dict[str, Any]:
        """The first one, with the newest of its tokenizations READY; that one."""
        asked = self.ask(operations.TOKENIZE, datasetId=self.ids[0], tokenizer="builtin:byt5", recipe={"maxLength": 8})
        assert (asked["errors"], asked["replayed"]) == ([], False)
        until(lambda: self._newest()["status"] in ("READY", "FAILED"))
        return self._newest()

    def _newest(self) -> dict[str, Any]:
        newest: dict[str, Any] = dataset(self.service, self.ids[0])["tokenizations"]["nodes"][0]
        return newest

    def told(self, id_: str, kind: str) -> list[dict[str, Any]]:
        """What the events of a kind say of a dataset that may be gone."""
        events = self.service.ask(GONE, id=id_)["events"]["events"]
        return [event["data"] for event in events if event["type"] == kind]


@pytest.fixture(scope="module")
def kept(shared_service: Service) -> Iterator[Kept]:
    made = Kept(shared_service)
    yield made
    made.ask(operations.DELETE_MANY, filter=MINE, purge=True)


def test_another_text_column_is_read_from_the_answer_on_and_then_searched_and_counted(kept, shared_service):
    answer = kept.ask(operations.DESCRIBE, datasetId=kept.ids[1], textColumn="title")
    assert answer["errors"] == []

    def read() -> dict[str, Any]:
        return dict(shared_service.ask(READ_AS, id=kept.ids[1])["dataset"])

    assert read()["textColumn"] == "title"
    until(lambda: read()["statistics"] is not None)
    until(lambda: len(list(kept.home(kept.ids[1]).glob("index-*"))) == 1)
    found = read()
    assert (found["statistics"]["wordCount"], found["samples"]["totalCount"]) == (ROWS, ROWS)
    assert found["samples"]["nodes"][0]["text"] == "note"


def test_deleted_tokens_leave_no_file_and_the_same_are_made_anew(kept, shared_service):
    tokens = kept.tokenized()
    size = tree_size(Path(tokens["path"]))
    answer = kept.ask(operations.DELETE_TOKENS, tokenizationId=tokens["id"])
    assert (answer["errors"], answer["job"]["kind"]) == ([], "PURGE")
    assert dataset(shared_service, kept.ids[0])["tokenizations"]["nodes"] == []
    until(lambda: not Path(tokens["path"]).exists())
    until(lambda: "TokenizationPurged" in [event["type"] for event in history(shared_service, kept.ids[0])])
    (freed,) = kept.told(kept.ids[0], "TokenizationPurged")
    assert (freed["bytes_freed"] >= size > 0, freed["files_left"]) == (True, 0)
    anew = kept.tokenized()
    assert anew["id"] != tokens["id"]
    assert Path(anew["path"]).is_dir()


def test_what_is_referenced_stays_when_many_are_deleted_and_all_else_goes_to_the_byte(kept, shared_service):
    # given two datasets, of which something outside uses one
    first, second = kept.ids
    kept.ask(operations.REFERENCE, datasetId=first, reference="training/42")
    homes = {id_: kept.home(id_) for id_ in kept.ids}
    until(lambda: not [left for home in homes.values() for left in home.glob("work-*")])
    sizes = {id_: tree_size(home) for id_, home in homes.items()}

    # when it is asked what would go, and then done
    dry = kept.ask(operations.DELETE_MANY, filter=MINE, purge=True, dryRun=True)
    assert (dry["bytesFreed"], [node["id"] for node in dry["datasets"]]) == (sizes[second], [second])
    assert [(error["path"], error["usedBy"]) for error in dry["refused"]] == [(["filter", first], ["training/42"])]
    done = kept.ask(operations.DELETE_MANY, filter=MINE, purge=True)

    # then that is what goes, and what is freed
    assert (done["refused"], done["bytesFreed"]) == (dry["refused"], dry["bytesFreed"])
    until(lambda: kept.told(second, "DatasetPurged"))
    assert not homes[second].exists()
    assert [told["bytes_freed"] for told in kept.told(second, "DatasetPurged")] == [sizes[second]]
    assert shared_service.ask(FOUND, filter=MINE)["datasets"]["nodes"] == [{"id": first}]

    # and what is released goes too, by the trash
    kept.ask(operations.RELEASE, datasetId=first, reference="training/42")
    trashed = kept.ask(operations.DELETE_MANY, datasetIds=[first])
    assert [node["status"] for node in trashed["datasets"]] == ["TRASHED"]
    assert homes[first].is_dir()
    kept.ask(operations.DELETE_MANY, filter={**MINE, "status": ["TRASHED"]}, purge=True)
    until(lambda: not homes[first].exists())
    until(lambda: kept.told(first, "DatasetPurged"))
    assert [told["bytes_freed"] for told in kept.told(first, "DatasetPurged")] == [trashed["bytesFreed"]]
