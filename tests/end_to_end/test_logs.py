"""One story through every process: from the request over the actors to the events, under one id."""

import json
from collections import Counter
from pathlib import Path
from uuid import uuid4

from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service, until
from tests.hub import Hub

HISTORY = "query ($id: ID!) { dataset(id: $id) { status history { events { type correlationId } } } }"


def lines_of(log: Path, request_id: str) -> list[dict[str, object]]:
    """The records of a log that belong to the request."""
    return [json.loads(line) for line in log.read_text().splitlines() if request_id in line]


def test_what_a_request_leads_to_is_found_by_its_id_in_every_log_and_in_every_event(shared_service: Service) -> None:
    # given a request that names itself
    request_id = f"story-{uuid4()}"
    answer = shared_service.client.post(
        "/graphql",
        json={"query": ask.DOWNLOAD, "variables": {"repository": "acme/logs"}},
        headers={"X-Request-Id": request_id},
    )
    dataset_id = answer.json()["data"]["downloadDataset"]["dataset"]["id"]

    # when all is done
    def history() -> dict[str, object]:
        found: dict[str, object] = shared_service.ask(HISTORY, id=dataset_id)["dataset"]
        return found

    until(lambda: history()["status"] == "READY")

    # then the logs of all processes, and the events, tell of it under this id
    logs = shared_service.home / "logs"
    (told,) = lines_of(logs / "api.log", request_id)
    assert (told["mutation"], told["outcome"], told["room"]) == ("downloadDataset", "ACCEPTED", "api")
    sent = [str(line["message"]) for line in lines_of(logs / "dispatch.log", request_id)]
    begun = [str(line["message"]) for log in logs.glob("worker-*.log") for line in lines_of(log, request_id)]
    for actor in ("download_dataset", "ingest_dataset"):
        assert any(message.startswith(f"sends {actor} ") for message in sent)
        assert any(message.startswith(f"begins {actor} ") for message in begun)
    events = history()["history"]["events"]  # type: ignore[index]
    assert {event["correlationId"] for event in events if "Index" not in event["type"]} == {request_id}


def test_an_attempt_that_is_made_again_is_told_under_the_same_id(shared_service: Service, gentle_hub: Hub) -> None:
    # given a file that breaks off the first time
    gentle_hub.fail("*/acme/logs/resolve/*", cut_after=0, times=1)
    request_id = f"again-{uuid4()}"
    given = {"repository": "acme/logs", "allowDuplicate": True}
    answer = shared_service.client.post(
        "/graphql", json={"query": ask.DOWNLOAD, "variables": given}, headers={"X-Request-Id": request_id}
    )
    dataset_id = answer.json()["data"]["downloadDataset"]["dataset"]["id"]
    until(lambda: shared_service.ask(HISTORY, id=dataset_id)["dataset"]["status"] == "READY")

    # then both attempts, and the failure of the first, are found by its id
    found = shared_service.ask(HISTORY, id=dataset_id)["dataset"]["history"]["events"]
    failed = [event["correlationId"] for event in found if event["type"] == "JobAttemptFailed"]
    assert failed == [request_id]
    logs = (shared_service.home / "logs").glob("worker-*.log")
    begun = [str(line["message"]) for log in logs for line in lines_of(log, request_id)]
    pieces = Counter(message.partition(", fence")[0] for message in begun if "download_dataset" in message)
    assert 2 in pieces.values()
