"""Fetching a file whole and checked, over real HTTP."""

import hashlib

import pytest

from domain.errors import ErrorCode
from tests.hub import Hub
from tests.workers.fetching import (
    CONTENT,
    NAME,
    SHA256,
    Place,
    failure,
    fetch,
    names,
    ranges,
)
from workers.chunks import CHUNK_BYTES

pytestmark = pytest.mark.usefixtures("endpoint")


@pytest.fixture(scope="module")
def hub(big_hub: Hub) -> Hub:
    return big_hub


def test_a_fetched_file_is_whole_and_alone(hub: Hub, place: Place) -> None:
    told, steps = fetch(hub, place.target(1))

    assert told == {"path": "big.bin", "file": "big.1.bin", "bytes": len(CONTENT), "sha256": SHA256}
    assert place.target(1).read_bytes() == CONTENT
    assert names(place) == ["big.1.bin"]
    assert ranges(hub) == [None]
    assert [step.done for step in steps if step.committed][-1] == len(CONTENT)
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
