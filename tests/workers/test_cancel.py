"""Jobs of every kind are called off while their child is in native code: it is killed, and nothing of them is left."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.pieces import Message
from domain.errors import ErrorCode
from domain.exports import export_id, export_job_id
from domain.index_commands import IndexDataset
from domain.jobs import Job
from domain.tokenization_commands import ExportTokenization, TokenizeDataset
from tests.api.client import until
from tests.domain.stories import DATASET, INDEX_JOB, JOB, PRESET, TOKENIZATION, TOKENIZE_JOB
from tests.hub import Hub
from tests.texts import english
from tests.workers.hub_bench import INGEST_JOB, HubBench
from tests.workers.native_work import FUNCTIONS
from workers.__main__ import RUNS
from workers.actors import Worker
from workers.child import Child

pytestmark = pytest.mark.usefixtures("endpoint")

EXPORT_JOB = export_job_id(TOKENIZATION, "PARQUET")
SIBLING, SIBLING_JOB = PRESET, str(uuid5(NAMESPACE_OID, PRESET))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    english(folder, "acme/data", rows=300)
    with Hub(folder) as running:
        yield running


@pytest.fixture
def held() -> Iterator[Child]:
    """A child whose work never comes back."""
    made = Child(FUNCTIONS)
    yield made
    made.close()


class CancelBench(HubBench):
    """All kinds of runs; shards and parts are small, so that there are several pieces of each."""

    def __init__(self, adapters: Adapters, child: Child) -> None:
        super().__init__(adapters, child)
        small = replace(adapters.settings, shard_bytes=20_000, index_part_bytes=20_000)
        self.worker = Worker(replace(adapters, settings=small), RUNS, "here")

    def begin(self, kind: str) -> str:
        """Ask for a job of the kind, with all that it needs done; its id."""
        self.command(ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/data"))
        if kind in ("DOWNLOAD", "INGEST"):
            return JOB if kind == "DOWNLOAD" else INGEST_JOB
        self.work(rounds=30)
        assert self.state.status == "READY"
        if kind == "INDEX":
            self.command(IndexDataset(dataset_id=DATASET, job_id=INDEX_JOB))
            return INDEX_JOB
        self.tokenize(SIBLING, SIBLING_JOB, maxLength=8)
        if kind == "TOKENIZE":
            self.work(rounds=30)
        self.tokenize(TOKENIZATION, TOKENIZE_JOB, maxLength=16)
        if kind == "TOKENIZE":
            return TOKENIZE_JOB
        self.work(rounds=30)
        ids = {"tokenization_id": TOKENIZATION, "export_id": export_id(TOKENIZATION, "PARQUET"), "job_id": EXPORT_JOB}
        self.command(ExportTokenization(dataset_id=DATASET, **ids))
        return EXPORT_JOB

    def tokenize(self, tokenization: str, job: str, **recipe: int) -> None:
        ids = {"dataset_id": DATASET, "tokenization_id": tokenization, "job_id": job}
        self.command(TokenizeDataset(**ids, tokenizer="builtin:byt5", recipe=recipe))

    def come_to_work_of(self, job: str) -> Message:
        """Do all up to the first piece of the job's work, and no further."""
        for _ in range(30):
            self.tick()
            for message in self.adapters.pieces.ready(1, resend=True):
                if message.job_id == job and message.piece == "00000":
                    return message
                self.worker.perform(message.actor, self.child, message.job_id, message.piece)
        raise AssertionError(f"no work of {job}")

    def of(self, job: str) -> Job:
        return self.state.jobs[job]

    def files_of(self, job: str) -> Sequence[Path]:
        return sorted(self.home.glob(f"*{job}*")) if self.home.exists() else ()

    def reserved(self) -> int:
        with self.adapters.pool.connection() as connection:
            row = connection.execute("SELECT count(*) FROM reservations").fetchone()
        assert row is not None
        return int(row[0])

    def hold(self, child: Child, message: Message) -> threading.Thread:
        """The piece, in the hands of a child that is in native code."""
        attempt = (message.actor, child, message.job_id, message.piece)
        working = threading.Thread(target=self.worker.perform, args=attempt, daemon=True)
        working.start()
        until(lambda: any(row.job_id == message.job_id for row in self.shown()), seconds=60)
        assert child.lives
        return working

    def shown(self) -> Sequence[object]:
        return self.adapters.progress.of_datasets([DATASET]).get(DATASET, ())


