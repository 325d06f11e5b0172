"""What has happened at the end of a dataset's life. Stored as all events are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetTrashed:
    def summary(self) -> str:
        return "Moved to the trash"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRestored:
    """It is back at the status that it was trashed from."""

    status: str

    def summary(self) -> str:
        return f"Restored from the trash: {self.status} as before"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPurgeRequested:
    """Its files are to go, then its rows, and there is no way back. `after_days` in the trash nobody has to ask."""

    job_id: str
    after_days: int | None = None

    def summary(self) -> str:
        if self.after_days is None:
            return "Purge was requested"
        return f"Purge begins by itself after {self.after_days:,} days in the trash"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPurged:
    """The end of its stream."""

    job_id: str
    bytes_freed: int
    files_left: int = 0

    def summary(self) -> str:
        return f"Purged: {self.bytes_freed:,} bytes freed, {self.files_left:,} files left"


TrashEvent = DatasetTrashed | DatasetRestored | DatasetPurgeRequested | DatasetPurged
