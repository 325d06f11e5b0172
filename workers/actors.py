"""The actors: thin shells that take a lease, have the child do one piece, and report by command."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeVar

from domain.adapters import Adapters
from domain.adapters.away import DATABASE_AWAY
from domain.adapters.files import full_storage_is_told
from domain.adapters.pieces import CLEAN_ACTOR, COMPLETE, PLAN, WORK, Lease, NewPiece
from domain.adapters.progress import LEAST_SECONDS_BETWEEN_WRITES
from domain.adapters.public_ids import public_id
from domain.adapters.reservations import told_need
from domain.commands import Command, FailAttempt, StartJob
from domain.dataset import dataset_id_of, stream_of
from domain.errors import ClaimTaken, Conflict, ErrorCode, Refused, WorldFailure
from domain.events import DownloadRequested, JobAttemptFailed
from domain.evolve import fold
from domain.handle import handle
from domain.jobs import NO_LONGER_KEPT, WORKABLE, JobStatus
from workers.child import Child, ChildDied
from workers.cleaning import clean_attempt, clean_run
from workers.failures import failed, internal, message_of
from workers.holding import Holding
from workers.room import hold_room, reserve_room
from workers.runs import Call, Run, Task
from workers.tracing import trace_in, trace_of

INSIST_EVERY_SECONDS = 0.5
CLEAN_AGAIN_AFTER_SECONDS = 60.0

Result = TypeVar("Result")

# What a plan finds and its pieces carry on.
CUT_INTO_PIECES = ("files", "pieces")

OUTGROWN = (
    "It took more than {:,} bytes of memory, and was ended: rows are too large, or claim to be. MISTUDIO_WORK_MEMORY "
    "says how much it may take."
)

log = logging.getLogger("mistudio.worker")


class LetGo(Exception):  # noqa: N818  what happened, not a fault
    """The piece is no longer ours to do, or the process is stopping: give it back without a report."""


class Worker:
    """What the actors of one process share. `holder` names the process in leases."""

    def __init__(self, adapters: Adapters, runs: Mapping[str, Run], holder: str) -> None:
        self._adapters = adapters
        self._runs = runs
        self._holder = holder
        self._held: set[Holding] = set()
        self._lock = threading.Lock()
        self.stopping = False

    def stop(self) -> None:
        """An orderly stop: whatever is in hand is given back, which counts as no attempt."""
        with self._lock:
            self.stopping = True
            for holding in self._held:
                holding.let_go()

    def perform(self, actor: str, child: Child, job_id: str, piece: str) -> None:
        """Do one piece, if it may be done now."""
        lease = None if self.stopping else self._adapters.pieces.take(job_id, piece, self._holder)
        if lease is None:
            return
        log.info("begins %s %s of job %s, fence %s", actor, piece, job_id, lease.fence)
        with Holding(self._adapters.pieces, lease, child, self._adapters.settings.work_memory) as holding:
            with self._lock:
                self._held.add(holding)
            try:
                self._report(lease, self._attempt(actor, child, holding))
            finally:
                with self._lock:
                    self._held.discard(holding)

    def _attempt(self, actor: str, child: Child, holding: Holding) -> FailAttempt | None:
        """Do the piece; what went wrong comes back as a command, None where there is nothing to report."""
        lease = holding.lease
        try:
            self._do(actor, child, holding)
        except LetGo:
            self._let_go(lease)
        except (*DATABASE_AWAY, Conflict) as trouble:
            log.warning("%s of job %s is left to its lease: %s", lease.piece, lease.job_id, trouble)
        except WorldFailure as failure:
            return self._world_failed(holding, failure)
        except ClaimTaken as taken:
            return failed(holding, ErrorCode.DUPLICATE_DATASET, self._duplicate(taken))
        except Refused as refused:
            return self._refused(holding, refused)
        except ChildDied as death:
            return self._died(holding, death)
        except Exception as bug:  # noqa: BLE001  the actor shell: every bug becomes a fact of the log
            return internal(holding, bug)
        return None

    def _duplicate(self, taken: ClaimTaken) -> str:
        """The one that is here, as clients know it."""
        requested = self._adapters.log.read(taken.holder)[0].event
        assert isinstance(requested, DownloadRequested), "only a download claims"
        known = public_id("Dataset", dataset_id_of(taken.holder))
        return (
            f"The same data is here already, as {requested.name} (dataset {known}): "
            "use that one, or download once more with allowDuplicate: true."
        )

    def _refused(self, holding: Holding, refused: Refused) -> FailAttempt | None:
        """The job ended meanwhile, which leaves nothing to say; or the domain will not take the result."""
        if refused.code in (ErrorCode.INVALID_TRANSITION, ErrorCode.NOT_FOUND):
            self._let_go(holding.lease)
            return None
        return failed(holding, refused.code, message_of(refused))

    def _let_go(self, lease: Lease) -> None:
        self._adapters.pieces.let_go(lease)
        clean_attempt(self._adapters, lease)

    def _world_failed(self, holding: Holding, failure: WorldFailure) -> FailAttempt:
        for file in failure.damaged:
            self._adapters.pieces.redo(holding.lease.job_id, file)
        holding.progressed = holding.progressed and not failure.discarded
        command = failed(holding, failure.code, failure.message, retryable=failure.retryable)
        return replace(command, retry_after_seconds=failure.retry_after_seconds)

    def _died(self, holding: Holding, death: ChildDied) -> FailAttempt | None:
        if holding.lost or self.stopping:
            self._let_go(holding.lease)
            return None
        told = f"It failed because {death}. The work goes on elsewhere."
        memory = self._adapters.settings.work_memory
        message = OUTGROWN.format(memory) if holding.outgrown else told
        # what was too much for one attempt is too much for the next
        return failed(holding, ErrorCode.WORKER_LOST, message, retryable=not holding.outgrown, lost=True)

    def _report(self, lease: Lease, failure: FailAttempt | None) -> None:
        if failure is None:
            return
        told = handle(self._adapters.log, failure, trace_of(self._adapters.log, lease.dataset_id, lease.job_id))
        if told.events and isinstance(told.events[-1].event, JobAttemptFailed):
            return
        if lease.actor == CLEAN_ACTOR:  # of a job that is over no attempts are counted
            self._adapters.pieces.reopen(lease.job_id, lease.piece, lease.fence, CLEAN_AGAIN_AFTER_SECONDS)
        elif told.events:
            self._adapters.pieces.let_go(lease)
        else:  # it came too late, and may have failed for what was removed below its hands
            self._let_go(lease)

    def _do(self, actor: str, child: Child, holding: Holding) -> None:
        lease = holding.lease
        if actor not in self._runs:
            clean_run(self._adapters, lease)
            return
        run, task = self._runs[actor], self._begin(lease)
        if run.writes:
            with full_storage_is_told(task.storage):
                task.work.mkdir(parents=True, exist_ok=True)
        if lease.stage == PLAN:
            self._plan(run, task, child, holding)
            return
        planned = self._adapters.pieces.outcome(lease.job_id, "plan")
        hold_room(self._adapters, task, planned)
        if lease.stage == COMPLETE:
            self._complete(run, task, child, holding)
        else:
            outcome = self._call(run, run.work(task, planned), child, holding)
            for fact in run.facts(task, outcome):
                self._tell(task, fact)
            self._commit(lease, outcome, run.follow(task, outcome))

    def _begin(self, lease: Lease) -> Task:
        """The job is RUNNING from its first piece on."""
        history = self._adapters.log.read(stream_of(lease.dataset_id))
        state = fold(lease.dataset_id, (recorded.event for recorded in history))
        assert state is not None, "a lease belongs to a dataset"
        job = state.jobs[lease.job_id]
        if job.status not in WORKABLE:
            raise LetGo
        task = Task(state, lease, self._adapters.settings, trace_in(history, job))
        if job.status == JobStatus.QUEUED:
            self._tell(task, StartJob(dataset_id=lease.dataset_id, job_id=lease.job_id))
        return task

    def _tell(self, task: Task, command: Command) -> None:
        """A result is not thrown away for an outage that is shorter than a lease: the command is idempotent."""
        self._insist(lambda: handle(self._adapters.log, command, task.trace))

    def _insist(self, write: Callable[[], Result]) -> Result:
        deadline = time.monotonic() + self._adapters.settings.lease_seconds
        while True:
            try:
                return write()
            except DATABASE_AWAY:
                if time.monotonic() > deadline or self.stopping:
                    raise
                time.sleep(INSIST_EVERY_SECONDS)

    def _plan(self, run: Run, task: Task, child: Child, holding: Holding) -> None:
        need = reserve_room(self._adapters, run, task)
        found = self._call(run, run.plan(task), child, holding)
        need = need or reserve_room(self._adapters, run, task, found)
        pin = run.pin(task, found)
        if pin is not None:
            self._tell(task, pin)
        kept = {key: value for key, value in found.items() if key not in CUT_INTO_PIECES}
        self._commit(task.lease, kept | told_need(need), run.pieces(task, found))

    def _complete(self, run: Run, task: Task, child: Child, holding: Holding) -> None:
        ledger = self._adapters.pieces.ledger(task.lease.job_id)
        result = self._call(run, run.complete(task, ledger), child, holding)
        self._tell(task, run.completed(task, ledger, result))
        # after the event the ledger is of no more use; its reaction may have dropped it by now
        self._adapters.pieces.commit(task.lease, {})

    def _commit(self, lease: Lease, outcome: Mapping[str, Any], follow: Sequence[NewPiece] = ()) -> None:
        pieces = self._adapters.pieces
        if not self._insist(lambda: pieces.commit(lease, outcome, follow) or pieces.is_committed(lease)):
            raise LetGo
        self._adapters.progress.settle(lease.job_id, lease.piece)

    def _call(self, run: Run, call: Call, child: Child, holding: Holding) -> dict[str, Any]:
        """Have the child do it; its steps become beats and progress."""
        if holding.lost or self.stopping:
            raise LetGo
        written = 0.0
        with closing(child.call(call.function, call.arguments, self._token(call))) as work:
            while True:
                try:
                    step = next(work)
                except StopIteration as end:
                    result: dict[str, Any] = end.value
                    return result
                holding.heard(committed=step.committed)
                if holding.lease.stage == WORK and time.monotonic() - written >= LEAST_SECONDS_BETWEEN_WRITES:
                    self._show(run, holding.lease, step.done)
                    written = time.monotonic()

    def _token(self, call: Call) -> str | None:
        """Opened just before it is handed to the child. One that is gone is never replaced by the operator's."""
        if call.secret is None:
            return None
        token = self._adapters.secrets.open(call.secret)
        if token is None:
            raise WorldFailure(ErrorCode.AUTHENTICATION_REQUIRED, NO_LONGER_KEPT)
        return token

    def _show(self, run: Run, lease: Lease, done: int) -> None:
        """Progress is not history: what cannot be written now is written with the next step."""
        try:
            self._adapters.progress.write(lease, run.unit, done)
        except DATABASE_AWAY as trouble:
            log.warning("progress of job %s was not written: %s", lease.job_id, trouble)
