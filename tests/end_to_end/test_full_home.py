"""A home on a disk of its own that is full, its database with it: everybody is told so, and it goes on when there is
room again."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api import operations
from tests.chaos.mischief import ballast
from tests.end_to_end.datasets import download, wait_for_index, wait_for_status
from tests.end_to_end.service import Service, until
from tests.hub import Hub
from tests.servers import temporary_home
from tests.small_disks import small_disk

pytestmark = pytest.mark.slow

MEGABYTES = 400
NOTES = " ".join(["a word and another one"] * 400)
# Long enough for the database to need more of the disk than it has taken.
MOST_ASKED = 4_000
NOTED = "query ($id: ID!) { dataset(id: $id) { notes status } position }"


@pytest.fixture(scope="module")
def service(hub: Hub) -> Iterator[Service]:
    with temporary_home() as place, small_disk(place / "disk", MEGABYTES) as disk:
        place.chmod(0o755)
        disk.chmod(0o755)
        running = Service(disk / "home", hub.environment(disk / "home"))
        try:
            running.start()
            yield running
        finally:
            running.close()


def describe(service: Service, id_: str, notes: str) -> str | None:
    """The code of what it was refused by, or None; an answer that is none is asked again by whoever waits."""
    given = {"datasetId": id_, "notes": notes, "idempotencyKey": str(uuid4())}
    try:
        answer = service.client.post("/graphql", json={"query": operations.DESCRIBE, "variables": {"input": given}})
    except httpx.TransportError:
        return "TRY_AGAIN"
    body: dict[str, Any] = answer.json()
    if "errors" in body:
        return str(body["errors"][0]["extensions"]["code"])
    assert body["data"]["describeDataset"]["errors"] == []
    return None


def test_a_home_that_is_full_says_so_loses_nothing_and_goes_on(service: Service) -> None:
    id_ = download(service, "english")
    wait_for_status(service, id_, "READY", "FAILED")
    wait_for_index(service, id_)

    # when nothing is free any more, and still more is said
    kept, said, code = None, None, None
    with ballast(service.home.parent):
        for number in range(MOST_ASKED):
            kept, said = said, f"{number} {NOTES}"
            code = describe(service, id_, said)
            if code is not None:
                break

    # then that is told, and no fault of ours
    assert code in ("INSUFFICIENT_STORAGE", "TRY_AGAIN")

    # and once there is room, what was acknowledged is there, or what nobody was told of
    until(service.is_ready)
    assert service.ask(NOTED, id=id_)["dataset"]["notes"] in (kept, said)
    until(lambda: describe(service, id_, "there is room again") is None)
    assert service.ask(NOTED, id=id_)["dataset"] == {"notes": "there is room again", "status": "READY"}
    again = download(service, "recipe")
    wait_for_status(service, again, "READY", "FAILED")
    assert service.ask(NOTED, id=again)["dataset"]["status"] == "READY"
