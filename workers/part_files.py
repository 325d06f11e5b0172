"""Fetches the front of a file as far as a part of a dataset needs it, and makes a whole file of it.

What comes from the Hub is kept as `<target>.front` in chunks, so that a fetch that was killed goes on. Only a file that
was fetched to its end can be checked by its sha256. The front becomes the target: lines are cut after a row (packed
ones unpacked, cut and packed again), and the first row groups of a parquet file get a footer of their own.
"""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from domain.adapters.files import fsync_file, full_storage_is_told, settle, sha256_of, write_atomically
from domain.errors import ErrorCode, WorldFailure
from workers.chunks import ChunkedFile, discard
from workers.damage import Skips
from workers.fetching import fetch_file
from workers.fronts import LONGEST_MAGIC, Front, Packed, packed, packing_of, text_of
from workers.hub import Hub
from workers.hub_files import HubFile
from workers.part_pieces import front_of
from workers.parts import Take
from workers.ranges import fetch_footer
from workers.row_ends import Pattern, RowEnds, header_rows, is_document, row_pattern
from workers.salvage import CONTENT, inferred, tables_of
from workers.source_tables import Source
from workers.steps import Step, Work
from workers.streams import Mismatch

SKIP = "SKIP"

Told = dict[str, Any]


class End(Enum):
    """What follows from what was read of a file of lines."""

    CUT = "after the last whole row"
    KEEP = "all of it was wanted"
    COUNT = "it is whole, and has no rows by lines"


@dataclass(frozen=True)
class Remote:
    """A file of a commit, and what it is checked by once it is here whole."""

    repository: str
    commit: str
    path: str
    size: int
    sha256: str | None
    git_oid: str | None

    def opened(self, hub: Hub) -> HubFile:
        return hub.file(self.repository, self.commit, self.path)


def fetch_part(  # noqa: PLR0913  the plain arguments of one piece
    *,
    remote: Mapping[str, Any],
    take: Mapping[str, Any],
    format: Mapping[str, Any],
    target: str,
    earlier: Sequence[str] = (),
    on_error: str = "FAIL",
    token: str | None = None,
) -> Work:
    """Fetches what `take` (a Take) says of a file (a Remote) to `target`, from where `earlier` targets ended.

    `on_error` as for the ingest: where nothing else tells the rows they are counted by reading the file, which is told
    as "read". Returns {"path", "file": None where it holds no whole row, "bytes" on disk, "rows": None where nobody
    counted them, "read", "sha256"}. Lines that turn out to be one JSON document are fetched whole, or
    UNSUPPORTED_FORMAT when no more than their front may be fetched.
    """
    wanted, left = Take(**take), [Path(name) for name in earlier]
    fetch = _Fetch(Remote(**remote), wanted, format, Path(target), left, token, on_error)
    if wanted.groups is not None:
        return (yield from fetch.row_groups(wanted.groups))
    pattern = row_pattern(format)
    if pattern is None or wanted.known or (wanted.rows is None and wanted.bytes == fetch.file.size):
        return (yield from fetch.whole())
    return (yield from fetch.lines(pattern))


