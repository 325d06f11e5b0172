"""A dataset with all that can be made of it: downloaded, indexed, tokenized, exported, by the real runs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.damage import Published, folders_of
from domain.exports import export_id, export_job_id
from domain.tokenization_commands import ExportTokenization, TokenizeDataset
from tests.domain.stories import DATASET, TOKENIZATION, TOKENIZE_JOB
from tests.hub import Hub
from tests.workers.hub_bench import HubBench
from workers.__main__ import RUNS
from workers.actors import Worker
from workers.child import Child

REPOSITORY = "acme/news"
LINES = "".join(f'{{"text": "line {number} of the news"}}\n' for number in range(200))
EXPORT_JOB = export_job_id(TOKENIZATION, "PARQUET")
AN_HOUR = 3600.0


class Journey(HubBench):
    """One dispatcher and one worker that do every kind of run, driven by hand."""

    def set(self, **settings: Any) -> None:
        super().set(**settings)
        self.worker = Worker(self.worker._adapters, RUNS, "here")

    def make(self) -> None:
        """All of it."""
        assert self.download(REPOSITORY) == "READY"
        ids = {"dataset_id": DATASET, "tokenization_id": TOKENIZATION}
        recipe = {"maxLength": 16}
        asked = TokenizeDataset(**ids, job_id=TOKENIZE_JOB, tokenizer="builtin:byt5", recipe=recipe)
        self.command(asked)
        self.settle()
        export = {"export_id": export_id(TOKENIZATION, "PARQUET"), "job_id": EXPORT_JOB, "format": "PARQUET"}
        self.command(ExportTokenization(**ids, **export))
        self.settle()
        assert {job.status for job in self.state.jobs.values()} == {"SUCCEEDED"}, self.state.jobs

    def settle(self) -> None:
        """Work until nothing is left to do, also of what waits for its time."""
        while True:
            self.tick()
            messages = self.adapters.pieces.ready(1, resend=True)
            if not messages and not self._hurry():
                return
            for message in messages:
                self.worker.perform(message.actor, self.child, message.job_id, message.piece)

    def _hurry(self) -> bool:
        """The time of what waits has come; whether anything waited."""
        now = "UPDATE pieces SET not_before = clock_timestamp() WHERE not_before > clock_timestamp()"
        with self.adapters.pool.connection() as connection:
            return connection.execute(now).rowcount > 0

    def retry_failed(self) -> None:
        """Every job that failed, and all that follows."""
        for job in self.state.jobs.values():
            if job.status == "FAILED":
                self.command(ask.RetryJob(dataset_id=DATASET, job_id=job.id))
        self.settle()

    def folder(self, what: Published) -> Path:
        """Where this is published."""
        return next(self.adapters.storage / one.path for one in folders_of(self.state) if one.what == what)

    def contents(self, what: Published) -> dict[str, bytes]:
        """Every file of it."""
        folder = self.folder(what)
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def begin_journey(adapters: Adapters, root: Path, **settings: Any) -> Iterator[Journey]:
    """A journey whose dataset is made, with a Hub and a child of its own."""
    (root / "datasets" / REPOSITORY).mkdir(parents=True)
    (root / "datasets" / REPOSITORY / "train.jsonl").write_text(LINES)
    with Hub(root) as hub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.url)
        patch.delenv("HF_TOKEN", raising=False)
        child = Child()
        journey = Journey(adapters, child)
        journey.set(**settings)
        try:
            journey.make()
            yield journey
        finally:
            journey.close()
            child.close()


def plant(path: Path, content: str = "planted") -> Path:
    """A file that was written a while ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    age(path)
    return path


def age(path: Path) -> None:
    """As if it had been there for long."""
    for each in (path, *path.rglob("*")):
        os.utime(each, (time.time() - AN_HOUR, time.time() - AN_HOUR))
