"""The dispatcher: follows the log from a checkpoint, opens runs, and is the only sender of their pieces.

Any number may run; a session advisory lock elects the one that works.
"""

import logging
import random
import signal
import time
from functools import partial
from itertools import chain
from types import FrameType

import psycopg
import redis
from dramatiq.brokers.redis import RedisBroker

from domain.adapters import Adapters, checkpoints, locks, pieces
from domain.adapters.away import DATABASE_AWAY
from domain.adapters.connecting import connect
from domain.adapters.files import named
from domain.adapters.listener import Listener
from domain.adapters.logs import correlated
from domain.adapters.pieces import PLAN, Lease, NewPiece
from domain.adapters.postgres_log import APPEND_CHANNEL
from domain.adapters.resumable import uploads_of
from domain.adapters.uploads import folder_of, sweep_published
from domain.commands import Command, ConfirmCancel, FailAttempt
from domain.errors import Conflict, ErrorCode
from domain.events import JobFailed
from domain.handle import Handled, handle
from workers.beginning import begin
from workers.broker import open_broker, send, was_emptied
from workers.expiry import purge_expired
from workers.first_indexes import ask_for_first_indexes
from workers.reactions import ACTORS, REACTIONS
from workers.tracing import DISPATCHER, trace_of

BATCH = 500
TICK_SECONDS = 1.0
SWEEP_RUNS_EVERY_SECONDS = 5.0
# Only an upgrade brings such datasets, and a restore of one that lay in the trash meanwhile.
ASK_FOR_INDEXES_EVERY_SECONDS = 60.0
WAIT_AFTER_TROUBLE_SECONDS = 1.0
# Holders beat every second; after an outage of the database nobody counts as gone before they could.
CALM_SECONDS = 5.0

log = logging.getLogger("mistudio.dispatch")


class Dispatcher:
    """One process's share of dispatching."""

    def __init__(self, adapters: Adapters, broker: RedisBroker) -> None:
        self._adapters = adapters
        self._broker = broker
        self._leader: psycopg.Connection[tuple[object, ...]] | None = None
        self._swept = 0.0
        self._calm_since = time.monotonic()

    def tick(self) -> bool:
        """Follow the log and send what may start; False where another process is elected."""
        if not self._elected():
            self.note_trouble()
            return False
        while self._follow():
            pass
        if time.monotonic() - self._calm_since > CALM_SECONDS:
            self._sweep_stalled()
        self._sweep_cancelled()
        is_due = time.monotonic() - self._swept > SWEEP_RUNS_EVERY_SECONDS
        if is_due:
            self._open_missing()
        self._send()
        if is_due:
            self._keep_house()
        return True

    def note_trouble(self) -> None:
        """The servers were away, or another process was elected: living holders first get the time to be heard."""
        self._calm_since = time.monotonic()

    def _elected(self) -> bool:
        """Hold the lock, or try to; a connection that is gone has lost it."""
        try:
            if self._leader is None:
                assert self._adapters.settings.database_url
                self._leader = connect(self._adapters.settings.database_url)
            # reentrant within its session, so asking again while holding it also proves that it is still held
            row = self._leader.execute(
                "SELECT count(*) > 0 OR pg_try_advisory_lock(%(lock)s) FROM pg_locks "
                "WHERE locktype = 'advisory' AND objid = %(lock)s AND pid = pg_backend_pid() AND granted",
                {"lock": locks.LEADER},
            ).fetchone()
        except psycopg.OperationalError:
            self.resign()
            raise
        return bool(row and row[0])

    def resign(self) -> None:
        """Let another process be elected."""
        if self._leader is not None:
            self._leader.close()
        self._leader = None

    def _follow(self) -> bool:
        """React to the next batch of events, then move the checkpoint; False at the end of the log."""
        position = checkpoints.position_of(self._adapters.pool, checkpoints.DISPATCHER)
        batch = self._adapters.log.after(position, BATCH)
        for recorded in batch:
            reaction = REACTIONS.get(type(recorded.event))
            if reaction is not None:
                reaction(self._adapters, recorded)
        if batch:
            checkpoints.move(self._adapters.pool, checkpoints.DISPATCHER, batch[-1].position)
        return len(batch) == BATCH

    def _sweep_stalled(self) -> None:
        for lease in self._adapters.pieces.stalled(self._adapters.settings.lease_seconds):
            told = self._command(_lost(lease), lease.dataset_id, lease.job_id)
            if not told.events or isinstance(told.events[-1].event, JobFailed):
                self._adapters.pieces.let_go(lease)

    def _sweep_cancelled(self) -> None:
        for job_id, dataset_id in self._adapters.pieces.let_go_of(self._adapters.settings.lease_seconds):
            self._command(ConfirmCancel(dataset_id=dataset_id, job_id=job_id), dataset_id, job_id)

    def _open_missing(self) -> None:
        """Open jobs always have pieces; where run state was lost, they begin again from their plan."""
        for job_id, dataset_id, kind in self._adapters.pieces.without_pieces():
            self._adapters.pieces.add(job_id, dataset_id, ACTORS[kind], NewPiece("plan", PLAN))

    def _keep_house(self) -> None:
        """After all is sent, and whatever trouble files make: that is met again in the next round."""
        self._adapters.log.forget_commands()
        self._adapters.secrets.forget_expired()
        purge_expired(self._adapters)
        try:
            uploads_of(self._adapters).sweep()
            self._sweep_published()
        except OSError as trouble:
            log.warning("uploads are not swept now: %s", trouble)
        self._adapters.reservations.sweep()
        self._swept = time.monotonic()

    def _sweep_published(self) -> None:
        """Files of mutations that the database did not answer, once no dataset can come of them any more."""
        storage = self._adapters.storage
        written = chain.from_iterable(named(storage / each) for each in self._adapters.reservations.in_vain())
        folders = (path for path in written if path.name.startswith("upload-"))
        sweep_published(storage, folders, partial(folder_of, self._adapters.log))

    def _command(self, command: Command, dataset_id: str, job_id: str) -> Handled:
        trace = trace_of(self._adapters.log, dataset_id, job_id, DISPATCHER)
        with correlated(trace.correlation_id):
            log.info("asks for %s of job %s", type(command).__name__, job_id)
            return handle(self._adapters.log, command, trace)

    def _send(self) -> None:
        resend = was_emptied(self._broker)
        for message in self._adapters.pieces.ready(self._adapters.settings.downloads, resend=resend):
            with correlated(message.correlation_id):
                log.info("sends %s %s of job %s", message.actor, message.piece, message.job_id)
                of_job = message.dataset_id, message.job_id, message.piece
                send(self._broker, message.actor, *of_job, message.correlation_id)
                self._adapters.pieces.sent(message)


