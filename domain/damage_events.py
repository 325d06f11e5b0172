"""What has happened to files that were published. Stored as all events are."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageFound:
    """Files of the `folder` that this job had published are not what it wrote: nothing is read of it any more.

    `what`: a Published. `paths` are the first of them, `count` is of all; `again`: the job that makes it anew when it
    is retried, None where nothing that is here needs it.
    """

    job_id: str
    what: str
    folder: str
    paths: Sequence[str]
    count: int
    again: str | None = None

    def summary(self) -> str:
        files = f"{self.count:,} files" if self.count > 1 else self.paths[0]
        return f"Damage was found in the {self.what.lower()}: {files}"
