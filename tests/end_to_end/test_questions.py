"""A look at the Hub while jobs keep every worker busy, and after the process that answers was killed."""

import os

import pytest

from tests.end_to_end import operations as ask
from tests.end_to_end.conftest import NAMES
from tests.end_to_end.datasets import wait_for_index
from tests.end_to_end.service import Service, descendants, kill, until
from tests.hub import Hub

pytestmark = pytest.mark.slow

JOBS = "query ($statuses: [JobStatus!]) { jobs(filter: {status: $statuses}, first: 100) { nodes { kind } } }"


def look(service: Service, repository: str = "acme/lines"):
    return service.ask(ask.LOOK, repository=repository)["hubDataset"]


def is_answered(service: Service) -> bool:
    return look(service)["error"] is None


def niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


def kinds(service: Service, *statuses: str) -> set[str]:
    """Of the jobs with these."""
    return {job["kind"] for job in service.ask(JOBS, statuses=statuses)["jobs"]["nodes"]}


def test_a_flood_of_jobs_keeps_nobody_from_looking_first(service: Service, gentle_hub: Hub) -> None:
    # given a process that is warm, and jobs for all that workers do
    until(lambda: is_answered(service))
    asked = service.ask(ask.DOWNLOAD, repository="acme/english")["downloadDataset"]["dataset"]["id"]
    until(lambda: service.ask(ask.DATASET, id=asked)["dataset"]["status"] == "READY")
    wait_for_index(service, asked)
    gentle_hub.throttle(20_000)
    for name in NAMES[1:]:
        service.ask(ask.DOWNLOAD, repository=f"acme/{name}")
    for length in range(16, 32):
        service.ask(ask.TOKENIZE, dataset=asked, tokenizer="acme/bpe", maxLength=length)
    until(lambda: kinds(service, "RUNNING") == {"DOWNLOAD", "TOKENIZE"})

    # when somebody looks
    found = look(service, "acme/english")

    # then it is told, and there is more to do of both
    assert (found["error"], found["configs"][0]["splitCount"]) == (None, 2)
    assert [dataset["id"] for dataset in found["existing"]] == [asked]
    assert {"DOWNLOAD", "TOKENIZE"} <= kinds(service, "QUEUED", "RUNNING")

    # since the system runs who answers before who works
    children = set(service.children())
    answering = children & set(descendants(*service.answerers()))
    working = children - answering
    assert max(map(niceness, answering)) < min(map(niceness, working))


def test_a_process_that_was_killed_answers_again(service: Service) -> None:
    until(lambda: is_answered(service))
    [before] = service.answerers()

    kill(before)

    until(lambda: service.answerers() not in ([], [before]))
    until(lambda: is_answered(service))
