"""A large file comes by several ranges at a time; a part of a file by the ranges that are wanted; over real HTTP."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.hub_wire import unread
from tests.texts import incompressible, write_repository
from tests.workers.fetching import Place, fetch, finish, names, request
from workers.chunks import CHUNK_BYTES, ChunkWriter, ledger_of
from workers.fetching import fetch_file, fetch_ranges
from workers.hub_files import READ_BYTES
from workers.streams import LARGE_BYTES, MIB, PROBE_BYTES, STREAMS

pytestmark = pytest.mark.usefixtures("endpoint")

LARGE = incompressible(LARGE_BYTES + 3 * MIB + 12_345)
SHA256 = hashlib.sha256(LARGE).hexdigest()
FILE: dict[str, Any] = {"repository": "acme/large", "path": "large.bin", "size": len(LARGE), "sha256": SHA256}
SLOW_BYTES_A_SECOND = 12 * MIB
FETCH = """
import json, sys
from workers.fetching import fetch_file
for step in fetch_file(**json.loads(sys.argv[1])):
    pass
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    write_repository(root / "datasets/acme/large", {"large.bin": LARGE})
    write_repository(root / "datasets/acme/big", {"README.md": "#"})
    with Hub(root) as hub:
        yield hub


@pytest.fixture
def large(hub: Hub) -> dict[str, Any]:
    return FILE | {"commit": hub.commit_of("acme/large")}


def sent(hub: Hub) -> int:
    return sum(request.sent for request in hub.requests)


def test_a_large_file_comes_by_several_ranges_where_one_is_slow(hub: Hub, place: Place, large: dict[str, Any]) -> None:
    hub.throttle(SLOW_BYTES_A_SECOND)

    told, steps = fetch(hub, place.target(1), **large)

    assert (told["sha256"], sent(hub)) == (SHA256, len(LARGE))
    first, *rest = hub.blob_requests()
    assert first.range == f"bytes=0-{PROBE_BYTES - 1}"
    assert len(rest) == STREAMS
    # all of them, and perhaps the first, whose last bytes the host has only just sent
    assert max(request.at_once for request in rest) >= STREAMS
    assert [request.host for request in hub.requests].count("hub") == 1, "the address is signed once"
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_a_large_file_that_is_killed_loses_one_chunk_of_a_stream_at_most(
    hub: Hub, place: Place, large: dict[str, Any]
) -> None:
    hub.throttle(SLOW_BYTES_A_SECOND)
    arguments = json.dumps(request(hub, place.target(1), **large))
    child = subprocess.Popen([sys.executable, "-c", FETCH, arguments], env={**os.environ, "HF_ENDPOINT": hub.url})
    while len(hub.blob_requests()) <= STREAMS or sent(hub) - unread(hub.blobs_url) < LARGE_BYTES // 2:
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGSTOP)
    taken = taken_bytes(hub)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert ledger_of(place.target(1)).exists()
    hub.requests.clear()

    told, _ = fetch(hub, place.target(2), place.target(1), **large)

    assert (told["sha256"], names(place)) == (SHA256, ["big.2.bin"])
    saved = len(LARGE) - sent(hub)
    assert saved > LARGE_BYTES // 4
    # of each stream the chunk that it had begun, and what it had just read
    assert taken - saved <= STREAMS * (CHUNK_BYTES + READ_BYTES)


def taken_bytes(hub: Hub) -> int:
    """What clients that stand still have read of all that was sent: told at a moment in which nothing is being sent."""
    while True:
        before, waiting = sent(hub), unread(hub.blobs_url)
        if sent(hub) == before:
            return before - waiting


def test_one_stream_that_fails_ends_the_others_and_all_keep_what_they_saved(
    hub: Hub, place: Place, large: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    add = ChunkWriter.add
    monkeypatch.setattr(ChunkWriter, "add", lambda writer, block: taken.append(len(block)) or add(writer, block))
    hub.throttle(SLOW_BYTES_A_SECOND)
    work = fetch_file(**request(hub, place.target(1), **large))
    next(work)
    hub.fail("*/large.bin", cut_after=3 * CHUNK_BYTES, times=1)

    with pytest.raises(WorldFailure) as caught:
        finish(work)
    broken = caught.value
    read = sum(taken)
    hub.throttle(None)
    hub.requests.clear()
    told, _ = fetch(hub, place.target(2), place.target(1), **large)

    assert (broken.code, broken.retryable, told["sha256"]) == (ErrorCode.HUB_UNAVAILABLE, True, SHA256)
    saved = len(LARGE) - sent(hub)
    assert 0 < saved <= read <= saved + STREAMS * CHUNK_BYTES


@pytest.mark.parametrize("fault", [{"ignore_range": True}, {"etag": "other"}, {"status": 416}])
def test_when_one_of_several_ranges_is_odd_the_whole_is_read_in_one(
    hub: Hub, place: Place, large: dict[str, Any], fault: dict[str, Any]
) -> None:
    hub.throttle(SLOW_BYTES_A_SECOND)
    work = fetch_file(**request(hub, place.target(1), **large))
    next(work)
    hub.fail("*/large.bin", host="blobs", times=1, **fault)

    for _ in work:
        if hub.blob_requests()[-1].range is None:
            hub.throttle(None)

    ranges = [request.range for request in hub.blob_requests()]
    assert (len(ranges) > 2, ranges[-1]) == (True, None)
    assert place.target(1).read_bytes() == LARGE


def some(hub: Hub, place: Place, fence: int, *earlier: Path, ranges: list[tuple[int, int]]) -> dict[str, Any]:
    """Fetches ranges of the large file."""
    target, left = str(place.target(fence)), [str(path) for path in earlier]
    name = {"repository": "acme/large", "commit": hub.commit_of("acme/large"), "path": "large.bin"}
    return finish(fetch_ranges(**name, size=len(LARGE), ranges=ranges, target=target, earlier=left))[0]


def test_of_a_file_only_the_ranges_that_are_wanted_are_fetched_each_to_its_place(hub: Hub, place: Place) -> None:
    middle, end = (MIB + 7, 2 * MIB), (len(LARGE) - 100, len(LARGE))

    told = some(hub, place, 1, ranges=[middle, end])

    saved = place.target(1).read_bytes()
    assert [saved[start:stop] for start, stop in (middle, end)] == [LARGE[start:stop] for start, stop in (middle, end)]
    assert saved[: MIB - 1] == bytes(MIB - 1), "the rest is a hole"
    assert (len(saved), told["bytes"]) == (len(LARGE), sent(hub))
    assert sent(hub) <= 2 * MIB - MIB + 100 + 2 * CHUNK_BYTES
    assert place.target(1).stat().st_blocks * 512 < 4 * MIB


def test_ranges_that_were_cut_off_go_on_too(hub: Hub, place: Place) -> None:
    wanted = [(0, MIB), (3 * MIB, 4 * MIB)]
    hub.fail("*/large.bin", cut_after=MIB // 2, times=1)
    with pytest.raises(WorldFailure, match="broke off"):
        some(hub, place, 1, ranges=wanted)
    hub.requests.clear()

    some(hub, place, 2, place.target(1), ranges=wanted)

    # of the other range some may have come, too
    assert 0 < sent(hub) <= 2 * MIB - MIB // 2
    assert place.target(2).read_bytes()[3 * MIB : 4 * MIB] == LARGE[3 * MIB : 4 * MIB]
    assert names(place) == ["big.2.bin"]
