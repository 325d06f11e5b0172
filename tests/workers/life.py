"""A small service driven by hand in this process: the functions of the API, dispatcher, worker, storage and log."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy import DateTime

from api.bulk import delete_meant
from api.bulk_inputs import DeleteDatasetsInput
from api.imports import ImportDatasetInput
from api.room import with_room
from api.taken_uploads import prepare_upload, with_sent_file
from api.uploads import UploadDatasetInput
from domain.adapters.folders import UPLOADS
from domain.adapters.reservations import upload_holder
from domain.adapters.resumable import DURABLE
from domain.adapters.tables import metadata
from domain.aggregates import DATASETS
from domain.commands import Command
from domain.dataset import Dataset
from domain.errors import ClaimTaken, Refused
from domain.handle import Handled, handle
from domain.log import Trace
from tests.workers.here import Here, Vanished
from tests.workers.replayed import Replayed
from tests.workers.sending import NAME, ROWS, Sending
from workers.__main__ import RUNS
from workers.actors import Worker
from workers.broker import open_broker
from workers.child import ChildDied
from workers.cleaning import named_folders
from workers.dispatch import Dispatcher

# One choice in so many is made among all commands, not among those that lead to something now.
ANYTHING_ONE_IN = 6
KEPT = ("alembic_version", "log_identity")
SECONDS_OF_AN_HOUR = 3600
A_DAY = 25


class Life:
    """The service from an empty log on. Every method is what happens next."""

    def __init__(self, adapters):
        self.adapters = adapters
        self.child = Here()
        self.broker = open_broker(adapters.settings.redis_url)
        self.dispatcher = Dispatcher(adapters, self.broker)
        self.worker = self._worker()
        self.replayed = Replayed(adapters)
        self.sending = Sending(adapters)
        self.refused = []

    def _with(self, settings):
        return replace(self.adapters, settings=replace(self.adapters.settings, **settings))

    def _worker(self, **settings):
        return Worker(self._with(settings), RUNS, f"worker {uuid4().hex[:6]}")

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
        self.replayed.begin_anew()
        self.sending = Sending(self.adapters)
        self.files_of_this_machine(ROWS)

    def files_of_this_machine(self, content: bytes) -> None:
        """What can be imported: a file, and a folder of two."""
        for name in (NAME, "news/train.csv", "news/test.csv"):
            path = self.adapters.settings.imports / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def asks(self, command: Command, asked: object = None, **settings) -> bool:
        """Whether it was carried out, as the API does it. What is refused leaves no trace."""
        position, promised = self.adapters.log.newest(), self.promised
        act = partial(with_room, self._with(settings), asked, None, act=self._handle)
        try:
            with_sent_file(self.adapters, asked, command, act)
        except (Refused, ClaimTaken) as refused:
            self.refused.append(refused)
            assert self.adapters.log.newest() == position
            assert self.promised <= promised
            return False
        return True

    def _handle(self, command: Command) -> Handled:
        return handle(self.adapters.log, command, Trace(str(uuid4()), str(uuid4()), cause=type(command).__name__))

    def asks_one(self, choice: int, commands: Sequence[Command], **settings) -> None:
        """One of the commands about datasets: mostly of those that lead to something now."""
        states = {state.id: state for state in self.states}
        possible = [command for command in commands if _leads_on(states[command.dataset_id], command)]
        among = commands if choice % ANYTHING_ONE_IN == 0 or not possible else possible
        if among:
            self.asks(among[choice // ANYTHING_ONE_IN % len(among)], **settings)

    def uploads(self, **asked) -> bool:
        """In one request."""
        file, sent = self.sending.in_one_request()
        try:
            return self._sends(UploadDatasetInput(file=sent, **asked))
        finally:
            file.close()

    def takes(self, upload_id: str, **asked) -> bool:
        """What was sent in many."""
        return self._sends(UploadDatasetInput(upload_id=upload_id, **asked))

    def _sends(self, asked: UploadDatasetInput) -> bool:
        try:
            command, _ = prepare_upload(self.adapters, asked)
        except Refused as refused:
            self.refused.append(refused)
            return False
        return self.asks(command, asked)

    def imports(self, path: str, **settings) -> bool:
        asked = ImportDatasetInput(path=path)
        try:
            command = asked.command(self.adapters.settings.imports, str(uuid4()), str(uuid4()))
        except Refused as refused:
            self.refused.append(refused)
            return False
        return self.asks(command, asked, **settings)

    def deletes_many(self, asked: DeleteDatasetsInput, *, is_meant: bool) -> None:
        """It is told before what would go; it goes if it `is_meant`."""
        assert asked.refusals() == []
        position = self.adapters.log.newest()
        told = delete_meant(self.adapters, replace(asked, dry_run=True), "deleteDatasets").objects
        assert self.adapters.log.newest() == position
        if is_meant:
            assert delete_meant(self.adapters, asked, "deleteDatasets").objects == told
            gone = {"PURGING"} if asked.purge else {"PURGING", "TRASHED"}
            assert {state.status for state in self.states if state.id in told["datasets"].split()} <= gone

    @property
    def states(self) -> list[Dataset]:
        """Every dataset that there is or was, the oldest first."""
        return self.replayed.datasets

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

    def passes(self, hours: int = 1):
        """Time passes: all that was is so much longer ago, in the log, in the views, and of files."""
        with self.adapters.pool.connection() as connection:
            for table in metadata.sorted_tables:
                times = [column.name for column in table.c if isinstance(column.type, DateTime)]
                moved = ", ".join(f"{name} = {name} - make_interval(hours => {hours})" for name in times)
                connection.execute(f"UPDATE {table.name} SET {moved}")
        for path in (self.adapters.storage / UPLOADS).glob(f"*/{DURABLE}"):
            before = path.stat().st_mtime - hours * SECONDS_OF_AN_HOUR
            os.utime(path, (before, before))
        self.replayed.begin_anew()
        self.dispatcher._calm_since = self.dispatcher._swept = float("-inf")
        self.tick()

    def comes_to_rest(self, hours: int = 1):
        """Until nothing is left to do, and so long after."""
        for _ in range(100):
            self.passes(hours)
            if not self.works(1_000):
                return
        raise AssertionError("it comes to no rest")

    @property
    def promised(self) -> set[str]:
        """Who was promised room."""
        with self.adapters.pool.connection() as connection:
            return {row[0] for row in connection.execute("SELECT id FROM reservations").fetchall()}

    @property
    def open_uploads(self) -> set[str]:
        """As they are promised room."""
        return {upload_holder(upload_id).id for upload_id in self.sending.open}

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
