"""Pull any plug in the middle of work: nothing is lost, nothing is done twice, and the job ends by itself."""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from datasets import load_from_disk

from api.ids import key_of
from domain.adapters.embedded import Postgres, Valkey
from tests.end_to_end import operations as ask
from tests.end_to_end.conftest import ROWS
from tests.end_to_end.datasets import dataset, download, events, wait_for_index, wait_for_status
from tests.end_to_end.gates import stop_with_a_piece_in_hand
from tests.end_to_end.service import Service, kill, until
from tests.end_to_end.takings import Takings, send_signal

pytestmark = pytest.mark.slow

ALL_ROWS = ROWS * 2 + ROWS // 4
SLOW_BYTES_A_SECOND = 25_000
LONGEST = 64

VICTIMS: dict[str, Callable[[Service], list[int]]] = {
    "worker": Service.workers,
    "child": Service.children,
    "dispatcher": Service.dispatchers,
    "api": Service.apis,
    "postgres": lambda service: [postgres_pid(service)],
}


def postgres_pid(service: Service) -> int:
    return int((Postgres(service.home).folder / "postmaster.pid").read_text().split()[0])


def tokenize(service: Service, dataset_id: str, max_length: int = LONGEST) -> str:
    """The key of the job. Each test asks for a length of its own: the same work is not done twice."""
    asked = service.ask(ask.TOKENIZE, dataset=dataset_id, tokenizer="acme/bpe", maxLength=max_length)
    assert asked["tokenizeDataset"]["errors"] == []
    return str(key_of("Job", asked["tokenizeDataset"]["job"]["id"]))


def tokenization(service: Service, dataset_id: str):
    """The newest one."""
    return dataset(service, dataset_id)["tokenizations"]["nodes"][0]


def assert_whole(service: Service, dataset_id: str) -> None:
    """READY, once, with every row; nothing else of the job is on disk."""
    found = dataset(service, dataset_id)
    assert found["status"] == "READY", found
    story = events(service, dataset_id)
    assert story.count("DownloadCompleted") == story.count("IngestCompleted") == 1
    assert sum(split.num_rows for split in load_from_disk(found["path"]).values()) == ALL_ROWS
    folder = Path(found["path"]).parent
    until(lambda: not [path for path in folder.iterdir() if path.name.startswith(("work", "source"))])


def in_the_middle(service: Service, dataset_id: str) -> bool:
    """Its first bytes are on their way, and the others take seconds."""
    found = service.ask("query ($id: ID!) { dataset(id: $id) { status progress { done } } }", id=dataset_id)["dataset"]
    return found["status"] == "DOWNLOADING" and bool(found["progress"])


@pytest.mark.sampled(3)
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_download_outlives_a_kill_in_its_middle(service, gentle_hub, victim):
    gentle_hub.throttle(SLOW_BYTES_A_SECOND)
    dataset_id = download(service, victim)
    until(lambda: in_the_middle(service, dataset_id))
    for pid in VICTIMS[victim](service):
        kill(pid)
    gentle_hub.throttle(None)
    wait_for_status(service, dataset_id, "READY", "FAILED")
    assert_whole(service, dataset_id)


@pytest.fixture(scope="module")
def ready(service) -> str:
    dataset_id = download(service, "english")
    wait_for_status(service, dataset_id, "READY", "FAILED")
    wait_for_index(service, dataset_id)
    return dataset_id


@pytest.fixture(scope="module")
def undisturbed(service, ready) -> dict[str, list[list[int]]]:
    """The ids of a tokenization that nobody disturbed."""
    tokenize(service, ready)
    until(lambda: tokenization(service, ready)["status"] == "READY")
    found = load_from_disk(tokenization(service, ready)["path"])
    return {split: rows["input_ids"][:] for split, rows in found.items()}