@pytest.fixture
def bench(adapters: Adapters, child: Child) -> Iterator[CancelBench]:
    made = CancelBench(adapters, child)
    yield made
    made.close()


def made_by(bench: CancelBench, jobs: set[str]) -> dict[str, list[Path]]:
    """The folders of each job, but those that its end leaves to be cleared away."""
    return {job: [path for path in bench.files_of(job) if not path.name.startswith("work-")] for job in jobs}


@pytest.mark.parametrize("kind", ["DOWNLOAD", "INGEST", "INDEX", "TOKENIZE", "EXPORT"])
def test_a_job_is_cancelled_whatever_native_code_its_child_is_in_and_begins_anew_by_a_retry(bench, held, kind):
    # given a job whose child is in the midst of its work, and hears of nothing
    job = bench.begin(kind)
    working = bench.hold(held, bench.come_to_work_of(job))
    assert bench.of(job).kind == kind
    others = {name for name in bench.state.jobs if name != job}
    before = made_by(bench, others)

    # when it is called off, twice
    for _ in range(2):
        bench.command(ask.CancelJob(dataset_id=DATASET, job_id=job))
        assert bench.of(job).status == "CANCELLING"

    # then the worker lets go, the child is gone, and so is all that the job had
    bench.tick()
    working.join(30)
    assert not working.is_alive()
    assert not held.lives
    bench.work()
    assert bench.of(job).status == "CANCELLED"
    assert (bench.files_of(job), bench.ledger_rows(job), bench.shown(), bench.reserved()) == ([], 0, (), 0)
    assert made_by(bench, others) == before
    assert bench.state.status == ("CANCELLED" if kind in ("DOWNLOAD", "INGEST") else "READY")

    # and a retry begins anew and comes to its end
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=job))
    bench.work(rounds=30)
    assert (bench.of(job).status, bench.of(job).attempt) == ("SUCCEEDED", 2)
    assert bench.state.status == "READY"


def test_a_cancelled_tokenization_leaves_its_siblings_alone(bench, held):
    bench.begin("TOKENIZE")
    sibling = bench.state.tokenizations[SIBLING]
    files = sorted((bench.adapters.storage / sibling.folder).rglob("*"))
    working = bench.hold(held, bench.come_to_work_of(TOKENIZE_JOB))
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=TOKENIZE_JOB))
    bench.tick()
    working.join(30)
    bench.work()
    assert bench.state.tokenizations[SIBLING] == sibling
    assert bench.of(SIBLING_JOB).status == "SUCCEEDED"
    assert sorted((bench.adapters.storage / sibling.folder).rglob("*")) == files


def test_a_failed_tokenization_goes_on_at_its_shards_and_a_cancelled_one_makes_them_anew(bench):
    # given a tokenization that fails when its first shard is done
    bench.begin("TOKENIZE")
    message = bench.come_to_work_of(TOKENIZE_JOB)
    bench.worker.perform(message.actor, bench.child, message.job_id, message.piece)
    done = bench.adapters.pieces.outcome(TOKENIZE_JOB, "00000")["file"]
    failed = {
        "piece": "00001",
        "fence": 10**9,
        "code": ErrorCode.TOKENIZATION_FAILED,
        "message": "",
        "retryable": False,
    }
    bench.command(ask.FailAttempt(dataset_id=DATASET, job_id=TOKENIZE_JOB, **failed))
    bench.work(rounds=2)

    # when it is retried, then the shard is there and is not made again
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=TOKENIZE_JOB))
    bench.tick()
    assert bench.adapters.pieces.outcome(TOKENIZE_JOB, "00000")["file"] == done

    # and when it is cancelled and retried, it is
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=TOKENIZE_JOB))
    bench.work(rounds=3)
    bench.command(ask.RetryJob(dataset_id=DATASET, job_id=TOKENIZE_JOB))
    message = bench.come_to_work_of(TOKENIZE_JOB)
    bench.worker.perform(message.actor, bench.child, message.job_id, message.piece)
    assert bench.adapters.pieces.outcome(TOKENIZE_JOB, "00000")["file"] != done
    bench.work(rounds=30)
    assert bench.of(TOKENIZE_JOB).status == "SUCCEEDED"


def test_a_job_that_waits_is_cancelled_before_anything_of_it_began(bench):
    job = bench.begin("DOWNLOAD")
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=job))
    bench.work()
    kinds = [type(event).__name__ for event in bench.events]
    assert kinds == ["DownloadRequested", "JobCancelRequested", "JobCancelled"]
    assert bench.unaccounted() == []
