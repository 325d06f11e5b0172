"""Where things of a dataset lie below the storage."""

from pathlib import Path

DATASETS = "datasets"
INCOMING = "incoming"  # in one request
UPLOADS = "uploads"  # over as many requests as it takes
# Where files lie that are sent here, until a dataset has them.
UPLOADING = (INCOMING, UPLOADS)


def home_of(storage: Path, dataset_id: str) -> Path:
    """The folder of all that belongs to a dataset."""
    return storage / DATASETS / dataset_id


def work_of(storage: Path, dataset_id: str, job_id: str) -> Path:
    """The folder of a run's pieces; it goes when the run is over."""
    return home_of(storage, dataset_id) / f"work-{job_id}"
