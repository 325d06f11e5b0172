"""Removing all files of a dataset, entry by entry of its folder. It may happen twice: what is gone is no error."""

from collections.abc import Iterator
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


def plan_purge(*, folder: str) -> Work:
    """Looks at what lies in `folder`; one that is not there is empty.

    Returns {"bytesFreed" (by removing it all), "pieces": [{"name" (of an entry), "bytes"}]}.
    """
    yield Step(0, None, "BYTES")
    home = Path(folder)
    entries = sorted(home.iterdir()) if home.is_dir() else []
    pieces = [{"name": path.name, "bytes": tree_size(path)} for path in entries]
    return {"bytesFreed": freed_by_removing(home), "pieces": pieces}


def purge_entry(*, folder: str, name: str, bytes: int) -> Work:
    """Removes the entry `name` of `folder`, of about so many bytes. Returns {}. IN_USE where the system refuses."""
    yield Step(0, bytes, "BYTES")
    done = 0
    with _refusal_is_told(Path(folder, name)):
        for size in remove_file_by_file(Path(folder, name)):
            done += size
            yield Step(done, bytes, "BYTES", committed=True)
    return {}


def complete_purge(*, folder: str) -> Work:
    """Removes `folder` with whatever has come into it meanwhile, durably.

    Returns {"filesLeft"}. IN_USE where the system refuses.
    """
    yield Step(0, 1, "PIECES")
    home = Path(folder)
    with _refusal_is_told(home):
        remove_tree(home)
        if home.parent.is_dir():
            fsync_folder(home.parent)
    yield Step(1, 1, "PIECES")
    return {"filesLeft": count_files(home)}


@contextmanager
def _refusal_is_told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = (
            f"{path.name} could not be removed ({error.strerror}): let go of whatever holds it, see that this service "
            "may write there, then delete the dataset with purge: true once more."
        )
        raise WorldFailure(ErrorCode.IN_USE, message, retryable=True) from error