def _lost(lease: Lease) -> FailAttempt:
    return FailAttempt(
        dataset_id=lease.dataset_id,
        job_id=lease.job_id,
        piece=lease.piece,
        fence=lease.fence,
        code=ErrorCode.WORKER_LOST,
        message=f"The worker {lease.holder} was not heard of any more. Its work goes on elsewhere.",
        retryable=True,
        lost=True,
        progressed=lease.progressed,
        jitter=random.random(),  # noqa: S311  spreads retries, keeps no secret
    )


def run(adapters: Adapters, broker: RedisBroker) -> None:
    """Dispatch until SIGTERM or SIGINT. Trouble with the servers is waited out: everything is read again."""
    assert adapters.settings.database_url
    listener = Listener(adapters.settings.database_url, (APPEND_CHANNEL, pieces.CHANNEL))
    stop = _stop_signals(listener)
    dispatcher = Dispatcher(adapters, broker)
    ask_at = time.monotonic()
    while not stop:
        try:
            if dispatcher.tick() and time.monotonic() >= ask_at and not ask_for_first_indexes(adapters):
                ask_at = time.monotonic() + ASK_FOR_INDEXES_EVERY_SECONDS
        except (*DATABASE_AWAY, redis.RedisError, Conflict) as trouble:
            log.warning("waiting for the servers, or for others who write: %s", trouble)
            dispatcher.note_trouble()
            time.sleep(WAIT_AFTER_TROUBLE_SECONDS)
        listener.wait(TICK_SECONDS)
    dispatcher.resign()
    listener.close()


def _stop_signals(listener: Listener) -> list[int]:
    stop: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        stop.append(number)
        listener.wake()

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    return stop


def main() -> None:
    """`python -m workers.dispatch`"""
    with begin("dispatch", connections=2) as adapters:
        assert adapters.settings.redis_url
        run(adapters, open_broker(adapters.settings.redis_url))


if __name__ == "__main__":
    main()
