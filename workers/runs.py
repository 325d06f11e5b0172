"""How each kind of run is cut and done: which child function serves each stage, with what, and what follows from it.

A run is described by plain functions of the dataset's state; the actors do the same with every one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from domain.adapters.folders import home_of, work_of
from domain.adapters.pieces import COMPLETE, WORK, Lease, NewPiece
from domain.adapters.reservations import Need
from domain.adapters.settings import Settings
from domain.commands import Command
from domain.dataset import Dataset
from domain.log import Trace


@dataclass(frozen=True, slots=True)
class Task:
    """What a run's functions are given. Paths are absolute; `work` is the run's folder of pieces."""

    state: Dataset
    lease: Lease
    settings: Settings
    trace: Trace

    @property
    def secret(self) -> str | None:
        """The handle of the job's token."""
        return self.state.jobs[self.lease.job_id].secret

    @property
    def storage(self) -> Path:
        return self.settings.storage

    @property
    def home(self) -> Path:
        return home_of(self.storage, self.lease.dataset_id)

    @property
    def work(self) -> Path:
        return work_of(self.storage, self.lease.dataset_id, self.lease.job_id)

    @property
    def next_job(self) -> str:
        """The id of the job that follows from the end of this one; another one where that is done once more."""
        job = self.state.jobs[self.lease.job_id]
        first = str(uuid5(NAMESPACE_OID, job.id))
        return first if first not in self.state.jobs else str(uuid5(NAMESPACE_OID, f"{job.id}:{job.attempt}"))

    def target(self, name: str) -> str:
        """Where this attempt writes its piece: no other attempt writes there."""
        return str(self.work / f"{self.lease.piece}.{self.lease.fence}{Path(name).suffix}")

    def final(self, noun: str) -> Path:
        """The unique folder that this attempt publishes."""
        return self.home / f"{noun}-{self.lease.job_id}-{self.lease.fence}"

    def relative(self, path: Path) -> str:
        """As events name it."""
        return str(path.relative_to(self.storage))


@dataclass(frozen=True, slots=True)
class Call:
    """A child function and its plain arguments. `secret` is the handle of the token that the function is given."""

    function: str
    arguments: Mapping[str, Any]
    secret: str | None = None


Ledger = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """One kind of run. `plan`, `work` and `complete` give the calls of the three stages; `pin` the command that fixes
    what the plan found (None: nothing to fix); `pieces` the work that the plan found; `completed` the last command;
    `follow` the work that the outcome of a piece leads to, `facts` what is told of it before it counts as done.
    `writes`: its pieces need a folder. `needs` tells the room that it takes up at its peak: asked before it is planned,
    and again of what the plan found if that cannot be told before; None: not known, or none.
    """

    unit: str
    plan: Callable[[Task], Call]
    pin: Callable[[Task, Mapping[str, Any]], Command | None]
    pieces: Callable[[Task, Mapping[str, Any]], Sequence[NewPiece]]
    work: Callable[[Task, Mapping[str, Any]], Call]
    complete: Callable[[Task, Ledger], Call]
    completed: Callable[[Task, Ledger, Mapping[str, Any]], Command]
    follow: Callable[[Task, Mapping[str, Any]], Sequence[NewPiece]] = lambda _task, _outcome: ()
    facts: Callable[[Task, Mapping[str, Any]], Sequence[Command]] = lambda _task, _outcome: ()
    writes: bool = True
    needs: Callable[[Task, Mapping[str, Any] | None], Need | None] = lambda _task, _found: None


def work_pieces(specs: Sequence[Mapping[str, Any]], amounts: Sequence[int | None]) -> list[NewPiece]:
    """The work of a run in order, and the piece that completes it."""
    work = [
        NewPiece(f"{number:05}", WORK, spec, amount)
        for number, (spec, amount) in enumerate(zip(specs, amounts, strict=True))
    ]
    return [*work, NewPiece("complete", COMPLETE)]


def finished(task: Task, ledger: Ledger) -> list[dict[str, Any]]:
    """The outcomes of the work in order, their files as absolute paths in the run's folder."""
    outcomes = [outcome for piece, outcome in ledger.items() if piece not in ("plan", "complete")]
    return [
        {key: str(task.work / value) if key in FILE_KEYS and value else value for key, value in outcome.items()}
        for outcome in outcomes
    ]


# The keys of an outcome that name files beside each other in the run's folder.
FILE_KEYS = ("file", "words", "frequencies", "documents", "skipped_file")
