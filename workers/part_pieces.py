"""How the download of a part is cut: a piece a file, as in any other. But where only reading a file tells its rows, the
next file of its split follows when it turns out that rows are missing, and not before."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.adapters.pieces import WORK, NewPiece
from domain.errors import ErrorCode, WorldFailure

File = Mapping[str, Any]
"""A file of a pinned part, with its `split` and its `take`."""


def front_of(target: str) -> str:
    """Under what name the front of a target is fetched."""
    return target + ".front"


def first_pieces(commit: str, files: Sequence[File]) -> list[NewPiece]:
    """What can be fetched at once."""
    first = {file["path"] for split in _splits(files) for file in _at_once(split, files)}
    return [_piece(commit, files, path) for path in dict.fromkeys(file["path"] for file in files) if path in first]


def next_pieces(commit: str, files: Sequence[File], path: str, take: File, rows: int | None) -> list[NewPiece]:
    """What follows a fetched file that has so many of the rows it was to have."""
    if not _is_counted(take) or rows is None or rows >= take["rows"] or _is_shared(path, files):
        return []
    split = next(file["split"] for file in files if file["path"] == path)
    alone = [file["path"] for file in files if file["split"] == split and not _is_shared(file["path"], files)]
    following = alone[alone.index(path) + 1 :][:1]
    return [_piece(commit, files, name, {"rows": take["rows"] - rows}) for name in following]


def fetched_files(files: Sequence[File], most: int | None, fetched: Mapping[str, Mapping[str, Any]]) -> list[File]:
    """The files of the part as they are on disk (keys: path, split, rows: to be taken of it, None: all).

    `most` rows of each split; `fetched` are the outcomes by path. EMPTY_DATASET for a split of which nothing is here.
    """
    found: list[File] = []
    for split in _splits(files):
        mine = list(_fetched(split, files, most, fetched))
        if not mine:
            message = f"maxBytes leaves no whole row of the split {split}: ask for more, or for fewer splits."
            raise WorldFailure(ErrorCode.EMPTY_DATASET, message)
        found += mine
    return found


def _fetched(
    split: str, files: Sequence[File], left: int | None, fetched: Mapping[str, Mapping[str, Any]]
) -> Iterator[File]:
    for file in files:
        outcome = fetched.get(file["path"])
        if file["split"] != split or outcome is None or outcome["file"] is None or left == 0:
            continue
        rows = None if left is None else min(left, outcome["rows"])
        # one that was read is read to the same end again, so that what is skipped in it is counted
        yield {"path": file["path"], "split": split, "rows": left if outcome.get("read") else rows}
        left = None if left is None or rows is None else left - rows


def _splits(files: Sequence[File]) -> list[str]:
    return list(dict.fromkeys(file["split"] for file in files))


def _at_once(split: str, files: Sequence[File]) -> Iterator[File]:
    """Up to the first file whose rows decide on the next. One that serves two splits decides nothing."""
    for file in files:
        if file["split"] == split:
            yield file
            if _is_counted(file["take"]) and not _is_shared(file["path"], files):
                return


def _is_counted(take: File) -> bool:
    return take["rows"] is not None and not take["known"]


def _is_shared(path: str, files: Sequence[File]) -> bool:
    return [file["path"] for file in files].count(path) > 1


def _piece(commit: str, files: Sequence[File], path: str, less: dict[str, Any] | None = None) -> NewPiece:
    mine = [file for file in files if file["path"] == path]
    take = _largest([file["take"] for file in mine]) | (less or {})
    number = list(dict.fromkeys(file["path"] for file in files)).index(path)
    spec = {key: mine[0][key] for key in ("path", "size", "sha256", "git_oid")} | {"commit": commit, "take": take}
    return NewPiece(f"{number:05}", WORK, spec, None if _is_counted(take) else take["bytes"])


def _largest(takes: Sequence[File]) -> dict[str, Any]:
    """What serves every split that a file is for."""
    rows, groups = ([take[key] for take in takes] for key in ("rows", "groups"))
    return {
        "bytes": max(take["bytes"] for take in takes),
        "rows": None if None in rows else max(rows),
        "groups": None if None in groups else max(groups),
        "known": all(take["known"] for take in takes),
    }
