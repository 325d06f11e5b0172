"""Which files of a repository globs name, resolved as `data_files` of `datasets` is: on the names alone, no network."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from datasets.data_files import DataFilesList
from datasets.packaged_modules import _EXTENSION_TO_MODULE as READERS

from domain.errors import ErrorCode, WorldFailure
from workers.layout import FORMATS, Layout, refuse_compressed
from workers.source_bytes import COMPRESSED

# As `datasets` has it for files that are named without a split.
SPLIT = "train"
MOST_NAMED = 20


def read_files(skeleton: Path, repository: str, globs: Sequence[str]) -> Layout:
    """The files of all globs, each once, as the split `train`; what has no reader is left out where others have one.

    Raises NOT_FOUND for a glob that names nothing, UNSUPPORTED_FORMAT for files of no or of several formats.
    """
    paths = dict.fromkeys(path for glob in globs for path in _named(skeleton, repository, glob))
    read = {path: READERS[suffix] for path in paths if (suffix := _suffix(path)) in READERS}
    if not read:
        raise _unsupported(f"Nothing is known that reads {_listed(list(paths))}")
    name, options = next(iter(read.values()))
    if any(reader != (name, options) for reader in read.values()):
        kinds = ", ".join(sorted({_suffix(path) for path in read}))
        raise _unsupported(f"The files are of several formats ({kinds})")
    if name not in FORMATS:
        raise _unsupported(f"Files that are read as {name} are not supported")
    refuse_compressed(name, list(read))
    return Layout(None, {SPLIT: list(read)}, name, dict(options), None)


def _named(skeleton: Path, repository: str, glob: str) -> list[str]:
    root = skeleton.resolve()
    found: list[Any] = []
    with suppress(FileNotFoundError):
        found = DataFilesList.from_patterns([glob], base_path=str(root))
    if not found:
        there = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        message = f"No file of {repository} fits {glob}: there is {_listed(there)}."
        raise WorldFailure(ErrorCode.NOT_FOUND, message)
    return [Path(path).relative_to(root).as_posix() for path in found]


def _suffix(path: str) -> str:
    """The suffix that tells the format: the one below that of a compression."""
    pure = PurePosixPath(path.lower())
    return pure.with_suffix("").suffix if pure.suffix in COMPRESSED else pure.suffix


def _listed(paths: Sequence[str]) -> str:
    more = len(paths) - MOST_NAMED
    return ", ".join(paths[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "") if paths else "none"


def _unsupported(message: str) -> WorldFailure:
    return WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, f"{message}: name files of one format that is read here.")