@dataclass(frozen=True)
class _Fetch:
    """One fetch, by the ways that there are for the formats."""

    file: Remote
    take: Take
    format: Mapping[str, Any]
    target: Path
    earlier: Sequence[Path]
    token: str | None
    on_error: str

    def whole(self) -> Work:
        """The file as it is."""
        earlier = [str(path) for path in self.earlier if path.suffix != self.front.suffix]
        told = yield from fetch_file(**vars(self.file), target=str(self.target), earlier=earlier, token=self.token)
        return told | (yield from self._rows(self.target))

    def row_groups(self, groups: int) -> Work:
        """The first row groups of a parquet file, under a footer that tells of no others."""
        with Hub(self.token) as hub:
            remote = self.file.opened(hub)
            footer = fetch_footer(remote, self.file.size)
            with ChunkedFile(self.front, footer.ends[groups - 1]) as file:
                yield from self._drain((yield from self._begin(file, remote)))
                file.finish()
        ending = footer.first(groups)
        with full_storage_is_told(self.target.parent, len(ending)), self.front.open("ab") as end:
            end.write(ending)
        return self._settled() | {"rows": self.take.rows, "read": False}

    def lines(self, pattern: Pattern) -> Work:
        """Rows that end at line feeds, packed or not; what turns out to be anything else, whole."""
        header = header_rows(self.format)
        ends = RowEnds(pattern, None if self.take.rows is None else self.take.rows + header)
        as_git = self.file.git_oid is not None and self.take.bytes == self.file.size
        with ChunkedFile(self.front, self.take.bytes, as_git=as_git) as file, Hub(self.token) as hub:
            front = yield from self._begin(file, self.file.opened(hub))
            front.expect(0, ends.most)
            packing = packing_of(front.first(LONGEST_MAGIC))
            end = yield from self._read(front, packing, ends)
            front.cut()
            yield from self._checked(file)
            file.finish()
        if end == End.COUNT:
            return self._settled() | (yield from self._rows(self.target))
        if end == End.CUT:
            if ends.rows <= header:
                return self._nothing()
            self._cut(packing, ends.end)
        return self._settled() | {"rows": ends.rows - header, "read": False}

    def _begin(self, file: ChunkedFile, remote: HubFile) -> Generator[Step, None, Front]:
        """The front, with what earlier fetches saved of it."""
        for earlier in self.earlier:
            if earlier.suffix == self.front.suffix:
                if not earlier.exists():  # of a finished one the end was changed perhaps, and no sum of it is known
                    for _ in file.adopt(earlier):
                        yield Step(file.done, file.size, "BYTES")
                discard(earlier)
        return Front(remote, self.file.size, file)

    def _read(self, front: Front, packing: Packed, ends: RowEnds) -> Generator[Step, None, End]:
        """Reads on until the rows are there or the front ends."""
        total = self.take.bytes if self.take.rows is None else None
        looks_at = self.format["name"] == "json"
        if packing == Packed.OTHERWISE:
            yield from self._keep_whole(front)
            return End.COUNT
        for block in text_of(front, packing):
            if looks_at and is_document(block):
                yield from self._keep_whole(front)
                return End.COUNT
            looks_at = False
            ends.take(block)
            front.expect(ends.rows, ends.most)
            yield front.step(total)
            if ends.full:
                return End.CUT
        if self.take.bytes < self.file.size:
            return End.CUT
        ends.close()
        return End.KEEP

    def _keep_whole(self, front: Front) -> Iterator[Step]:
        """A file that is not one of lines makes no sense in part."""
        if self.take.bytes < self.file.size:
            message = (
                f"{self.file.path} can only be read whole, and has {self.file.size:,} bytes: ask for as many maxBytes, "
                "or for other files."
            )
            raise WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)
        yield from self._drain(front)

    def _drain(self, front: Front) -> Iterator[Step]:
        """All that is left."""
        front.expect(0, None)
        for _ in text_of(front, Packed.NOT):
            yield front.step(front.file.size)

    def _checked(self, file: ChunkedFile) -> Iterator[Step]:
        """CHECKSUM_MISMATCH, after which nothing is left, for a file that is here to its end and is not what it was."""
        if file.size < self.file.size:
            return
        while file.hash_some():
            yield Step(file.done, file.size, "BYTES")
        told = (self.file.sha256, self.file.git_oid)
        if told[0] not in (None, file.sha256) or (told[1] is not None and told[1] != file.git_oid):
            discard(file.target)
            raise Mismatch(self.file.path)

    def _cut(self, packing: Packed, length: int) -> None:
        """Leaves so many plain bytes of the front."""
        if packing == Packed.NOT:
            os.truncate(self.front, length)
            return
        whole = self.front.with_name(self.front.name + ".whole")
        self.front.rename(whole)
        with write_atomically(self.front) as file:
            file.writelines(packed(whole, packing, length))
        whole.unlink()

    def _rows(self, file: Path) -> Generator[Step, None, Told]:
        """How many there are of the rows that were asked for; None: all were."""
        most = self.take.rows
        if most is None or self.take.known:
            return {"rows": most, "read": False}
        return {"rows": (yield from self._count(file.name, most)), "read": True}

    def _count(self, name: str, most: int) -> Generator[Step, None, int]:
        """As the ingest will read them. What it will skip is not told here."""
        source, rows = Source(self.target.parent, self.format, self.target.parent), 0
        skips = Skips() if self.on_error == SKIP else None
        try:
            features = inferred(source, [name], skips)
            for table in tables_of(source, name, features, skips) if features is not None else ():
                rows = min(most, rows + table.num_rows)
                yield Step(self.file.size, self.file.size, "BYTES")
                if rows == most:
                    break
        except WorldFailure as failure:
            if skips is None or failure.code not in CONTENT:
                failure.message = failure.message.replace(name, self.file.path)
                raise
        return rows

    @property
    def front(self) -> Path:
        return Path(front_of(str(self.target)))

    def _settled(self) -> Told:
        fsync_file(self.front)
        settle(self.front, self.target)
        size = self.target.stat().st_size
        return {
            "path": self.file.path,
            "file": self.target.name,
            "bytes": size,
            "sha256": sha256_of(self.target),
        }

    def _nothing(self) -> Told:
        self.front.unlink()
        return {"path": self.file.path, "file": None, "bytes": 0, "rows": 0, "read": False, "sha256": None}
