"""Clearing away what a run leaves: its folder of pieces, outputs that no event names, originals after their ingest."""

from pathlib import Path

from domain.adapters import Adapters
from domain.adapters.files import remove_tree
from domain.adapters.pieces import CLEAN_FIRST, Lease
from domain.damage import folders_of, is_dropped, named_folders
from domain.dataset import Dataset, DatasetStatus, stream_of
from domain.evolve import fold
from domain.jobs import JobKind, JobStatus


def clean_run(adapters: Adapters, lease: Lease) -> None:
    """Remove the leftovers of an ended job; a job that goes on meanwhile keeps everything."""
    state = _state_of(adapters, lease)
    job = state.jobs[lease.job_id]
    if (lease.stage == CLEAN_FIRST or not job.is_open) and not _is_left_to_purge(state, job.id):
        folder = adapters.storage / "datasets" / lease.dataset_id
        for leftover in _leftovers(folder, adapters.storage, state, lease.job_id):
            remove_tree(leftover)
        if job.kind == JobKind.INGEST and job.status == JobStatus.SUCCEEDED:
            _drop_originals(adapters, state)
        if job.kind == JobKind.INDEX:
            _drop_replaced_indexes(adapters, lease)
    if job.is_open:
        adapters.pieces.commit(lease, {})
    else:
        adapters.pieces.forget(lease.job_id)


def clean_attempt(adapters: Adapters, lease: Lease) -> None:
    """An attempt that came too late takes along what only it wrote, since its run may be cleaned up already."""
    state = _state_of(adapters, lease)
    if state.jobs[lease.job_id].is_open or adapters.pieces.is_committed(lease):
        return
    home = adapters.storage / "datasets" / lease.dataset_id
    if state.is_purged:
        remove_tree(home)
        return
    work = home / f"work-{lease.job_id}"
    named = {adapters.storage / name for name in named_folders(state)}
    # up to the dot, so that fence 1 does not stand for 12
    published = (*home.glob(f"*-{lease.job_id}-{lease.fence}"), *home.glob(f"*-{lease.job_id}-{lease.fence}.*"))
    for folder in published:
        if folder not in named:
            remove_tree(folder)
    for written in (work / f"{lease.piece}.{lease.fence}", *work.glob(f"{lease.piece}.{lease.fence}.*")):
        remove_tree(written)
    if work.is_dir() and not any(work.iterdir()):
        work.rmdir()


def _state_of(adapters: Adapters, lease: Lease) -> Dataset:
    history = adapters.log.read(stream_of(lease.dataset_id))
    state = fold(lease.dataset_id, (recorded.event for recorded in history))
    assert state is not None, "a lease belongs to a dataset"
    return state


def _leftovers(folder: Path, storage: Path, state: Dataset, job_id: str) -> list[Path]:
    """The job's folders that no event names."""
    named = {storage / name for name in named_folders(state)}
    return [path for path in sorted(folder.glob(f"*-{job_id}*")) if path not in named]


def _is_left_to_purge(state: Dataset, job_id: str) -> bool:
    """Whether a purge takes all that the job has written: what goes before it is counted is freed and not told."""
    going = (jobs for purge, jobs in state.removals.items() if state.jobs[purge].is_open)
    return state.status == DatasetStatus.PURGING or any(job_id in jobs for jobs in going)


def _drop_replaced_indexes(adapters: Adapters, lease: Lease) -> None:
    """Whoever has one open goes on with its mapped files, and opens the newest next."""
    # listed before the state is read, so that none is among them which an event has named meanwhile
    found = sorted((adapters.storage / "datasets" / lease.dataset_id).glob("index-*"))
    state = _state_of(adapters, lease)
    named = {adapters.storage / name for name in named_folders(state)}
    built = [job.id for job in state.jobs.values() if job.kind == JobKind.INDEX and job.is_open]
    for path in found:
        if path not in named and not any(job_id in path.name for job_id in built):
            remove_tree(path)


def _drop_originals(adapters: Adapters, state: Dataset) -> None:
    """They stay where their ingest was told to keep them, and where they were fetched anew for another one."""
    for folder in folders_of(state):
        if is_dropped(state, folder):
            remove_tree(adapters.storage / folder.path)
