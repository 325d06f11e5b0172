"""A small service driven by hand in this process: dispatcher, worker, storage and log, and what may go wrong with them.

The functions of the child run here, so that a life of many jobs takes seconds; `Here` can vanish in the middle of one.
"""

import gc
import json
import traceback
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from domain.adapters.folders import home_of
from domain.aggregates import DATASETS
from domain.commands import Command, UploadDataset
from domain.dataset import Dataset, dataset_id_of
from domain.errors import ClaimTaken, Refused, WorldFailure
from domain.evolve import fold
from domain.handle import handle
from domain.import_commands import ImportDataset
from domain.log import Trace
from workers.__main__ import RUNS
from workers.actors import Worker
from workers.broker import open_broker
from workers.child import FUNCTIONS, ChildBug, ChildDied
from workers.cleaning import named_folders
from workers.dispatch import Dispatcher

ROWS = b"title,text,stars\n" + b"".join(b"Title %d,some text of row %d,%d\n" % (n, n, n % 5) for n in range(12))
# One choice in so many is made among all commands, not among those that lead to something now.
ANYTHING_ONE_IN = 6
KEPT = ("alembic_version", "log_identity")


class Vanished(BaseException):
    """The worker is gone from one moment to the next: nothing is reported, nothing is tidied up."""


class Here:
    """The child's functions, called in this process. `fate` is what comes over the next call, after so many steps."""

    def __init__(self):
        self.fate = None
        self._left_lying = []

    def call(self, function, arguments, token=None):
        given = {} if token is None else {"token": token}
        work = getattr(import_module(FUNCTIONS[function]), function)(**arguments, **given)
        fate, self.fate = self.fate, None
        for number in range(10_000):
            if fate is not None and number == fate[0]:
                self._left_lying.append(work)  # as it is: whoever is killed tidies nothing up
                fate[1]()
            try:
                step = next(work)
            except StopIteration as end:
                return json.loads(json.dumps(end.value))
            except WorldFailure:
                raise
            except Exception as bug:
                raise ChildBug(traceback.format_exc()) from bug
            yield step
        raise AssertionError(f"{function} has no end")

    def kill(self):
        """There is no process to kill."""

    def bury(self):
        """What was left lying goes at last."""
        self._left_lying.clear()
        gc.collect()


