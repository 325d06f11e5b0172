"""A failed download goes on after `retryJob` where it was, with another token when that is what it lacks."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.gated import dataset, download, retry, settings, wait_for_end, write_gated, write_large
from tests.end_to_end.service import Service
from tests.hub import Hub
from tests.hub_faults import HUB
from tests.servers import temporary_home
from tests.texts import write_repository
from workers.chunks import CHUNK_BYTES

pytestmark = pytest.mark.slow

FIRST, SECOND = "hf_first_reader", "hf_second_reader"
FILE = "train.jsonl"
SAVED_CHUNKS = 5


@pytest.fixture(scope="module")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("gated")
    write_gated(root, FIRST)
    write_large(root, "acme/large")
    write_large(root, "acme/open-at-first")
    with Hub(root) as running:
        yield running


@pytest.fixture
def hub(running_hub: Hub) -> Hub:
    running_hub.heal()
    running_hub.requests.clear()
    return running_hub


@pytest.fixture(scope="module")
def service(running_hub: Hub) -> Iterator[Service]:
    with temporary_home() as home:
        environ = {"MISTUDIO_LEASE_SECONDS": "4", "MISTUDIO_WORKERS": "1"}
        running = Service(home, {**running_hub.environment(home), **environ})
        try:
            running.start()
            yield running
        finally:
            running.close()


def cut_off(hub: Hub) -> None:
    """The file breaks off in the middle of a chunk, and then before its first byte, each time."""
    hub.fail(f"*/{FILE}", cut_after=SAVED_CHUNKS * CHUNK_BYTES + CHUNK_BYTES // 2, times=1)
    hub.fail(f"*/{FILE}", cut_after=0)


def assert_went_on(hub: Hub, name: str) -> None:
    """Nothing came twice but the half of a chunk with which the first attempt broke off."""
    size = (hub.folder / "datasets" / name / FILE).stat().st_size
    first, *_, last = [request for request in hub.body_requests(FILE) if request.sent]
    assert (first.range, first.sent) == (None, SAVED_CHUNKS * CHUNK_BYTES + CHUNK_BYTES // 2)
    assert last.range is not None
    assert last.range.startswith(f"bytes={SAVED_CHUNKS * CHUNK_BYTES}-")
    assert last.sent == size - SAVED_CHUNKS * CHUNK_BYTES


def test_a_download_that_the_hub_failed_three_times_goes_on_at_its_last_whole_chunk(service, hub):
    cut_off(hub)
    asked = download(service, "large")
    failed = wait_for_end(service, asked["dataset"]["id"])
    assert (failed["status"], failed["error"]["code"], failed["error"]["retryable"]) == (
        "FAILED",
        "HUB_UNAVAILABLE",
        True,
    )
    document = "query ($id: ID!) { dataset(id: $id) { history(first: 200) { events { type data } } } }"
    events = service.ask(document, id=asked["dataset"]["id"])["dataset"]["history"]["events"]
    failures = [event["data"]["failures"] for event in events if event["type"] == "JobAttemptFailed"]
    assert failures == [1, 2], "the attempt that saved chunks counts as the first"
    hub.heal()
    assert retry(service, asked["job"]["id"])["errors"] == []
    assert wait_for_end(service, asked["dataset"]["id"])["status"] == "READY"
    assert_went_on(hub, "acme/large")


def test_a_download_whose_repository_became_gated_goes_on_with_a_token(service, hub):
    cut_off(hub)
    asked = download(service, "open-at-first")
    wait_for_end(service, asked["dataset"]["id"])
    hub.heal()
    write_repository(hub.folder / "datasets/acme/open-at-first", settings(FIRST))
    assert retry(service, asked["job"]["id"])["errors"] == []
    failed = wait_for_end(service, asked["dataset"]["id"])
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "AUTHENTICATION_REQUIRED")
    assert "give a token" in failed["error"]["message"]
    assert retry(service, asked["job"]["id"], accessToken=FIRST)["errors"] == []
    assert wait_for_end(service, asked["dataset"]["id"])["status"] == "READY"
    assert_went_on(hub, "acme/open-at-first")


def test_a_download_whose_token_lost_its_access_goes_on_with_another(service, hub):
    cut_off(hub)
    asked = download(service, "gated-large", accessToken=FIRST)
    wait_for_end(service, asked["dataset"]["id"])
    hub.heal()
    write_repository(hub.folder / "datasets/acme/gated-large", settings(SECOND))
    retry(service, asked["job"]["id"])
    failed = wait_for_end(service, asked["dataset"]["id"])
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "ACCESS_DENIED")
    retry(service, asked["job"]["id"], accessToken=SECOND)
    assert wait_for_end(service, asked["dataset"]["id"])["status"] == "READY"
    assert_went_on(hub, "acme/gated-large")
    assert [request.authorization for request in hub.requests if request.host == HUB][-1] == f"Bearer {SECOND}"
    assert dataset(service, asked["dataset"]["id"])["rowCount"] > 0
