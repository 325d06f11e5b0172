"""A fetch goes on where earlier ones of the same file ended, over real HTTP."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from domain.errors import ErrorCode
from tests.hub import Hub
from tests.workers.fetching import (
    CONTENT,
    SHA256,
    Place,
    cut_after,
    failure,
    fetch,
    names,
    ranges,
    request,
)
from workers.chunks import CHECKSUM_BYTES, CHUNK_BYTES, IDENTITY_BYTES, ledger_of

pytestmark = pytest.mark.usefixtures("endpoint")

LAST = len(CONTENT) - 1
FETCH = """
import json, sys
from workers.fetching import fetch_file
for step in fetch_file(**json.loads(sys.argv[1])):
    pass
"""


@pytest.fixture(scope="module")
def hub(big_hub: Hub) -> Hub:
    return big_hub


def saved_chunks(place: Place) -> int:
    """How many chunks the ledger of the first fence knows."""
    ledger = ledger_of(place.target(1))
    return max(0, ledger.stat().st_size - IDENTITY_BYTES) // CHECKSUM_BYTES if ledger.exists() else 0


def test_a_killed_fetch_goes_on_at_its_last_whole_chunk(hub: Hub, place: Place) -> None:
    # given a fetch to which nothing more comes in the middle of a chunk
    hub.fail("*/big.bin", stall_after=int(3.5 * CHUNK_BYTES), stall_seconds=60.0, times=1)
    child = subprocess.Popen(
        [sys.executable, "-c", FETCH, json.dumps(request(hub, place.target(1)))],
        env={**os.environ, "HF_ENDPOINT": hub.url},
    )
    while saved_chunks(place) < 3:
        assert child.poll() is None
        time.sleep(0.02)

    # when it is killed, and another one goes on with what it left
    child.send_signal(signal.SIGKILL)
    child.wait()
    told, steps = fetch(hub, place.target(2), place.target(1))

    # then what began the last chunk is all that is fetched twice
    assert told["sha256"] == SHA256
    assert ranges(hub) == [None, f"bytes={3 * CHUNK_BYTES}-{LAST}"]
    assert [step.done for step in steps][:3] == [CHUNK_BYTES, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES]
    assert not any(step.committed for step in steps if step.done <= 3 * CHUNK_BYTES), "what was kept is no progress"
    assert names(place) == ["big.2.bin"]


def test_a_fetch_that_was_cut_off_may_be_tried_again_and_keeps_its_whole_chunks(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", cut_after=int(2.5 * CHUNK_BYTES), times=1)

    broken = failure(hub, place.target(1))
    fetch(hub, place.target(2), place.target(1))

    assert (broken.code, broken.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
    assert ranges(hub) == [None, f"bytes={2 * CHUNK_BYTES}-{LAST}"]
    assert place.target(2).read_bytes() == CONTENT


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_damaged_chunk_is_fetched_again(hub: Hub, place: Place, damaged: int) -> None:
    cut_after(hub, place, 3.5)
    with place.part(1).open("r+b") as part:
        part.seek(damaged * CHUNK_BYTES + 7)
        part.write(b"damage")

    fetch(hub, place.target(2), place.target(1))

    again = f"bytes={damaged * CHUNK_BYTES}-{(damaged + 1) * CHUNK_BYTES - 1}"
    assert ranges(hub) == [again, f"bytes={3 * CHUNK_BYTES}-{LAST}"]
    assert place.target(2).read_bytes() == CONTENT


def test_a_torn_ledger_counts_its_whole_checksums(hub: Hub, place: Place) -> None:
    cut_after(hub, place, 3.5)
    os.truncate(ledger_of(place.target(1)), IDENTITY_BYTES + 2 * CHECKSUM_BYTES + 3)

    fetch(hub, place.target(2), place.target(1))

    assert ranges(hub) == [f"bytes={2 * CHUNK_BYTES}-{LAST}"]


def test_what_several_fences_left_is_put_together(hub: Hub, place: Place) -> None:
    cut_after(hub, place, 1.5)
    shutil.copy(place.part(1), place.folder / "kept.part")
    shutil.copy(ledger_of(place.target(1)), place.folder / "kept.chunks")
    hub.fail("*/big.bin", cut_after=2 * CHUNK_BYTES, times=1)
    failure(hub, place.target(2), place.target(1))
    (place.folder / "kept.part").rename(place.part(1))
    (place.folder / "kept.chunks").rename(ledger_of(place.target(1)))
    hub.requests.clear()

    fetch(hub, place.target(3), place.target(1), place.target(2))

    assert ranges(hub) == [f"bytes={3 * CHUNK_BYTES}-{LAST}"]
    assert names(place) == ["big.3.bin"]


def test_a_zombie_that_still_writes_cannot_reach_the_new_file(hub: Hub, place: Place) -> None:
    cut_after(hub, place, 2.5)
    with place.part(1).open("r+b", buffering=0) as zombie:
        fetch(hub, place.target(2), place.target(1))
        zombie.write(b"written late")

    assert place.target(2).read_bytes() == CONTENT


def test_a_file_that_was_finished_but_never_reported_is_not_fetched_again(hub: Hub, place: Place) -> None:
    fetch(hub, place.target(1))
    hub.requests.clear()

    told, _ = fetch(hub, place.target(2), place.target(1))

    assert (told["sha256"], hub.requests, names(place)) == (SHA256, [], ["big.2.bin"])


def test_a_server_that_ignores_ranges_is_asked_for_the_whole(hub: Hub, place: Place) -> None:
    cut_after(hub, place, 2.5)
    hub.fail("*/big.bin", ignore_range=True)

    fetch(hub, place.target(2), place.target(1))

    assert ranges(hub) == [f"bytes={2 * CHUNK_BYTES}-{LAST}", None]
    assert place.target(2).read_bytes() == CONTENT


def test_a_server_that_refuses_the_range_is_asked_for_the_whole_once(hub: Hub, place: Place) -> None:
    cut_after(hub, place, 2.5)
    hub.fail("*/big.bin", status=416, times=1)

    fetch(hub, place.target(2), place.target(1))

    assert ranges(hub) == [f"bytes={2 * CHUNK_BYTES}-{LAST}", None]
    assert place.target(2).read_bytes() == CONTENT


def test_a_server_that_refuses_every_range_ends_the_attempt(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", status=416)

    refused = failure(hub, place.target(1))

    assert (refused.code, refused.retryable, len(ranges(hub))) == (ErrorCode.HUB_UNAVAILABLE, True, 2)
