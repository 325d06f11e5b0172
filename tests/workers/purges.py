"""A dataset with files, and who purges it."""

from pathlib import Path

from domain.adapters import Adapters
from domain.dataset import stream_of
from domain.log import Append, Trace
from domain.trash_commands import DeleteDataset
from domain.trash_events import DatasetPurged
from tests.domain.stories import DATASET, PURGE_JOB, ready
from tests.workers.bench import Bench
from workers.actors import Worker
from workers.child import Child
from workers.purge_run import PURGE as RUN

PURGE = DeleteDataset(dataset_id=DATASET, purge=True)
FILES = {"source/train.parquet": 300, "data/train/0.arrow": 200, "data/state.json": 10, "work-x/00000.1.arrow": 5}
BYTES = sum(FILES.values())


class PurgeBench(Bench):
    """The ready dataset of the domain's stories, with files in its folder."""

    def __init__(self, adapters: Adapters, child: Child) -> None:
        super().__init__(adapters, child)
        self.worker = Worker(adapters, {"purge_dataset": RUN}, "here")
        self.home = adapters.storage / "datasets" / DATASET
        put(self.home, FILES)
        adapters.log.append(Append(stream_of(DATASET), 0, ready(), Trace("command", "story")))

    def pieces_left(self) -> int:
        with self.adapters.pool.connection() as connection:
            return int(connection.execute("SELECT count(*) FROM pieces").fetchone()[0])  # type: ignore[index]

    def ends(self) -> list[DatasetPurged]:
        return [event for event in self.events if isinstance(event, DatasetPurged)]


def put(home: Path, files: dict[str, int]) -> None:
    for name, size in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x" * size)


def assert_is_gone(bench: PurgeBench, freed: int = BYTES) -> None:
    assert bench.ends() == [DatasetPurged(job_id=PURGE_JOB, bytes_freed=freed, files_left=0)]
    assert not bench.home.exists()
    assert bench.home.parent.is_dir()
    assert bench.pieces_left() == 0
    assert bench.adapters.progress.of_datasets([DATASET]) == {}
