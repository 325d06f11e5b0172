"""Datasets brought from a test Hub by the real runs: dispatcher, worker and child, on real servers."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from datasets import DatasetDict, load_from_disk

from domain import commands as ask
from domain import events as past
from domain.adapters import Adapters
from domain.dataset import Dataset, stream_of
from domain.evolve import fold
from domain.handle import handle
from domain.log import Trace
from tests.hub import Hub
from tests.hub_faults import BLOBS
from workers.actors import Worker
from workers.broker import open_broker
from workers.child import Child
from workers.dispatch import Dispatcher
from workers.download_run import DOWNLOAD
from workers.ingest_run import INGEST

TRACE = Trace("command", "story")


class Bringing:
    """One dispatcher and one worker with a real child, driven by hand until nothing is left to do."""

    def __init__(self, adapters: Adapters, child: Child) -> None:
        self.adapters = adapters
        self.broker = open_broker(adapters.settings.redis_url)
        self.dispatcher = Dispatcher(adapters, self.broker)
        self.set()
        self.child = child
        self.dataset_id = ""

    def set(self, **settings: Any) -> None:
        """A worker with other settings."""
        adapters = replace(self.adapters, settings=replace(self.adapters.settings, **settings))
        self.worker = Worker(adapters, {"download_dataset": DOWNLOAD, "ingest_dataset": INGEST}, "here")

    def bring(self, repository: str, **asked: Any) -> Dataset:
        """The dataset when all is over."""
        self.dataset_id, job_id = str(uuid4()), str(uuid4())
        self.command(ask.DownloadDataset(dataset_id=self.dataset_id, job_id=job_id, repository=repository, **asked))
        return self.work()

    def retry(self) -> Dataset:
        """Its download, by hand."""
        first = self.events[0]
        assert isinstance(first, past.DownloadRequested)
        self.command(ask.RetryJob(dataset_id=self.dataset_id, job_id=first.job_id))
        return self.work()

    def command(self, command: ask.Command) -> None:
        handle(self.adapters.log, command, TRACE)

    def work(self) -> Dataset:
        while True:
            assert self.dispatcher.tick()
            assert self.dispatcher.tick()
            messages = self.adapters.pieces.ready(1, resend=True)
            if not messages:
                return self.state
            for message in messages:
                self.worker.perform(message.actor, self.child, message.job_id, message.piece)

    @property
    def events(self) -> list[past.Event]:
        return [recorded.event for recorded in self.adapters.log.read(stream_of(self.dataset_id))]

    @property
    def state(self) -> Dataset:
        state = fold(self.dataset_id, self.events)
        assert state is not None
        return state

    @property
    def error(self) -> past.JobFailed:
        failed = self.events[-1]
        assert isinstance(failed, past.JobFailed), failed
        return failed

    def loaded(self) -> DatasetDict:
        state = self.state
        assert state.folder is not None, self.events[-1]
        found = load_from_disk(str(self.adapters.storage / state.folder))
        assert isinstance(found, DatasetDict)
        return found

    def on_disk(self) -> list[str]:
        """What is there of the dataset, as paths below its folder."""
        home = self.adapters.storage / "datasets" / self.dataset_id
        return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())

    def close(self) -> None:
        self.dispatcher.resign()
        self.broker.close()


def sent(hub: Hub, suffix: str = "") -> int:
    """Bytes of files that were sent, wherever they are kept; but for the card."""
    bodies = [request for request in hub.body_requests(suffix) if "/resolve/" in request.path or request.host == BLOBS]
    return sum(request.sent for request in bodies if not request.path.endswith("README.md"))
