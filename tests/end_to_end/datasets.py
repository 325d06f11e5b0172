"""Datasets of a running service: brought, looked at, waited for."""

from typing import Any

from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service, until

STATUS = "query ($id: ID!) { dataset(id: $id) { status searchIndex { status } } }"
HISTORY = "query ($id: ID!) { dataset(id: $id) { history(first: 200) { events { type data recordedAt } } } }"


def dataset(service: Service, dataset_id: str) -> dict[str, Any]:
    found: dict[str, Any] = service.ask(ask.DATASET, id=dataset_id)["dataset"]
    return found


def download(service: Service, name: str, **options: Any) -> str:
    asked = service.ask(ask.DOWNLOAD, repository=f"acme/{name}", **options)["downloadDataset"]
    assert asked["errors"] == []
    return str(asked["dataset"]["id"])


def history(service: Service, dataset_id: str) -> list[dict[str, Any]]:
    """Its events, the first 200."""
    found: list[dict[str, Any]] = service.ask(HISTORY, id=dataset_id)["dataset"]["history"]["events"]
    return found


def events(service: Service, dataset_id: str) -> list[str]:
    """Their types."""
    return [event["type"] for event in history(service, dataset_id)]


def wait_for_status(service: Service, dataset_id: str, *statuses: str) -> None:
    until(service.is_ready)
    until(lambda: service.ask(STATUS, id=dataset_id)["dataset"]["status"] in statuses)


def wait_for_index(service: Service, dataset_id: str) -> None:
    """Until the search index of a READY dataset is whole."""

    def status() -> str:
        return str(service.ask(STATUS, id=dataset_id)["dataset"]["searchIndex"]["status"])

    until(lambda: status() in ("READY", "FAILED"))
    assert status() == "READY"
