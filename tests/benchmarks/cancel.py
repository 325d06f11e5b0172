"""Seconds from a cancel to CANCELLED where what works on the job does not answer, as in native code without end."""

import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks.report import Figure
from tests.end_to_end.calling_off import CANCEL, begin, job, seconds_to_let_go, standing_still, tokenize
from tests.end_to_end.datasets import dataset, download, wait_for_index, wait_for_status
from tests.end_to_end.service import Service, serving, until
from tests.hub import Hub
from tests.texts import english
from tests.tokenizers import save_bpe

KINDS = ("TOKENIZE", "INDEX", "EXPORT")
ROUNDS = 4
ROWS = 2_000


def run() -> list[Figure]:
    """The slowest of all kinds and rounds, by the times of the log."""
    with tempfile.TemporaryDirectory() as scratch:
        english(Path(scratch), "acme/english", rows=ROWS)
        save_bpe(Path(scratch, "models/acme/bpe"))
        with Hub(Path(scratch)) as hub, serving(hub, MISTUDIO_WORKERS="2", MISTUDIO_LEASE_SECONDS="60") as service:
            dataset_id, tokenization_id = made_ready(service)
            told = [
                seconds(service, kind, dataset_id, tokenization_id, number)
                for number in range(ROUNDS)
                for kind in KINDS
            ]
    middle = f"median {median(told):.2f}"
    detail = f"of {len(told)} by the times of the log, {middle}: {', '.join(KINDS)}, with all children stopped"
    return [Figure("from a cancel to CANCELLED, the slowest, s", max(told), "<= 3", detail)]


def made_ready(service: Service) -> tuple[str, str]:
    """A dataset, and tokens of it."""
    dataset_id = download(service, "english")
    wait_for_status(service, dataset_id, "READY", "FAILED")
    wait_for_index(service, dataset_id)
    made = tokenize(service, dataset_id, 8)
    until(lambda: job(service, made)["status"] == "SUCCEEDED")
    return dataset_id, str(dataset(service, dataset_id)["tokenizations"]["nodes"][0]["id"])


def seconds(service: Service, kind: str, dataset_id: str, tokenization_id: str, number: int) -> float:
    with standing_still(service):
        begun = begin(service, kind, dataset_id, tokenization_id, max_length=100 + number)
        until(lambda: job(service, begun)["status"] == "RUNNING")
        service.ask(CANCEL, id=begun)
        until(lambda: job(service, begun)["status"] == "CANCELLED")
    return seconds_to_let_go(service, dataset_id, begun)


if __name__ == "__main__":
    for figure in run():
        print(figure)
