"""The bench with the real runs: downloads from a Hub on loopback, their ingests, tokenizations."""

from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

from domain import commands as ask
from domain.adapters.checking import explain
from domain.adapters.storage import Room
from domain.adapters.uploads import IncomingFile, publish_upload
from domain.dataset import DatasetStatus
from tests.domain.stories import DATASET, JOB
from tests.workers.bench import Bench
from workers.actors import Worker
from workers.child import Child
from workers.download_run import DOWNLOAD
from workers.import_run import IMPORT
from workers.ingest_run import INGEST

RUNS = {"download_dataset": DOWNLOAD, "import_dataset": IMPORT, "ingest_dataset": INGEST}
INGEST_JOB = str(uuid5(NAMESPACE_OID, JOB))
AT_REST = (DatasetStatus.READY, DatasetStatus.FAILED, DatasetStatus.CANCELLED)


class HubBench(Bench):
    """What is asked of it is done by the child that the service has."""

    def __init__(self, adapters, child: Child) -> None:
        super().__init__(adapters, child)
        self.set()

    def set(self, **settings) -> None:
        """A worker with other settings."""
        changed = replace(self.adapters, settings=replace(self.adapters.settings, **settings))
        self.worker = Worker(changed, RUNS, "here")

    def download(self, repository="acme/data", **asked):
        self.command(ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository=repository, **asked))
        return self.rest()

    def upload(self, content: bytes, name: str, **asked):
        """Bring a file as the API does."""
        storage = self.adapters.storage
        file = IncomingFile(storage, Room(str(storage), 0, None), name, len(content), self.adapters.reservations)
        file.write(content)
        upload = file.end()
        folder = f"datasets/{DATASET}/upload-{JOB}"
        publish_upload(upload, storage / folder)
        file.close()
        ids = {"dataset_id": DATASET, "job_id": JOB, "folder": folder, "path": upload.stored_name}
        told = {"file_name": upload.name, "format": upload.format, "size_bytes": upload.size, "sha256": upload.sha256}
        self.command(ask.UploadDataset(**ids, **told, **asked))
        return self.rest()

    def retry(self):
        """Try the job that failed once more."""
        [job] = [job for job in self.state.jobs.values() if job.status == "FAILED"]
        self.command(ask.RetryJob(dataset_id=DATASET, job_id=job.id))
        assert self.state.status == "QUEUED"
        return self.rest()

    def rest(self):
        """Work until the dataset is ready or has failed, and a little on; its status."""
        for _ in range(20):
            self.work(rounds=2)
            self.wait_over()
            if self.state.status in AT_REST:
                break
        self.work(rounds=3)
        return self.state.status

    @property
    def home(self):
        return self.adapters.storage / "datasets" / DATASET

    def unaccounted(self):
        """What disk and log differ in: what neither an event names nor a row of the ledger stands for, what is missing,
        and what is altered."""
        return explain(self.adapters)

    def ledger_rows(self, job):
        with self.adapters.pool.connection() as connection:
            query = "SELECT count(*) FROM pieces WHERE job_id = %s"
            return connection.execute(query, (job,)).fetchone()[0]

    def a_day_later(self):
        """The clean-up of what failed is due."""
        with self.adapters.pool.connection() as connection:
            connection.execute("UPDATE pieces SET not_before = clock_timestamp()")
        self.work()

    def row(self):
        """The dataset as the API reads it."""
        with self.adapters.pool.connection() as connection:
            query = "SELECT status, error, row_count, skipped_rows, text_column FROM datasets WHERE id = %s"
            names = ("status", "error", "row_count", "skipped_rows", "text_column")
            return dict(zip(names, connection.execute(query, (DATASET,)).fetchone(), strict=True))
