"""One dispatcher and one worker, driven by hand, on real servers; only the work itself is a sample."""

from domain import commands as ask
from domain.dataset import stream_of
from domain.evolve import fold
from domain.handle import handle
from domain.log import Trace
from tests.domain.stories import DATASET, JOB, PIN
from tests.workers.sample_work import FUNCTIONS
from workers.actors import Worker
from workers.broker import open_broker
from workers.child import Child
from workers.dispatch import Dispatcher
from workers.runs import Call, Run, work_pieces

TRACE = Trace("command", "story")


def sample_run(*specs) -> Run:
    """A download whose pieces call the functions of `sample_work`."""
    return Run(
        unit="BYTES",
        plan=lambda _task: Call("count", {"to": 1}),
        pin=lambda task, _found: ask.PinDownload(dataset_id=DATASET, job_id=task.lease.job_id, **PIN),
        pieces=lambda _task, _found: work_pieces(specs, [5] * len(specs)),
        work=lambda task, _plan: Call(task.lease.spec["function"], dict(task.lease.spec)),
        complete=lambda _task, ledger: Call("count", {"to": len(ledger)}),
        completed=lambda task, ledger, result: ask.CompleteDownload(
            dataset_id=DATASET,
            job_id=task.lease.job_id,
            folder=f"folder of {len(ledger)}",
            size_bytes=result["counted"],
            ingest_job_id="00000000-0000-4000-8000-000000000003",
        ),
    )


class Bench:
    """One dispatcher and one worker, driven by hand. A `child` that is given is one that others use too."""

    def __init__(self, adapters, child: Child | None = None) -> None:
        self.adapters = adapters
        self.broker = open_broker(adapters.settings.redis_url)
        self.dispatcher = Dispatcher(adapters, self.broker)
        self.child = child or Child(FUNCTIONS)
        self._is_ours = child is None

    def request(self, *specs) -> None:
        self.worker = Worker(self.adapters, {"download_dataset": sample_run(*specs)}, "here")
        self.command(ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english"))

    def command(self, command):
        return handle(self.adapters.log, command, TRACE)

    def tick(self) -> None:
        """What the first look appends is reacted to by the second."""
        assert self.dispatcher.tick()
        assert self.dispatcher.tick()

    def calm(self) -> None:
        """The dispatcher has been at peace for a while, so that who is silent counts as gone."""
        self.dispatcher._calm_since = float("-inf")

    def work(self, *, rounds: int = 12, until=lambda state: False) -> None:
        """Dispatch, and perform what was sent, until nothing is left to do."""
        for _ in range(rounds):
            self.tick()
            if until(self.state):
                return
            for message in self.adapters.pieces.ready(1, resend=True):
                self.worker.perform(message.actor, self.child, message.job_id, message.piece)

    def wait_over(self) -> None:
        """The backoff of a failed attempt has passed."""
        with self.adapters.pool.connection() as connection:
            connection.execute("UPDATE pieces SET not_before = clock_timestamp() - interval '1 s' WHERE stage <= 2")

    def forget_beats(self) -> None:
        """Every holder was last heard of a while ago."""
        with self.adapters.pool.connection() as connection:
            connection.execute("UPDATE pieces SET beat_at = beat_at - interval '1 hour'")
        self.calm()

    @property
    def events(self):
        return [recorded.event for recorded in self.adapters.log.read(stream_of(DATASET))]

    @property
    def state(self):
        return fold(DATASET, self.events)

    @property
    def job(self):
        return self.state.jobs[JOB]

    def close(self) -> None:
        if self._is_ours:
            self.child.close()
        self.dispatcher.resign()
        self.broker.close()


COUNT = {"function": "count", "to": 5}
