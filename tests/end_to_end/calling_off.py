"""Jobs that are called off while what works on them does not answer, and how long it took."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from api.ids import key_of
from tests.end_to_end import operations as ask
from tests.end_to_end.datasets import history
from tests.end_to_end.service import Service
from tests.end_to_end.takings import send_signal

CANCEL = """
mutation ($id: ID!) {
  cancelJob(input: {jobId: $id}) {
    job { status } dataset { status } errors { code ... on InvalidTransitionError { status } }
  }
}"""
JOB = "query ($id: ID!) { job(id: $id) { status attempt } }"


def tokenize(service: Service, dataset_id: str, max_length: int) -> str:
    """The id of its job."""
    asked = service.ask(ask.TOKENIZE, dataset=dataset_id, tokenizer="acme/bpe", maxLength=max_length)["tokenizeDataset"]
    assert asked["errors"] == []
    return str(asked["job"]["id"])


def begin(service: Service, kind: str, dataset_id: str, tokenization_id: str, max_length: int = 13) -> str:
    """Asks for a job of the kind on a dataset that is ready, or on its tokens; its id."""
    if kind == "TOKENIZE":
        return tokenize(service, dataset_id, max_length)
    if kind == "INDEX":
        return str(service.ask(ask.INDEX, id=dataset_id)["indexDataset"]["job"]["id"])
    return str(service.ask(ask.EXPORT, id=tokenization_id)["exportTokenization"]["job"]["id"])


def job(service: Service, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = service.ask(JOB, id=job_id)["job"]
    return found


def seconds_to_let_go(service: Service, dataset_id: str, job_id: str) -> float:
    """From when the job was called off to when its worker had let go, as the log has it."""
    key = str(key_of("Job", job_id))
    at = {
        event["type"]: datetime.fromisoformat(event["recordedAt"])
        for event in history(service, dataset_id)
        if event["data"].get("job_id") == key
    }
    return (at["JobCancelled"] - at["JobCancelRequested"]).total_seconds()


@contextmanager
def standing_still(service: Service) -> Iterator[None]:
    """Whatever the children have in hand comes no further; those that were killed meanwhile are gone."""
    stopped = service.children()
    send_signal(stopped, signal.SIGSTOP)
    try:
        yield
    finally:
        send_signal(list(set(stopped) & set(service.children())), signal.SIGCONT)
