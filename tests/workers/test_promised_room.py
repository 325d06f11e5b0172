"""Jobs are promised room before they write, and give it back however they end."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import NAMESPACE_OID, uuid4, uuid5

import pytest

from domain import commands as ask
from domain import events as past
from domain.adapters import Adapters
from domain.adapters.reservations import Holder, Need
from domain.adapters.storage import room_of
from domain.trash_commands import DeleteDataset
from tests.api.stories import Story
from tests.api.stories import begin as begin_story
from tests.hub import Hub
from tests.texts import english
from tests.workers.bringing import Bringing, sent
from workers.actors import Worker
from workers.child import Child
from workers.download_run import DOWNLOAD
from workers.index_run import INDEX
from workers.ingest_run import INGEST
from workers.purge_run import PURGE
from workers.reactions import ACTORS
from workers.tokenize_run import TOKENIZE

pytestmark = pytest.mark.usefixtures("endpoint")

QUOTA = 2_000_000
OTHERS = Holder("others", "none/*")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with Hub(tmp_path_factory.mktemp("hub")) as hub:
        english(hub.folder, rows=2000)
        yield hub


@pytest.fixture
def bringing(adapters: Adapters, child: Child) -> Iterator[Bringing]:
    made = Bringing(adapters, child)
    made.set(quota=QUOTA)
    yield made
    made.close()


def promised(bringing: Bringing) -> int:
    return bringing.adapters.reservations.room(room_of(bringing.adapters.settings)).promised


def take(bringing: Bringing, size: int) -> None:
    """Others are promised so much."""
    need, room = Need(size, "Others", "wait"), room_of(bringing.adapters.settings)
    bringing.adapters.reservations.reserve(OTHERS, need, room, seconds=600)


def begin(bringing: Bringing) -> str:
    """Ask for the dataset; its job."""
    bringing.dataset_id, job_id = str(uuid4()), str(uuid4())
    bringing.command(
        ask.DownloadDataset(
            dataset_id=bringing.dataset_id, job_id=job_id, repository="acme/english", allow_duplicate=True
        )
    )
    return job_id


def perform(bringing: Bringing, job_id: str, piece: str) -> None:
    assert bringing.dispatcher.tick()
    actor = "download_dataset" if job_id in str(bringing.events[0]) else "ingest_dataset"
    bringing.worker.perform(actor, bringing.child, job_id, piece)


def test_what_is_promised_to_others_is_not_there_for_a_download(bringing: Bringing, hub: Hub) -> None:
    take(bringing, QUOTA - 1000)
    assert bringing.bring("acme/english").status == "FAILED"
    assert (bringing.error.code, bringing.error.retryable) == ("INSUFFICIENT_STORAGE", True)
    assert "1,000 are free" in bringing.error.message
    assert sent(hub) == 0
    bringing.adapters.reservations.release(OTHERS.id)
    assert bringing.retry().status == "READY"
    assert promised(bringing) == 0


def test_a_download_that_is_planned_keeps_the_room_from_the_next_one(bringing: Bringing) -> None:
    first = begin(bringing)
    perform(bringing, first, "plan")
    needed = promised(bringing)
    bringing.set(quota=needed + needed // 2)
    perform(bringing, begin(bringing), "plan")
    assert bringing.error.code == "INSUFFICIENT_STORAGE"
    assert f"needs about {needed:,} bytes" in bringing.error.message
    assert bringing.dispatcher.tick()
    assert promised(bringing) == needed


def test_the_ingest_has_the_room_of_its_download_before_it_begins(bringing: Bringing) -> None:
    job = begin(bringing)
    for piece in ("plan", "00000", "00001", "00002", "complete"):
        perform(bringing, job, piece)
    assert isinstance(bringing.events[-1], past.DownloadCompleted)
    assert bringing.dispatcher.tick()
    assert not bringing.adapters.reservations.has(job)
    ingest = str(uuid5(NAMESPACE_OID, job))
    before = promised(bringing)
    assert bringing.adapters.reservations.has(ingest)
    assert before > bringing.events[-1].size_bytes
    perform(bringing, ingest, "plan")
    assert promised(bringing) == before
    assert bringing.work().status == "READY"
    assert promised(bringing) == 0


def test_a_download_that_failed_holds_no_room_and_needs_it_again_when_it_is_retried(
    bringing: Bringing, hub: Hub
) -> None:
    job = begin(bringing)
    for piece in ("plan", "00000"):
        perform(bringing, job, piece)
    hub.fail("*/resolve/*.parquet", status=404)
    perform(bringing, job, "00001")
    assert bringing.work().status == "FAILED"
    assert promised(bringing) == 0
    hub.heal()
    hub.requests.clear()
    take(bringing, QUOTA * 9 // 10)
    assert bringing.retry().status == "FAILED"
    assert (bringing.error.code, sent(hub)) == ("INSUFFICIENT_STORAGE", 0)
    bringing.adapters.reservations.release(OTHERS.id)
    assert bringing.retry().status == "READY"
    assert promised(bringing) == 0


def test_a_download_that_was_cancelled_holds_no_room(bringing: Bringing) -> None:
    job = begin(bringing)
    perform(bringing, job, "plan")
    assert promised(bringing) > 0
    bringing.command(ask.CancelJob(dataset_id=bringing.dataset_id, job_id=job))
    assert bringing.work().status == "CANCELLED"
    assert promised(bringing) == 0


def test_a_purged_dataset_holds_no_room(bringing: Bringing) -> None:
    runs = {"download_dataset": DOWNLOAD, "ingest_dataset": INGEST, "purge_dataset": PURGE}
    bringing.worker = Worker(bringing.adapters, runs, "here")
    bringing.bring("acme/english")
    bringing.adapters.reservations.reserve(
        Holder(bringing.events[0].job_id, "none/*"),  # type: ignore[union-attr]
        Need(1000, "A job", "wait"),
        room_of(bringing.adapters.settings),
    )
    bringing.command(DeleteDataset(dataset_id=bringing.dataset_id, purge=True))
    assert bringing.work().is_purged
    assert promised(bringing) == 0


def test_the_promise_of_a_job_that_nobody_reacted_for_is_swept(bringing: Bringing) -> None:
    bringing.bring("acme/english")
    left = Holder(bringing.events[0].job_id, "none/*")  # type: ignore[union-attr]
    bringing.adapters.reservations.reserve(left, Need(1000, "A job", "wait"), room_of(bringing.adapters.settings))
    bringing.dispatcher._swept = float("-inf")
    assert bringing.dispatcher.tick()
    assert promised(bringing) == 0


def asked_of_rows(bringing: Bringing, kind: str) -> Story:
    """A job of the kind, on a ready dataset that came without a Hub."""
    small = replace(bringing.adapters, settings=replace(bringing.adapters.settings, quota=QUOTA))
    bringing.worker = Worker(small, {"tokenize_dataset": TOKENIZE, "index_dataset": INDEX}, "here")
    story = begin_story(bringing.adapters).is_ready()
    bringing.dataset_id = story.id
    return story.asks_for_tokens() if kind == "TOKENIZE" else story.asks_for_an_index()


@pytest.mark.parametrize("kind", ["TOKENIZE", "INDEX"])
def test_what_is_made_of_rows_has_its_room_once_it_is_planned_and_until_its_end(bringing: Bringing, kind: str) -> None:
    job = asked_of_rows(bringing, kind).job
    assert bringing.dispatcher.tick()
    bringing.worker.perform(ACTORS[kind], bringing.child, job, "plan")
    assert promised(bringing) > 0
    assert bringing.work().jobs[job].status == "SUCCEEDED"
    assert promised(bringing) == 0


@pytest.mark.parametrize("kind", ["TOKENIZE", "INDEX"])
def test_what_is_promised_to_others_is_not_there_for_what_is_made_of_rows(bringing: Bringing, kind: str) -> None:
    take(bringing, QUOTA - 50_000)
    job = asked_of_rows(bringing, kind).job
    assert bringing.dispatcher.tick()
    bringing.worker.perform(ACTORS[kind], bringing.child, job, "plan")
    assert bringing.error.code == "INSUFFICIENT_STORAGE"
    assert bringing.state.jobs[job].status == "FAILED"
    assert [path for path in bringing.on_disk() if job in path and path.endswith((".arrow", ".index"))] == []
