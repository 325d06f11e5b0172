"""A small real disk that fills up, or a quota where none can be mounted: what does not fit is refused, what meets the
end of it fails and goes on, and the figures add up to what lies there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.adapters.files import tree_size
from domain.adapters.folders import DATASETS, UPLOADING
from tests.end_to_end.datasets import dataset, download, wait_for_index, wait_for_status
from tests.end_to_end.gates import beyond, gate
from tests.end_to_end.service import Service, serving, until
from tests.end_to_end.test_trash import DELETE
from tests.end_to_end.tokenizing import Tokenizing
from tests.hub import Hub
from tests.small_disks import mounted_if_allowed
from tests.texts import english

pytestmark = pytest.mark.slow

MEGABYTES = 16
ROWS = 1000
STORAGE = """{
  storage { totalBytes freeBytes usedBytes reservedBytes trashedBytes partialBytes byKind { kind bytes }
    byDataset { dataset { id } bytes } }
}"""
JOBS = """
query ($id: ID!) { dataset(id: $id) { jobs { nodes { id kind status error { code message retryable } } } } }"""
RETRY = "mutation ($id: ID!) { retryJob(input: {jobId: $id}) { errors { code message } } }"
PADDED = {"maxLength": 512, "padding": "MAX_LENGTH", "padToken": "<pad>"}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small") / "disk"


@pytest.fixture(scope="module")
def is_mounted(disk: Path) -> Iterator[bool]:
    with mounted_if_allowed(disk, MEGABYTES) as is_mounted:
        yield is_mounted


@pytest.fixture(scope="module")
def small_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    for name in ("first", "second", "third"):
        english(folder, f"acme/{name}", rows=ROWS)
    with Hub(folder) as running:
        yield running


@pytest.fixture(scope="module")
def service(small_hub: Hub, disk: Path, is_mounted: bool) -> Iterator[Service]:
    bound = {"MISTUDIO_RESERVE": "0"} if is_mounted else {"MISTUDIO_QUOTA": str(MEGABYTES << 20)}
    with serving(small_hub, MISTUDIO_STORAGE=str(disk), MISTUDIO_SHARD_BYTES="20000", **bound) as running:
        yield running


def storage(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.ask(STORAGE)["storage"]
    assert sum(each["bytes"] for each in found["byKind"]) == found["usedBytes"]
    return found


def jobs(service: Service, dataset_id: str, kind: str) -> list[dict[str, Any]]:
    found = service.ask(JOBS, id=dataset_id)["dataset"]["jobs"]["nodes"]
    return [job for job in found if job["kind"] == kind]


def at_peace(service: Service) -> dict[str, Any]:
    """The storage once nothing is promised and nothing is in the midst of being made or cleared away."""
    until(lambda: storage(service)["reservedBytes"] == 0 and storage(service)["partialBytes"] == 0)
    return storage(service)


def adds_up(service: Service, disk: Path) -> dict[str, Any]:
    """What is told is what lies there, to the byte."""
    found = at_peace(service)
    until(lambda: not list(disk.glob("datasets/*/work-*")))
    assert found["usedBytes"] == sum(tree_size(disk / name) for name in (DATASETS, *UPLOADING))
    return found


def purge(service: Service, dataset_id: str) -> None:
    assert service.ask(DELETE, id=dataset_id, purge=True)["deleteDataset"]["errors"] == []
    until(lambda: service.ask("query ($id: ID!) { node(id: $id) { id } }", id=dataset_id)["node"] is None)


@pytest.fixture(scope="module")
def first(service: Service) -> str:
    return _brought(service, "first")


def test_what_is_told_to_be_used_lies_on_the_disk(service: Service, disk: Path, first: str) -> None:
    found = adds_up(service, disk)
    assert found["byDataset"] == [{"dataset": {"id": first}, "bytes": found["usedBytes"]}]
    assert {each["kind"] for each in found["byKind"] if each["bytes"]} == {"DATA", "INDEX"}


def test_without_room_nothing_is_fetched_and_with_room_it_goes_on(
    service: Service, disk: Path, small_hub: Hub, first: str
) -> None:
    # given a disk that is nearly full
    before = at_peace(service)
    filler = disk / "filler"
    filler.write_bytes(bytes(before["freeBytes"] - 200_000))
    small_hub.requests.clear()

    # when a dataset is asked for, it fails before anything of it is fetched, and holds nothing
    asked = download(service, "second")
    wait_for_status(service, asked, "FAILED")
    failed = dataset(service, asked)["error"]
    assert (failed["code"], failed["retryable"]) == ("INSUFFICIENT_STORAGE", True)
    assert "needs about" in failed["message"]
    assert small_hub.body_requests(".parquet") == []
    assert at_peace(service)["usedBytes"] == before["usedBytes"]

    # then it goes on once there is room
    filler.unlink()
    (job,) = jobs(service, asked, "DOWNLOAD")
    assert service.ask(RETRY, id=job["id"])["retryJob"]["errors"] == []
    wait_for_status(service, asked, "READY")
    wait_for_index(service, asked)
    assert len(adds_up(service, disk)["byDataset"]) == 2
    purge(service, asked)
    assert adds_up(service, disk)["usedBytes"] == before["usedBytes"]


def test_a_disk_that_fills_up_under_a_run_fails_it_and_with_room_made_by_a_purge_it_goes_on(
    service: Service, disk: Path, is_mounted: bool, first: str
) -> None:
    # given a run that had its room, under which the disk fills up; a quota stops no write, but the next run
    other = _brought(service, "third")
    if is_mounted:
        with gate(service, beyond("1")):
            asked = Tokenizing(service, first, "builtin:byt5", PADDED)
            until(lambda: _has_begun(disk, asked))
            _fill(disk / "filler")
    else:
        (disk / "filler").write_bytes(bytes(at_peace(service)["freeBytes"]))
        asked = Tokenizing(service, first, "builtin:byt5", PADDED)

    # when it fails, that is as clear; nothing half made is published, and nothing stays promised
    assert asked.over()["error"]["code"] == "INSUFFICIENT_STORAGE", asked.look()
    until(lambda: storage(service)["reservedBytes"] == 0)
    assert not list(disk.glob("datasets/*/tokens-*"))

    # then room is made by a purge, which needs none itself, and it goes on to its end
    purge(service, other)
    (disk / "filler").unlink()
    (job,) = jobs(service, first, "TOKENIZE")
    assert job["error"]["retryable"] is True
    assert service.ask(RETRY, id=job["id"])["retryJob"]["errors"] == []
    assert asked.folder().is_dir()
    after = adds_up(service, disk)
    assert [each["dataset"]["id"] for each in after["byDataset"]] == [first]
    assert {each["kind"] for each in after["byKind"] if each["bytes"]} == {"DATA", "INDEX", "TOKENIZATIONS"}


def _brought(service: Service, name: str) -> str:
    found = download(service, name)
    wait_for_status(service, found, "READY")
    wait_for_index(service, found)
    return found


def _has_begun(disk: Path, asked: Tokenizing) -> bool:
    return any(disk.glob(f"datasets/*/work-{asked.job}/0*.arrow"))


def _fill(filler: Path) -> None:
    """Until the disk takes no more."""
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(65_536)) == 65_536:
                pass
        except OSError:
            return
