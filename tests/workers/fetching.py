"""A repository with a big file, and fetches of it."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.texts import english, incompressible, write_repository
from workers.chunks import CHUNK_BYTES
from workers.fetching import fetch_file
from workers.steps import Step, Work

CONTENT = incompressible(5 * CHUNK_BYTES + 12_345)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "acme/big"


@dataclass
class Place:
    """Where fences of one piece put their files."""

    folder: Path

    def target(self, fence: int) -> Path:
        return self.folder / f"big.{fence}.bin"

    def part(self, fence: int) -> Path:
        return self.folder / f"big.{fence}.bin.part"


def finish(work: Work) -> tuple[dict[str, Any], list[Step]]:
    steps = []
    while True:
        try:
            steps.append(next(work))
        except StopIteration as end:
            return end.value, steps


def request(hub: Hub, target: Path, *earlier: Path, **other: Any) -> dict[str, Any]:
    """The arguments of a fetch of the big file."""
    found = {
        "repository": NAME,
        "commit": hub.commit_of(NAME),
        "path": "big.bin",
        "size": len(CONTENT),
        "sha256": SHA256,
        "git_oid": None,
    }
    return found | {"target": str(target), "earlier": [str(path) for path in earlier]} | other


def fetch(hub: Hub, target: Path, *earlier: Path, **other: Any) -> tuple[dict[str, Any], list[Step]]:
    return finish(fetch_file(**request(hub, target, *earlier, **other)))


def failure(hub: Hub, target: Path, *earlier: Path, **other: Any) -> WorldFailure:
    with pytest.raises(WorldFailure) as caught:
        fetch(hub, target, *earlier, **other)
    return caught.value


def cut_after(hub: Hub, place: Place, chunks: float) -> None:
    """Leaves behind fence 1 with so many chunks."""
    hub.fail("*/big.bin", cut_after=int(chunks * CHUNK_BYTES), times=1)
    assert failure(hub, place.target(1)).code == ErrorCode.HUB_UNAVAILABLE
    hub.requests.clear()


def ranges(hub: Hub) -> list[str | None]:
    return [request.range for request in hub.body_requests("big.bin")]


def names(place: Place) -> list[str]:
    return sorted(path.name for path in place.folder.iterdir())


@contextmanager
def serve_big(root: Path) -> Generator[Hub]:
    """A Hub with the big file, small ones, and English."""
    write_repository(
        root / "datasets" / NAME, {"big.bin": CONTENT, "empty.jsonl": b"", "small.jsonl": b'{"text": "a"}\n'}
    )
    english(root)
    with Hub(root) as hub:
        yield hub
