"""What lies in the storage and no event tells of. What is being made just now is none of it: an open job, a run that
still has pieces, a file that a process holds, or one that came a moment ago."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.adapters import Adapters, checkpoints
from domain.adapters.folders import DATASETS, INCOMING, UPLOADING, UPLOADS, home_of
from domain.adapters.resumable import CONTENT, DURABLE, ID, TOLD
from domain.adapters.uploads import is_left
from domain.damage import folders_of, is_dropped
from domain.dataset import Dataset, DatasetStatus, stream_of
from domain.evolve import fold
from domain.jobs import JobKind, JobStatus

OF_UPLOAD = (CONTENT, TOLD, DURABLE)
# A disk's own, where the storage is all of it.
NOT_OURS = ("lost+found",)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A file or folder; `dataset_id` where it lies in the folder of one. What is beside all folders of the service may
    be anybody's, and is not ours to remove."""

    path: Path
    dataset_id: str | None
    reason: str
    is_ours: bool = True


def orphans_of(adapters: Adapters, dataset_id: str, young_seconds: float) -> list[Orphan]:
    """In the folder of one dataset. What is not there any more when it is looked at twice was none."""
    first = _orphans_of(adapters, dataset_id, young_seconds)
    if not first:
        return []
    again = {orphan.path for orphan in _orphans_of(adapters, dataset_id, young_seconds)}
    return [orphan for orphan in first if orphan.path in again]


def _orphans_of(adapters: Adapters, dataset_id: str, young_seconds: float) -> list[Orphan]:
    home = home_of(adapters.storage, dataset_id)
    # listed before the log is read, so that none is among them which an event has named meanwhile
    entries = sorted(home.iterdir()) if home.is_dir() else []
    history = adapters.log.read(stream_of(dataset_id))
    state = fold(dataset_id, (recorded.event for recorded in history))
    if state is None or state.is_purged:
        why = "no event tells of this dataset" if state is None else "its dataset was purged"
        is_left_over = home.exists() and not is_young(home, young_seconds) and not _is_held(home)
        return [Orphan(home, None, why)] if is_left_over else []
    is_followed = checkpoints.position_of(adapters.pool, checkpoints.DISPATCHER) >= history[-1].position
    if state.status == DatasetStatus.PURGING or not is_followed:
        return []
    held = adapters.pieces.jobs_of(dataset_id)
    return [
        Orphan(path, dataset_id, reason)
        for path in entries
        if (reason := _unexplained(adapters.storage, path, state, held)) and not is_young(path, young_seconds)
    ]


def _unexplained(storage: Path, path: Path, state: Dataset, held: set[str]) -> str | None:
    """Why the entry of a dataset's folder should not be there; None where it should, or may."""
    kinds = {job.kind for job in state.jobs.values() if job.is_open or job.id in held}
    folder = next((one for one in folders_of(state) if storage / one.path == path), None)
    if folder is not None:
        is_over = is_dropped(state, folder) and JobKind.INGEST not in kinds
        return "the original files were not to be kept" if is_over else None
    # whoever has a replaced index open goes on with it for a moment
    is_replaced = path.name.startswith("index-") and JobKind.INDEX in kinds
    if is_replaced or any(job_id in path.name for job_id in _at_work(state, held)):
        return None
    return "no event names it, and no job works on it"


def _at_work(state: Dataset, held: set[str]) -> Iterator[str]:
    """The jobs that are not over, or not cleared away, and those whose files another one is to remove."""
    yield from (job.id for job in state.jobs.values() if job.is_open or job.id in held)
    for job_id, removed in state.removals.items():
        if state.jobs[job_id].status != JobStatus.SUCCEEDED or job_id in held:
            yield from removed


def strangers_in(adapters: Adapters, young_seconds: float) -> Iterator[Orphan]:
    """Beside the folders of datasets that the log has: `check` looks at those one by one."""
    found = [*_beside(adapters.storage), *_beside_datasets(adapters.storage), *_being_sent(adapters.storage)]
    yield from (orphan for orphan in found if not is_young(orphan.path, young_seconds))
    known = set(adapters.log.streams())
    for path in sorted(adapters.storage.glob(f"{DATASETS}/*")):
        if _id_of(path) is not None and stream_of(path.name) not in known:
            yield from orphans_of(adapters, path.name, young_seconds)


def _beside(storage: Path) -> Iterator[Orphan]:
    for path in sorted(storage.iterdir()):
        if path.name not in (DATASETS, *UPLOADING, *NOT_OURS):
            yield Orphan(path, None, "nothing of this service is kept here", is_ours=False)


def _beside_datasets(storage: Path) -> Iterator[Orphan]:
    for path in sorted(storage.glob(f"{DATASETS}/*")):
        if _id_of(path) is None:
            yield Orphan(path, None, "it is not called as a dataset is")


def _being_sent(storage: Path) -> Iterator[Orphan]:
    for path in sorted(storage.glob(f"{UPLOADS}/*")):
        if not _is_of_upload(path):
            yield Orphan(path, None, "no upload is called so")
    for path in sorted(storage.glob(f"{UPLOADS}/*/*")):
        if _is_of_upload(path.parent) and path.name not in OF_UPLOAD:
            yield Orphan(path, None, "an upload has no such file")
    for path in sorted(storage.glob(f"{INCOMING}/*")):
        if path.is_dir() or is_left(path):
            yield Orphan(path, None, "no request is sending it any more")


def _is_of_upload(path: Path) -> bool:
    """Whether it is the folder of an upload, which goes by itself when nothing came to it for long enough."""
    return path.is_dir() and ID.fullmatch(path.name) is not None


def is_young(path: Path, seconds: float) -> bool:
    """Whether anything in it was written so short a time ago. What is gone by now is young as well."""
    try:
        newest = max(each.lstat().st_mtime for each in (path, *(path.rglob("*") if path.is_dir() else ())))
    except FileNotFoundError:
        return True
    return bool(newest > time.time() - seconds)


def _is_held(home: Path) -> bool:
    """Also where something goes out of it while this looks."""
    try:
        return any(path.is_file() and not is_left(path) for path in home.rglob("*"))
    except FileNotFoundError:
        return True


def _id_of(path: Path) -> str | None:
    try:
        return str(UUID(path.name)) if str(UUID(path.name)) == path.name else None
    except ValueError:
        return None
