"""What may be asked about the end of a dataset's life."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDataset:
    """Move the dataset to the trash; with `purge` on from there, so that nothing of it is left but its story."""

    dataset_id: str
    purge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDataset:
    """Bring the dataset back from the trash, as it was."""

    dataset_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireDataset:
    """Purge the dataset, which has been in the trash for so many days: as long as the setting says."""

    dataset_id: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletePurge:
    """The files are removed: `bytes_freed` on the disk, `files_left` are still there."""

    dataset_id: str
    job_id: str
    bytes_freed: int
    files_left: int = 0


TrashCommand = DeleteDataset | RestoreDataset | ExpireDataset | CompletePurge
