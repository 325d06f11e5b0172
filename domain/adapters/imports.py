"""What an import would bring: the files at a path, the format that they share, and the split that each goes to."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Any

from domain.adapters.import_files import NotImportable, below, list_imports, open_import
from domain.adapters.upload_formats import UNKNOWN, format_of
from domain.adapters.uploads import clean_name, with_suffix
from domain.errors import ErrorCode

TRAIN = "train"
# How the name of a file, or of a folder that it is in, begins, and the split that this means.
SPLITS: Mapping[str, str] = {
    "train": TRAIN,
    "test": "test",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
}


@dataclass(frozen=True, slots=True)
class FoundImport:
    """`path` is below the root, and `files` are as ImportDataset has them."""

    path: str
    name: str
    format: str
    size: int
    files: Sequence[Mapping[str, Any]]


def find_import(root: Path, asked: str, split: str | None) -> FoundImport:
    """What is at a path as a client names it; `split` is for all its files, None: as they are called.

    Raises NotImportable.
    """
    path = below(root, asked)
    listed = list_imports(root, path)
    formats = {file: _format_at(root, file) for file, _ in listed}
    shared = _shared(path, {file: formats[file] for file, size in listed if size} or formats)
    is_file = listed[0][0] == path
    home = PurePosixPath(path).parent if is_file else PurePosixPath(path)
    files = dict[str, Mapping[str, Any]]()
    # folders are called as they are
    taken = {str(folder) for file, _ in listed for folder in PurePosixPath(file).relative_to(home).parents}
    for file, size in listed:
        inner, format_ = PurePosixPath(file).relative_to(home), formats[file] if size else shared
        kept = _kept_as(inner, format_, taken)
        taken.add(kept)
        into = split or (TRAIN if is_file else split_of(inner))
        files[kept] = {"from": file, "path": kept, "split": into, "format": format_, "size": size}
    name = PurePosixPath(path).name or root.name
    return FoundImport(path, name, shared, sum(size for _, size in listed), list(files.values()))


def split_of(path: PurePosixPath) -> str:
    """The split of a file, by its path in what is imported; `train` where that says nothing."""
    beginnings = (re.split(r"[-_. ]", part.lower())[0] for part in path.parts)
    return next((SPLITS[beginning] for beginning in beginnings if beginning in SPLITS), TRAIN)


def _format_at(root: Path, file: str) -> str:
    with open_import(root, file) as opened:
        return format_of(Path(f"/proc/self/fd/{opened.fileno()}"), PurePosixPath(file).name)


def _shared(path: str, formats: Mapping[str, str]) -> str:
    """The format that files have in common: without their packing, where that differs."""
    kinds = {format_.partition(".")[0]: file for file, format_ in formats.items()}
    if UNKNOWN in kinds:
        message = f"{kinds[UNKNOWN]} is in no format that is read here: see what uploadDataset takes, or leave it out."
        raise NotImportable(message, ErrorCode.UNSUPPORTED_FORMAT)
    if len(kinds) > 1:
        told = ", ".join(f"{file} is {kind}" for kind, file in sorted(kinds.items()))
        message = f"The files of {path} are not of one format ({told}): import them by themselves."
        raise NotImportable(message, ErrorCode.UNSUPPORTED_FORMAT)
    return next(iter(formats.values())) if len(set(formats.values())) == 1 else next(iter(kinds))


def _kept_as(path: PurePosixPath, format_: str, taken: Container[str]) -> str:
    """The path of a copy, which no other has and whose suffix is that of the format."""
    name = with_suffix(clean_name(path.name), format_)
    names = chain([name], (f"{number}-{name}" for number in count(2)))
    return next(kept for kept in (str(path.with_name(name)) for name in names) if kept not in taken)
