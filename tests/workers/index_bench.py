"""The bench with the real run of an index, on a small dataset that is ready."""

import threading
import time
from dataclasses import replace

from domain.adapters.folders import home_of, work_of
from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_terms import Term
from domain.adapters.search_words import found_words
from domain.adapters.views import dataset_view
from domain.dataset import stream_of
from domain.evolve import fold
from tests.api.stories import Story, begin
from tests.workers.bench import Bench
from workers.actors import Worker
from workers.child import FUNCTIONS, Child
from workers.index_part import index_part
from workers.index_run import INDEX
from workers.purge_run import PURGE

ROWS = {
    "train": [{"text": f"row {number} of train"} for number in range(40)],
    "test": [{"text": f"row {number} of test, 東京都"} for number in range(9)],
}
HALF = "index_half"
# Of text: the rows come to a few parts.
PART_BYTES = 300


class IndexBench(Bench):
    """One dispatcher and one worker that build an index, driven by hand."""

    story: Story

    def __init__(self, adapters, child: Child) -> None:
        super().__init__(adapters, child)
        self.set()

    def set(self, runs=None, **settings) -> None:
        """A worker with other settings, or other runs."""
        settings = {"index_part_bytes": PART_BYTES, **settings}
        changed = replace(self.adapters, settings=replace(self.adapters.settings, **settings))
        self.worker = Worker(changed, runs or {"index_dataset": INDEX, "purge_dataset": PURGE}, "here")

    def make_ready(self) -> Story:
        """Another dataset, with which the bench goes on."""
        self.story = begin(self.adapters).is_ready(ROWS)
        return self.story

    @property
    def events(self):
        return [recorded.event for recorded in self.adapters.log.read(stream_of(self.story.id))]

    @property
    def state(self):
        return fold(self.story.id, self.events)

    @property
    def home(self):
        return home_of(self.adapters.storage, self.story.id)

    @property
    def work_folder(self):
        return work_of(self.adapters.storage, self.story.id, self.story.job)

    @property
    def ledger(self):
        """The outcomes of the finished parts, by piece."""
        found = self.adapters.pieces.ledger(self.story.job)
        return {piece: outcome for piece, outcome in found.items() if piece not in ("plan", "complete")}

    def finish(self) -> None:
        """Work until nothing is left to do, with the clean-up that gives searches time to end."""
        self.work()
        with self.adapters.pool.connection() as connection:
            connection.execute("UPDATE pieces SET not_before = clock_timestamp() - interval '1 s'")
        self.work()

    def row(self):
        """The dataset as the API reads it."""
        return dataset_view(self.adapters.engine, [self.story.id])[self.story.id]

    def finish_parts(self, number: int) -> None:
        """Work until so many parts are done."""
        self.work(until=lambda _state: "plan" in self.adapters.pieces.ledger(self.story.job))
        for piece in range(number):
            self.worker.perform("index_dataset", self.child, self.story.job, f"{piece:05}")
        assert len(self.ledger) == number

    def found(self, text: str) -> list[tuple[str, int]]:
        """The rows with these words one after another, by split and number within it, in the index that is searched."""
        index = SearchIndex.open(self.adapters.storage / self.row()["index_folder"])
        return [
            (part.split, part.start + row)
            for part in index.parts
            for row in rows_of(part.having(Term([found.word for found in found_words(text)])), part.rows)
        ]

    def hold_part(self, piece: str) -> threading.Thread:
        """A part that the worker has begun to build and does not come to the end of, in a thread."""
        half = replace(INDEX, work=lambda task, plan: replace(INDEX.work(task, plan), function=HALF))
        self.set({"index_dataset": half})
        thread = threading.Thread(
            target=lambda: self.worker.perform("index_dataset", self.child, self.story.job, piece), daemon=True
        )
        thread.start()
        deadline = time.monotonic() + 60
        while not list(self.work_folder.glob(f"{piece}.*")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return thread


def rows_of(bits, rows: int) -> list[int]:
    """The numbers of the rows in a set."""
    return [row for row in range(rows) if bits[row // 8] >> row % 8 & 1]


def make_child() -> Child:
    """The child that the service has."""
    return Child({**FUNCTIONS, HALF: __name__})


def index_half(**arguments):
    """A child function: a part that is begun, and hangs."""
    work = index_part(**arguments)
    yield next(work)
    yield next(work)
    time.sleep(600)
    return {}
