"""Jobs called off and tried again over the API, and the downloads that wait for each other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from api.ids import key_of
from tests.end_to_end.calling_off import CANCEL, begin, job, seconds_to_let_go, standing_still, tokenize
from tests.end_to_end.datasets import dataset, download, events, wait_for_index, wait_for_status
from tests.end_to_end.service import Service, serving, until
from tests.hub import Hub

pytestmark = pytest.mark.slow

SLOW_BYTES_A_SECOND = 15_000
# Whatever native code is running, and long before others would take the worker for lost: by the times of the log.
LEASE_SECONDS = 60
LET_GO_WITHIN_SECONDS = 20
OVER = [{"code": "INVALID_TRANSITION", "status": "CANCELLED"}]
RETRY = """
mutation ($id: ID!) {
  retryJob(input: {jobId: $id}) { job { status attempt } errors { code ... on InvalidTransitionError { status } } }
}"""
JOBS = "query ($id: ID!) { jobs(filter: {datasetId: $id}) { nodes { id kind status } } }"
RESERVED = "{ storage { reservedBytes partialBytes } }"


@pytest.fixture(scope="module")
def service(hub: Hub) -> Iterator[Service]:
    """One worker, so that it is known who takes a piece."""
    own = {"MISTUDIO_WORKERS": "1", "MISTUDIO_LEASE_SECONDS": str(LEASE_SECONDS)}
    with serving(hub, MISTUDIO_SHARD_BYTES="100000", **own) as running:
        yield running


@pytest.fixture(scope="module")
def ready(service: Service) -> str:
    dataset_id = download(service, "english")
    wait_for_status(service, dataset_id, "READY", "FAILED")
    wait_for_index(service, dataset_id)
    return dataset_id


@pytest.fixture(scope="module")
def sibling(service: Service, ready: str) -> dict[str, Any]:
    """A tokenization that is ready, and that nothing here is about."""
    tokenize(service, ready, 12)
    until(lambda: dataset(service, ready)["tokenizations"]["nodes"][-1]["status"] == "READY")
    found: dict[str, Any] = dataset(service, ready)["tokenizations"]["nodes"][-1]
    return found


def download_job(service: Service, dataset_id: str) -> str:
    nodes = service.ask(JOBS, id=dataset_id)["jobs"]["nodes"]
    return str(next(node["id"] for node in nodes if node["kind"] == "DOWNLOAD"))


def files(service: Service, dataset_id: str, job_id: str) -> list[Path]:
    """What the job has on disk."""
    home = service.home / "storage" / "datasets" / str(key_of("Dataset", dataset_id))
    return sorted(home.glob(f"*{key_of('Job', job_id)}*"))


@pytest.mark.parametrize("kind", ["TOKENIZE", "INDEX", "EXPORT"])
def test_work_on_a_ready_dataset_is_called_off_and_done_after_all(service, ready, sibling, kind):
    # given a job whose child does not answer
    with standing_still(service):
        job_id = begin(service, kind, ready, sibling["id"])
        until(lambda: job(service, job_id)["status"] == "RUNNING")
        assert service.ask(RETRY, id=job_id)["retryJob"]["errors"] == [
            {"code": "INVALID_TRANSITION", "status": "RUNNING"}
        ]

        # when it is called off, twice; by the second time it may be over
        first, second = (service.ask(CANCEL, id=job_id)["cancelJob"] for _ in range(2))
        assert (first["job"]["status"], first["errors"]) == ("CANCELLING", [])
        assert second["errors"] == OVER or (second["job"]["status"], second["errors"]) == ("CANCELLING", [])

        # then the worker lets go of it all the same
        until(lambda: job(service, job_id)["status"] == "CANCELLED")
    assert seconds_to_let_go(service, ready, job_id) < LET_GO_WITHIN_SECONDS
    again = service.ask(CANCEL, id=job_id)["cancelJob"]["errors"]
    assert again == OVER
    until(lambda: not files(service, ready, job_id))
    until(lambda: service.ask(RESERVED)["storage"] == {"reservedBytes": 0, "partialBytes": 0})
    found = dataset(service, ready)
    assert (found["status"], sibling in found["tokenizations"]["nodes"]) == ("READY", True)
    assert load_from_disk(sibling["path"])

    # and a retry begins it anew
    retried = service.ask(RETRY, id=job_id)["retryJob"]
    assert (retried["errors"], retried["job"]["attempt"]) == ([], 2)
    until(lambda: job(service, job_id)["status"] in ("SUCCEEDED", "FAILED"))
    assert job(service, job_id) == {"status": "SUCCEEDED", "attempt": 2}


def test_downloads_wait_in_their_order_and_a_cancel_lets_the_next_begin(service, gentle_hub):
    # given three downloads, of which one is under way
    gentle_hub.throttle(SLOW_BYTES_A_SECOND)
    first, second, third = (download(service, "english", allowDuplicate=True) for _ in range(3))
    jobs = {dataset_id: download_job(service, dataset_id) for dataset_id in (first, second, third)}
    until(lambda: files(service, first, jobs[first]) and dataset(service, first)["status"] == "DOWNLOADING")
    assert [dataset(service, one)["status"] for one in (second, third)] == ["QUEUED", "QUEUED"]

    # when the one that waits is called off, and then the one that does not
    assert service.ask(CANCEL, id=jobs[second])["cancelJob"]["errors"] == []
    wait_for_status(service, second, "CANCELLED")
    assert dataset(service, first)["status"] == "DOWNLOADING"
    answer = service.ask(CANCEL, id=jobs[first])["cancelJob"]
    assert (answer["job"]["status"], answer["dataset"]["status"]) == ("CANCELLING", "DOWNLOADING")
    wait_for_status(service, first, "CANCELLED")

    # then the next one begins, nothing is left of those, and a retry waits for its turn
    until(lambda: dataset(service, third)["status"] == "DOWNLOADING")
    assert "JobStarted" not in events(service, second)
    until(lambda: not files(service, first, jobs[first]))
    assert service.ask(RETRY, id=jobs[first])["retryJob"]["job"] == {"status": "QUEUED", "attempt": 2}
    assert dataset(service, first)["status"] == "QUEUED"
    gentle_hub.throttle(None)
    for dataset_id in (third, first):
        wait_for_status(service, dataset_id, "READY", "FAILED")
        assert dataset(service, dataset_id)["status"] == "READY"
    assert dataset(service, second)["status"] == "CANCELLED"
