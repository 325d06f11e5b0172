"""Removing the files of a dataset, or of some of its jobs, entry by entry of its folder. It may happen twice: what is
gone is no error."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.adapters.files import (
    count_files,
    freed_by_removing,
    fsync_folder,
    remove_file_by_file,
    remove_tree,
    tree_size,
)
from domain.errors import ErrorCode, WorldFailure
from workers.steps import Step, Work


def plan_purge(*, folder: str, jobs: Sequence[str] | None = None) -> Work:
    """Looks at what lies in `folder`, or at that of some jobs alone; one that is not there is empty.

    Returns {"bytesFreed" (by removing it all), "pieces": [{"name" (of an entry), "bytes"}]}.
    """
    yield Step(0, None, "BYTES")
    home = Path(folder)
    entries = _entries(home, jobs)
    pieces = [{"name": path.name, "bytes": tree_size(path)} for path in entries]
    return {"bytesFreed": freed_by_removing(*entries), "pieces": pieces}


def _entries(home: Path, jobs: Sequence[str] | None) -> list[Path]:
    """Each entry of a run has the id of its job in its name."""
    found = sorted(home.iterdir()) if home.is_dir() else []
    return [path for path in found if jobs is None or any(job_id in path.name for job_id in jobs)]


def purge_entry(*, folder: str, name: str, bytes: int) -> Work:
    """Removes the entry `name` of `folder`, of about so many bytes. Returns {}. IN_USE where the system refuses."""
    yield Step(0, bytes, "BYTES")
    done = 0
    with _refusal_is_told(Path(folder, name)):
        for size in remove_file_by_file(Path(folder, name)):
            done += size
            yield Step(done, bytes, "BYTES", committed=True)
    return {}


def complete_purge(*, folder: str, jobs: Sequence[str] | None = None) -> Work:
    """Removes `folder`, or that of some jobs alone, with whatever has come into it meanwhile, durably.

    Returns {"filesLeft"}. IN_USE where the system refuses.
    """
    yield Step(0, 1, "PIECES")
    home = Path(folder)
    gone = [home] if jobs is None else _entries(home, jobs)
    with _refusal_is_told(home):
        for path in gone:
            remove_tree(path)
        kept = home.parent if jobs is None else home
        if kept.is_dir():
            fsync_folder(kept)
    yield Step(1, 1, "PIECES")
    return {"filesLeft": sum(map(count_files, gone))}


@contextmanager
def _refusal_is_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = (
            f"{path.name} could not be removed ({error.strerror}): let go of whatever holds it, see that this service "
            "may write there, then retry the job, or delete the dataset with purge: true once more."
        )
        raise WorldFailure(ErrorCode.IN_USE, message, retryable=True) from error