class Life:
    """The service from an empty log on. Every method is what happens next."""

    def __init__(self, adapters):
        self.adapters = adapters
        self.child = Here()
        self.broker = open_broker(adapters.settings.redis_url)
        self.dispatcher = Dispatcher(adapters, self.broker)
        self.worker = self._worker()
        self.refused = []

    def _worker(self, **settings):
        changed = replace(self.adapters, settings=replace(self.adapters.settings, **settings))
        return Worker(changed, RUNS, f"worker {uuid4().hex[:6]}")

    def begin_anew(self):
        """Nothing has happened yet."""
        self.child.bury()
        for path in self.adapters.storage.glob("*/*"):
            _remove(path)
        with self.adapters.pool.connection() as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            tables = [name for (name,) in found if name not in KEPT]
            connection.execute(f"TRUNCATE {', '.join(tables)}")
        self.refused = []

    def asks(self, command: Command) -> bool:
        """Whether it was carried out. What is refused leaves no trace."""
        position = self.adapters.log.newest()
        try:
            handle(self.adapters.log, command, Trace(str(uuid4()), str(uuid4()), cause=type(command).__name__))
        except (Refused, ClaimTaken) as refused:
            self.refused.append(refused)
            assert self.adapters.log.newest() == position
            return False
        return True

    def asks_one(self, choice: int, commands: Sequence[Command]) -> None:
        """One of the commands about datasets: mostly of those that lead to something now."""
        states = {state.id: state for state in self.states}
        possible = [command for command in commands if _leads_on(states[command.dataset_id], command)]
        among = commands if choice % ANYTHING_ONE_IN == 0 or not possible else possible
        if among:
            self.asks(among[choice // ANYTHING_ONE_IN % len(among)])

    def uploads(self, **asked) -> bool:
        dataset_id, job_id = str(uuid4()), str(uuid4())
        folder = home_of(self.adapters.storage, dataset_id) / f"upload-{job_id}"
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_bytes(ROWS)
        told = {"file_name": "rows.csv", "format": "csv", "size_bytes": len(ROWS), "sha256": sha256(ROWS).hexdigest()}
        where = {"folder": str(folder.relative_to(self.adapters.storage)), "path": "rows.csv"}
        return self.asks(UploadDataset(dataset_id=dataset_id, job_id=job_id, **where, **told, **asked))

    def imports(self) -> bool:
        (self.adapters.settings.imports).mkdir(parents=True, exist_ok=True)
        (self.adapters.settings.imports / "rows.csv").write_bytes(ROWS)
        ids = {"dataset_id": str(uuid4()), "job_id": str(uuid4())}
        file = {"from": "rows.csv", "path": "0.csv", "split": "train", "format": "csv", "size": len(ROWS)}
        told = {"path": "rows.csv", "format": "csv", "size_bytes": len(ROWS), "name": "rows"}
        return self.asks(ImportDataset(**ids, files=[file], **told))

    @property
    def states(self) -> list[Dataset]:
        """Every dataset that there is or was, the oldest first."""
        streams = {}
        for recorded in self.adapters.log.after(0, 100_000):
            if recorded.stream.startswith("dataset-"):
                streams.setdefault(recorded.stream, []).append(recorded.event)
        found = (fold(dataset_id_of(stream), events) for stream, events in streams.items())
        return [state for state in found if state is not None]

    def tick(self):
        """What the first look appends is reacted to by the second."""
        assert self.dispatcher.tick()
        assert self.dispatcher.tick()

    def works(self, pieces: int, fate=None, **settings) -> int:
        """Do so many pieces at most; `fate` comes over the first. How many there were to do."""
        self.worker = self._worker(**settings)
        done = 0
        while done < pieces:
            self.tick()
            messages = self.adapters.pieces.ready(1, resend=True)[: pieces - done]
            if not messages:
                break
            for message in messages:
                self.child.fate, fate = fate, None
                try:
                    self.worker.perform(message.actor, self.child, message.job_id, message.piece)
                except Vanished:
                    self.worker = self._worker(**settings)
                self.child.fate = None
                done += 1
        self.tick()
        return done

    def vanish(self):
        raise Vanished

    def die(self):
        raise ChildDied("it was killed by SIGKILL")

    def passes(self, *, a_day: bool = False):
        """So much time passes that nobody waits any more, and who is silent counts as gone; or `a_day`."""
        waiting = "" if a_day else "WHERE not_before < clock_timestamp() + interval '1 hour'"
        with self.adapters.pool.connection() as connection:
            connection.execute(f"UPDATE pieces SET not_before = clock_timestamp() - interval '1 s' {waiting}")
            connection.execute("UPDATE pieces SET beat_at = beat_at - interval '1 hour'")
        self.dispatcher._calm_since = self.dispatcher._swept = float("-inf")
        self.tick()

    def comes_to_rest(self, *, a_day: bool = False):
        """Until nothing is left to do."""
        for _ in range(100):
            self.passes(a_day=a_day)
            if not self.works(1_000):
                return
        raise AssertionError("it comes to no rest")

    @property
    def pieces(self) -> set[str]:
        """The jobs that have pieces: they run, are kept for a retry, or are to be cleaned up after."""
        with self.adapters.pool.connection() as connection:
            return {str(row[0]) for row in connection.execute("SELECT DISTINCT job_id FROM pieces").fetchall()}

    def unexplained(self) -> list[str]:
        """Files and folders of datasets for which neither the log nor the run state has a reason."""
        states, pieces = {state.id: state for state in self.states}, self.pieces
        found = []
        for path in sorted((self.adapters.storage / "datasets").glob("*/*")):
            state = states.get(path.parent.name)
            name = str(path.relative_to(self.adapters.storage))
            if state is None or not _is_explained(state, path, name, pieces):
                found.append(name)
        return found

    def missing(self) -> list[str]:
        """Folders that the log names and that are not there."""
        found = []
        for state in self.states:
            if state.is_purged or state.status == "PURGING":
                continue
            tokens = [tokenization.folder for tokenization in state.tokenizations.values()]
            exports = [export.folder for export in state.exports.values()]
            index = None if state.index is None else state.index.folder
            named = [name for name in (state.folder, index, *tokens, *exports) if name is not None]
            found += [name for name in named if not (self.adapters.storage / name).is_dir()]
        return found

    def close(self):
        self.child.bury()
        self.dispatcher.resign()
        self.broker.close()


def _leads_on(state: Dataset, command: Command) -> bool:
    try:
        return bool(DATASETS.decide(state, command))
    except Refused:
        return False


def _is_explained(state: Dataset, path: Path, name: str, pieces: set[str]) -> bool:
    """Named by an event; or of a run that is not over, or is still to be cleaned up after."""
    if name in named_folders(state) or state.status == "PURGING":
        return True
    live = {job.id for job in state.jobs.values() if job.is_open or job.id in pieces}
    if path.name.startswith("index-") and any(state.jobs[job_id].kind == "INDEX" for job_id in live):
        return True  # one that was replaced, until whoever searches in it has ended
    removed = {job_id for purge, jobs in state.removals.items() if purge in live for job_id in jobs}
    return any(job_id in path.name for job_id in live | removed)


def _remove(path: Path) -> None:
    if path.is_dir():
        for below in path.iterdir():
            _remove(below)
        path.rmdir()
    else:
        path.unlink()
