"""Fetching a file whole and checked, over real HTTP; and publishing what was fetched."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.workers.fetching import (
    CONTENT,
    NAME,
    SHA256,
    Place,
    failure,
    fetch,
    finish,
    names,
    ranges,
    serve_big,
)
from workers.chunks import CHUNK_BYTES
from workers.downloading import FetchedFile, complete_download, fetch_file, plan_download
from workers.steps import Step


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with serve_big(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(autouse=True)
def _endpoint(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    hub.requests.clear()
    yield
    hub.heal()
    hub.throttle(None)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "pieces")


def test_a_fetched_file_is_whole_and_alone(hub: Hub, place: Place) -> None:
    told, steps = fetch(hub, place.target(1))

    assert told == {"path": "big.bin", "file": "big.1.bin", "bytes": len(CONTENT), "sha256": SHA256}
    assert place.target(1).read_bytes() == CONTENT
    assert names(place) == ["big.1.bin"]
    assert ranges(hub) == [None]
    assert [step.done // CHUNK_BYTES for step in steps if step.committed][:5] == [1, 2, 3, 4, 5]
    assert steps[-1].done == len(CONTENT)
    assert {(step.total, step.unit) for step in steps} == {(len(CONTENT), "BYTES")}


def test_a_file_without_sha256_is_checked_by_its_git_blob(hub: Hub, place: Place) -> None:
    blob = hub.repository("datasets", NAME).head().blobs["small.jsonl"]
    small = {"path": "small.jsonl", "size": blob.size, "sha256": None}

    told, _ = fetch(hub, place.target(1), **small, git_oid=blob.oid)
    wrong = failure(hub, place.target(2), **small, git_oid="0" * 40)

    assert told["sha256"] == hashlib.sha256(b'{"text": "a"}\n').hexdigest()
    assert wrong.code == ErrorCode.CHECKSUM_MISMATCH


def test_an_empty_file_needs_no_request(hub: Hub, place: Place) -> None:
    told, _ = fetch(hub, place.target(1), path="empty.jsonl", size=0, sha256=None)

    assert (told["bytes"], place.target(1).read_bytes(), hub.requests) == (0, b"", [])


def test_a_wrong_byte_is_found_and_nothing_of_it_stays(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", damage_at=CHUNK_BYTES + 1, times=1)

    wrong = failure(hub, place.target(1))

    assert (wrong.code, wrong.retryable) == (ErrorCode.CHECKSUM_MISMATCH, True)
    assert names(place) == []
    assert fetch(hub, place.target(2), place.target(1))[0]["sha256"] == SHA256


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1, CHUNK_BYTES])
def test_a_file_of_another_length_than_told_is_a_mismatch(hub: Hub, place: Place, size: int) -> None:
    wrong = failure(hub, place.target(1), size=size)

    assert (wrong.code, names(place)) == (ErrorCode.CHECKSUM_MISMATCH, [])


@pytest.mark.parametrize("told", ["bytes */100", "bytes 0-5", "bytes 0-x/9", "rows 0-5/6", None])
def test_a_part_that_does_not_say_where_it_belongs_ends_the_attempt(hub: Hub, place: Place, told: str | None) -> None:
    hub.fail("*/big.bin", status=206, headers={"Content-Range": told} if told else {})

    strange = failure(hub, place.target(1))

    assert (strange.code, strange.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
    assert "check HF_ENDPOINT" in strange.message


def test_a_file_that_is_gone_from_the_commit_is_said(hub: Hub, place: Place) -> None:
    assert failure(hub, place.target(1), path="gone.bin").code == ErrorCode.REVISION_NOT_FOUND


def test_a_download_is_published_under_the_paths_of_its_repository(hub: Hub, place: Place, tmp_path: Path) -> None:
    given: dict[str, Any] = {"revision": None, "config": None, "splits": None, "work": str(tmp_path / "work")}
    planned, _ = finish(plan_download(repository="acme/english", **given))
    pieces: list[FetchedFile] = []
    for number, file in enumerate(planned["files"]):
        arguments = {name: value for name, value in file.items() if name != "split"}
        target = str(place.folder / f"{number}.1.parquet")
        told, _ = finish(fetch_file(repository="acme/english", commit=planned["commit"], target=target, **arguments))
        pieces.append({"path": told["path"], "file": target})

    told, steps = finish(complete_download(final=str(tmp_path / "final"), pieces=[*pieces, pieces[0]]))

    source = hub.folder / "datasets/acme/english/data"
    found = {path.name: path.read_bytes() for path in (tmp_path / "final/data").iterdir()}
    assert found == {path.name: path.read_bytes() for path in source.iterdir()}
    assert told == {"bytes": planned["bytes"]}
    assert steps[-1] == Step(3, 3, "PIECES")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final", "pieces", "work"]


@pytest.mark.parametrize("path", ["../out.jsonl", "/etc/out.jsonl", "a/../../out.jsonl"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "piece").write_text("{}")

    with pytest.raises(WorldFailure, match="cannot be kept"):
        finish(
            complete_download(final=str(tmp_path / "a/final"), pieces=[{"path": path, "file": str(tmp_path / "piece")}])
        )

    assert not (tmp_path / "out.jsonl").exists()
