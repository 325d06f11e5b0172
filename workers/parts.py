"""Which part of which files a part of a dataset is: decided from sizes, and for parquet from footers, before any fetch.

Each split is taken from its front, its files in order. `maxRows` counts rows of each split. `maxBytes` counts bytes of
all files: the splits share it evenly, and what a small one leaves goes to the others. A parquet file is cut after a row
group, lines after a row; any other file is taken whole or not at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import ErrorCode, WorldFailure
from workers.hub import Entry
from workers.parquet_footer import Footer
from workers.row_ends import row_pattern

# The guess for a row of a file that only reading it tells the rows of; texts of the web have 3,000 to 4,000 bytes.
ROW_BYTES = 4096


@dataclass(frozen=True)
class Part:
    """What was asked for at most: rows of each split, bytes of all files; None: all."""

    rows: int | None
    bytes: int | None


@dataclass(frozen=True)
class Take:
    """The front of a file: at most so many `bytes`, of which at most so many `rows` (None: all).

    `groups`: the row groups of a parquet file that is cut; None for others. `known`: the rows will be there.
    """

    bytes: int
    rows: int | None = None
    groups: int | None = None
    known: bool = False


Planned = tuple[str, Entry, Take]
"""A split, a file of it, and what to take of that."""


def plan_part(
    part: Part, format: Mapping[str, Any], splits: Mapping[str, Sequence[Entry]], footer_of: Callable[[Entry], Footer]
) -> list[Planned]:
    """The files of every split from its front; footers are asked for as far as they are needed.

    EMPTY_DATASET when nothing of a split is within `part.bytes`, with the bytes that its first rows need.
    """
    shares = _shares(part.bytes, {split: sum(file.size for file in files) for split, files in splits.items()})
    planned: list[Planned] = []
    for split, files in splits.items():
        taken = list(_taken(part.rows, shares[split], format, files, footer_of))
        if not taken:
            raise _too_small(split, files, format, footer_of, len(splits))
        planned += [(split, file, take) for file, take in zip(files, taken, strict=False)]
    return planned


def whole_files(splits: Mapping[str, Sequence[Entry]]) -> list[Planned]:
    """Every file of every split, all of it."""
    return [(split, file, Take(file.size)) for split, files in splits.items() for file in files]


def expected_bytes(planned: Sequence[Planned]) -> dict[str, int]:
    """The bytes to fetch by path; a guess where they follow from rows that nobody has counted yet."""
    found: dict[str, int] = {}
    guessed: dict[str, int] = {}
    for split, file, take in planned:
        size = take.bytes
        if take.rows is not None and not take.known:
            left = guessed.setdefault(split, take.rows * ROW_BYTES)
            size = min(size, left)
            guessed[split] = left - size
        found[file.path] = max(size, found.get(file.path, 0))
    return found


def _shares(budget: int | None, sizes: Mapping[str, int]) -> dict[str, int | None]:
    """The smallest splits first: each takes its even share of what is left, or less."""
    if budget is None:
        return dict.fromkeys(sizes)
    shares: dict[str, int | None] = {}
    for split in sorted(sizes, key=lambda name: sizes[name]):
        share = min(sizes[split], budget // (len(sizes) - len(shares)))
        budget -= share
        shares[split] = share
    return shares


def _taken(
    rows: int | None,
    bytes_: int | None,
    format: Mapping[str, Any],
    files: Sequence[Entry],
    footer_of: Callable[[Entry], Footer],
) -> Iterator[Take]:
    """Of one file after the other, until the rows or the bytes are used up."""
    kind = _kind(format)
    for file in files:
        limit = file.size if bytes_ is None else min(file.size, bytes_)
        take = kind(file, rows, limit, footer_of)
        if take is None:
            return
        yield take
        rows = rows - take.rows if rows is not None and take.known and take.rows is not None else rows
        bytes_ = None if bytes_ is None else bytes_ - take.bytes
        if rows == 0 or bytes_ == 0 or take.bytes < file.size:
            return


Kind = Callable[[Entry, int | None, int, Callable[[Entry], Footer]], Take | None]


def _kind(format: Mapping[str, Any]) -> Kind:
    if format["name"] == "parquet" and "filters" not in format["options"]:
        return _row_groups
    return _whole if row_pattern(format) is None else _lines


def _whole(file: Entry, rows: int | None, limit: int, _footer_of: Callable[[Entry], Footer]) -> Take | None:
    return Take(file.size, rows) if file.size <= limit else None


def _lines(file: Entry, rows: int | None, limit: int, _footer_of: Callable[[Entry], Footer]) -> Take | None:
    return Take(limit, rows) if limit or not file.size else None


def _row_groups(file: Entry, rows: int | None, limit: int, footer_of: Callable[[Entry], Footer]) -> Take | None:
    if rows is None and limit == file.size:
        return Take(file.size)
    footer = footer_of(file)
    fits = sum(end + footer.length <= limit for end in footer.ends)
    count = fits if rows is None else min(fits, _groups_of(rows, footer.rows))
    found = sum(footer.rows[:count])
    taken = found if rows is None else min(rows, found)
    if count == len(footer.rows) and file.size <= limit:
        return Take(file.size, taken, known=True)
    return Take(footer.ends[count - 1] + footer.length, taken, count, known=True) if count else None


def _groups_of(rows: int, groups: Sequence[int]) -> int:
    """How many row groups from the front hold so many rows; all when they hold fewer."""
    before = 0
    for number, size in enumerate(groups):
        if before >= rows:
            return number
        before += size
    return len(groups)


def _too_small(
    split: str, files: Sequence[Entry], format: Mapping[str, Any], footer_of: Callable[[Entry], Footer], splits: int
) -> WorldFailure:
    first, needed = files[0], files[0].size
    if _kind(format) is _row_groups and (footer := footer_of(first)).ends:
        needed = footer.ends[0] + footer.length
    message = (
        f"maxBytes leaves nothing of the split {split}: the first rows of {first.path} need {needed:,} bytes. "
        f"Ask for {needed * splits:,} bytes at least, or for fewer splits."
    )
    return WorldFailure(ErrorCode.EMPTY_DATASET, message)
