"""How much of the storage each dataset uses, and for what: facts from the read models, and what no event names yet
from the few folders where that lies."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, case, func, select

from domain.adapters.files import named, written_alone
from domain.adapters.folders import UPLOADING, work_of
from domain.adapters.tables import datasets, exports, pieces, tokenizations

TRASHED = ("TRASHED", "PURGING")


class StorageKind(StrEnum):
    """What storage is used for."""

    ORIGINALS = "ORIGINALS"
    DATA = "DATA"
    INDEX = "INDEX"
    TOKENIZATIONS = "TOKENIZATIONS"
    EXPORTS = "EXPORTS"
    PARTIAL = "PARTIAL"


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes of one dataset by kind, without kinds of which there is nothing."""

    dataset_id: str
    is_trashed: bool
    kinds: Mapping[StorageKind, int]

    @property
    def total(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Usage:
    """All of the storage: by dataset, the largest first, and the bytes of uploads that are no dataset's yet."""

    datasets: tuple[Stored, ...]
    uploading: int

    def of(self, kind: StorageKind) -> int:
        """Bytes of one kind."""
        beside = self.uploading if kind == StorageKind.PARTIAL else 0
        return sum(stored.kinds.get(kind, 0) for stored in self.datasets) + beside

    @property
    def used(self) -> int:
        """The sum of all kinds."""
        return sum(map(self.of, StorageKind))

    @property
    def trashed(self) -> int:
        """Bytes of datasets in the trash, or on their way out of it."""
        return sum(stored.total for stored in self.datasets if stored.is_trashed)


def usage_view(engine: Engine, storage: Path) -> Usage:
    """What the storage in this folder is used for now."""
    with engine.connect() as connection:
        rows = [row._asdict() for row in connection.execute(_facts())]
        unfinished = connection.execute(select(pieces.c.dataset_id, pieces.c.job_id).distinct()).all()
    partial: dict[str, int] = defaultdict(int)
    for dataset_id, job_id in unfinished:
        partial[dataset_id] += _unpublished(storage, dataset_id, job_id)
    stored = [_stored(row, partial.get(row["id"], 0)) for row in rows]
    largest_first = sorted(stored, key=lambda one: (-one.total, one.dataset_id))
    uploading = written_alone(*(storage / name for name in UPLOADING))
    return Usage(tuple(one for one in largest_first if one.total), uploading)


def _facts() -> Any:
    """A row for each dataset."""
    made = {"tokenizations": _made(tokenizations), "exports": _made(exports)}
    query = select(
        datasets.c.id,
        datasets.c.status,
        datasets.c.original_bytes.label("originals"),
        case((datasets.c.folder.is_not(None), datasets.c.size_bytes)).label("data"),
        datasets.c.index_bytes.label("index"),
        *(of.c.bytes.label(name) for name, of in made.items()),
    )
    joined: Any = datasets
    for of in made.values():
        joined = joined.outerjoin(of, of.c.dataset_id == datasets.c.id)
    return query.select_from(joined)


def _made(table: Table) -> Any:
    """What was made of each dataset and is whole."""
    total = func.sum(table.c.size_bytes).label("bytes")
    return select(table.c.dataset_id, total).where(table.c.folder.is_not(None)).group_by(table.c.dataset_id).subquery()


def _stored(row: Mapping[str, Any], partial: int) -> Stored:
    kinds = {kind: int(row.get(kind.lower()) or 0) for kind in StorageKind} | {StorageKind.PARTIAL: partial}
    return Stored(row["id"], row["status"] in TRASHED, {kind: size for kind, size in kinds.items() if size})


def _unpublished(storage: Path, dataset_id: str, job_id: str) -> int:
    """What a run has written; what is linked into a folder that it has published counts there."""
    work = work_of(storage, dataset_id, job_id)
    return written_alone(work, *named(work.parent / f"*-{job_id}*.build*"))
