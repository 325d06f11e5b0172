"""What does not fit is refused before anything is fetched; what did not fit after all is told with its figures."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.adapters import Adapters
from domain.adapters.peaks import bringing_bytes
from domain.adapters.sums import sums_bytes
from domain.errors import ErrorCode
from domain.events import DownloadPinned, JobAttemptFailed
from tests.hub import Hub
from tests.small_disks import small_disk
from tests.texts import english
from tests.workers.bringing import Bringing, sent
from tests.workers.fetching import CONTENT, Place, failure, names, serve_big
from workers.child import Child
from workers.chunks import CHUNK_BYTES

pytestmark = pytest.mark.usefixtures("endpoint")

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with serve_big(tmp_path_factory.mktemp("hub")) as hub:
        english(hub.folder, rows=2000)
        yield hub


@pytest.fixture
def bringing(adapters: Adapters, child: Child) -> Iterator[Bringing]:
    made = Bringing(adapters, child)
    yield made
    made.close()


def sizes(hub: Hub) -> dict[str, int]:
    root = hub.folder / "datasets/acme/english"
    return {str(path.relative_to(root)): path.stat().st_size for path in root.glob("data/*")}


def test_what_does_not_fit_fails_before_anything_is_fetched_and_by_hand_again_when_there_is_room(
    bringing: Bringing, hub: Hub
) -> None:
    bringing.set(quota=300_000)
    assert bringing.bring("acme/english").status == "FAILED"
    needed = bringing_bytes("parquet", sizes(hub)) + sums_bytes(sizes(hub))
    assert (bringing.error.code, bringing.error.retryable) == ("INSUFFICIENT_STORAGE", True)
    assert f"needs about {needed:,} bytes" in bringing.error.message
    assert "300,000 are free" in bringing.error.message
    assert sent(hub) == 0
    assert not any(isinstance(event, DownloadPinned | JobAttemptFailed) for event in bringing.events)
    assert bringing.on_disk() == []
    bringing.set(quota=100_000_000)
    assert bringing.retry().status == "READY"


def test_a_part_fits_where_the_whole_does_not(bringing: Bringing) -> None:
    bringing.set(quota=300_000)
    assert bringing.bring("acme/english", max_bytes=60_000, splits=["test"]).status == "READY"


def test_the_estimate_is_no_less_than_what_the_ingest_leaves_on_disk(bringing: Bringing, hub: Hub) -> None:
    state = bringing.bring("acme/english")
    left = sum(path.stat().st_size for path in (bringing.adapters.storage / str(state.folder)).rglob("*.arrow"))
    assert left < bringing_bytes("parquet", sizes(hub))


def test_a_disk_that_fills_up_in_the_middle_is_told_with_what_is_needed_and_free(hub: Hub, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        place = Place(disk / "pieces")
        told = failure(hub, place.target(1))
        assert (told.code, told.retryable) == (ErrorCode.INSUFFICIENT_STORAGE, False)
        figures = re.search(r"([0-9,]+) bytes more needed, ([0-9,]+) bytes free", told.message)
        assert figures is not None
        needed, free = (int(figure.replace(",", "")) for figure in figures.groups())
        assert len(CONTENT) - MEGABYTE <= needed < len(CONTENT)
        assert free < CHUNK_BYTES
        assert set(names(place)) == {"big.1.bin.part", "big.1.bin.chunks"}
