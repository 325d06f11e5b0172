"""Datasets are described, found by what is said of them, put in order, and go when their time is over: over the API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.adapters.embedded import Postgres
from tests.api import operations
from tests.api.uploads import send
from tests.end_to_end.datasets import dataset, wait_for_status
from tests.end_to_end.service import Service, until
from tests.end_to_end.test_keeping import GONE

pytestmark = pytest.mark.slow

TAG = "found again"
SIZES = {"small": 10, "large": 1_000, "middle": 100}  # in the order in which they come here
FOUND = """
query ($filter: DatasetFilter, $order: DatasetOrder) {
  datasets(filter: $filter, orderBy: $order) { nodes { name createdAt } }
}"""
DAYS = 7


class Shelf:
    """Uploads of three sizes in a service in which others have theirs."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.http = service.client
        self.ids = {name: self._upload(name, rows) for name, rows in SIZES.items()}
        for name, id_ in self.ids.items():
            wait_for_status(service, id_, "READY", "FAILED")
            told = {"name": f"Shelf {name}", "tags": [TAG, name], "notes": f"noted of {name}", "language": "german"}
            self.did(operations.DESCRIBE, datasetId=id_, **told)

    def _upload(self, name: str, rows: int) -> str:
        answer = send(self, b"text\n" + b"one two three\n" * rows, f"{name}.csv").json()["data"]["uploadDataset"]
        return str(answer["dataset"]["id"])

    def did(self, document: str, **given: Any) -> dict[str, Any]:
        """What came of a mutation that nothing was wrong with."""
        (answer,) = self.service.ask(document, input=given).values()
        assert answer["errors"] == []
        return dict(answer)

    def found(self, order: dict[str, str] | None = None, **wanted: Any) -> list[str]:
        """The last words of the names of what these find among those on the shelf."""
        wanted = {"tags": [TAG]} | wanted
        nodes = self.service.ask(FOUND, filter=wanted, order=order)["datasets"]["nodes"]
        return [node["name"].rpartition(" ")[2] for node in nodes]


@pytest.fixture(scope="module")
def shelf(shared_service: Service) -> Iterator[Shelf]:
    made = Shelf(shared_service)
    yield made
    made.did(operations.DELETE_MANY, filter={"tags": [TAG]}, purge=True)


def test_what_was_said_of_a_dataset_is_shown_and_finds_it(shelf):
    told = shelf.service.ask(
        "query ($id: ID!) { dataset(id: $id) { name tags notes language } }", id=shelf.ids["large"]
    )
    noted = {"name": "Shelf large", "tags": [TAG, "large"], "notes": "noted of large", "language": "german"}
    assert told["dataset"] == noted
    assert shelf.found(tags=[TAG, "middle"]) == ["middle"]
    assert shelf.found(search="shelf mid") == ["middle"]
    assert shelf.found(search="noted small") == ["small"]


def test_a_list_is_of_those_with_a_status_a_source_a_size_or_a_date(shelf):
    assert sorted(shelf.found(status=["READY"], source="UPLOAD")) == sorted(SIZES)
    assert shelf.found(status=["FAILED"]) == []
    assert shelf.found(source="HUB") == []
    size = dataset(shelf.service, shelf.ids["middle"])["sizeBytes"]
    assert shelf.found(sizeBytes={"min": size + 1}) == ["large"]
    assert sorted(shelf.found(sizeBytes={"max": size})) == ["middle", "small"]
    nodes = shelf.service.ask(FOUND, filter={"tags": [TAG, "large"]})["datasets"]["nodes"]
    assert sorted(shelf.found(createdAt={"min": nodes[0]["createdAt"]})) == ["large", "middle"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("NAME", ["large", "middle", "small"]),
        ("SOURCE", ["large", "middle", "small"]),
        ("SIZE", ["small", "middle", "large"]),
        ("ROWS", ["small", "middle", "large"]),
        ("CREATED", ["small", "large", "middle"]),
    ],
)
def test_a_list_is_in_the_order_that_was_asked_for(shelf, field, expected):
    assert shelf.found({"field": field, "direction": "ASC"}) == expected
    assert shelf.found({"field": field, "direction": "DESC"}) == expected[::-1]


def test_what_was_used_last_comes_first_where_nothing_is_said(shelf):
    for name in ("large", "small"):
        shelf.did(operations.REFERENCE, datasetId=shelf.ids[name], reference="training/1")
        shelf.did(operations.RELEASE, datasetId=shelf.ids[name], reference="training/1")
        assert shelf.found()[0] == name
    assert shelf.found() == ["small", "large", "middle"]


def test_what_was_in_the_trash_for_its_days_goes_by_itself(shelf):
    service, id_ = shelf.service, shelf.ids["middle"]
    home = Path(dataset(service, id_)["path"]).parent
    shelf.did(operations.TRASH, datasetId=id_)
    assert home.is_dir()
    with psycopg.connect(Postgres(service.home).url) as connection:  # the days go by
        query = "UPDATE datasets SET trashed_at = trashed_at - make_interval(days => %s) WHERE name = 'Shelf middle'"
        assert connection.execute(query, (DAYS,)).rowcount == 1
    until(lambda: not home.exists())

    def events() -> list[dict[str, Any]]:
        return list(service.ask(GONE, id=id_)["events"]["events"])

    until(lambda: events()[-1]["type"] == "DatasetPurged")
    (asked,) = [event for event in events() if event["type"] == "DatasetPurgeRequested"]
    assert asked["data"]["after_days"] == DAYS