def assert_tokenized(service: Service, dataset_id: str, undisturbed, max_length: int = LONGEST) -> None:
    until(service.is_ready)
    until(lambda: tokenization(service, dataset_id)["status"] in ("READY", "FAILED"))
    found = tokenization(service, dataset_id)
    assert found["status"] == "READY", found
    for split, rows in load_from_disk(found["path"]).items():
        assert rows["input_ids"][:] == [ids[:max_length] for ids in undisturbed[split]]
    every = dataset(service, dataset_id)["tokenizations"]["nodes"]
    named = {Path(node["path"]) for node in every}
    until(lambda: set(Path(found["path"]).parent.glob("tokens-*")) == named)
    assert events(service, dataset_id).count("TokenizationCompleted") == len(every)


def hold_in_the_middle(service: Service, dataset_id: str, max_length: int) -> list[int]:
    """The children, stopped while one of them has a piece in hand."""
    takings = Takings(service)
    _, stopped = stop_with_a_piece_in_hand(
        service, takings, dataset_id, lambda: tokenize(service, dataset_id, max_length)
    )
    takings.close()
    assert tokenization(service, dataset_id)["status"] == "RUNNING"
    return stopped


@pytest.mark.sampled(3)
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_tokenization_outlives_a_kill_in_its_middle(service, ready, undisturbed, victim):
    max_length = 10 + list(VICTIMS).index(victim)
    before = events(service, ready).count("JobAttemptFailed")
    stopped = hold_in_the_middle(service, ready, max_length)
    for pid in VICTIMS[victim](service):
        kill(pid)
    send_signal(stopped, signal.SIGCONT)
    assert_tokenized(service, ready, undisturbed, max_length)
    lost = events(service, ready).count("JobAttemptFailed") - before
    assert lost > 0 or victim not in ("worker", "child")


def test_a_worker_killed_as_soon_as_its_output_is_renamed_completes_once(service, ready, undisturbed):
    folder = Path(dataset(service, ready)["path"]).parent
    before = set(folder.glob("tokens-*"))
    victims = service.workers() + service.children()
    tokenize(service, ready, 20)
    until_quickly(lambda: _published(folder) - before)
    for pid in victims:
        kill(pid)
    assert_tokenized(service, ready, undisturbed, 20)


def _published(folder: Path) -> set[Path]:
    return {path for path in folder.glob("tokens-*") if "." not in path.name}


def until_quickly(happened: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_worker_killed_right_after_the_append_completes_once(service, ready, undisturbed):
    victims = service.workers() + service.children()
    newest = service.ask("{ position }")["position"]
    with service.subscribe(ask.FOLLOW, after=newest) as results:
        tokenize(service, ready, 21)
        for result in results:
            if any(event["type"] == "TokenizationCompleted" for event in result["events"]["events"]):
                break
    for pid in victims:
        kill(pid)
    assert_tokenized(service, ready, undisturbed, 21)


def test_redis_may_be_emptied_at_any_moment(service, gentle_hub, undisturbed):
    client = redis.Redis.from_url(Valkey(service.home).url)
    over = threading.Event()

    def empty() -> None:
        while not over.wait(0.15):
            client.flushall()

    emptier = threading.Thread(target=empty)
    emptier.start()
    try:
        gentle_hub.throttle(SLOW_BYTES_A_SECOND * 18)
        dataset_id = download(service, "redis")
        wait_for_status(service, dataset_id, "READY", "FAILED")
        tokenize(service, dataset_id)
        assert_tokenized(service, dataset_id, undisturbed)
    finally:
        over.set()
        emptier.join()
        client.close()
    assert_whole(service, dataset_id)


def test_after_ctrl_c_and_a_start_everything_is_there_and_work_goes_on_by_itself(service, gentle_hub, ready):
    gentle_hub.throttle(SLOW_BYTES_A_SECOND)
    dataset_id = download(service, "restart")
    until(lambda: in_the_middle(service, dataset_id))
    before = service.ask(ask.EVENTS, after="0", first=500)["events"]["events"]
    assert service.stop() == 0
    gentle_hub.throttle(None)
    service.start()
    after = service.ask(ask.EVENTS, after="0", first=500)["events"]["events"]
    assert after[: len(before)] == before
    assert dataset(service, ready)["status"] == "READY"
    wait_for_status(service, dataset_id, "READY", "FAILED")
    assert_whole(service, dataset_id)
    assert "JobAttemptFailed" not in events(service, dataset_id), "an orderly stop counts as no attempt"
