"""Which datasets are wanted: as conditions of a query, and of a row that is held. A test keeps the two alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, func, not_

from domain.adapters import catalogue_search
from domain.adapters.projections import PURGED
from domain.adapters.search_terms import Query
from domain.adapters.tables import datasets

# Shown to those alone who ask for them; PURGED are rows that are held of what no table has any more.
UNLISTED = ("TRASHED", "PURGING", PURGED)

UNUSED = and_(func.cardinality(datasets.c.used_by) == 0, not_(datasets.c.is_tokenized))

V = TypeVar("V", int, datetime)


@dataclass(frozen=True)
class Between(Generic[V]):
    """From `least` on, up to and with `most`; None: no such bound. What is not known lies within no bound."""

    least: V | None = None
    most: V | None = None

    def conditions(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """As a query has it."""
        found: list[ColumnElement[bool]] = []
        if self.least is not None:
            found.append(column >= self.least)
        if self.most is not None:
            found.append(column <= self.most)
        return found

    def holds(self, value: V | None) -> bool:
        """As a row has it."""
        if value is None:
            return self.least is None and self.most is None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class DatasetsWanted:
    """Which datasets; what is None or has no bounds: all. `status` None: all but those UNLISTED; `tags`: those that
    have every one of them; `unused`: those that nobody references and that have no tokenization, or all others."""

    status: Sequence[str] | None = None
    source: str | None = None
    tags: Sequence[str] | None = None
    size_bytes: Between[int] = field(default_factory=Between[int])
    created_at: Between[datetime] = field(default_factory=Between[datetime])
    search: Query | None = None
    unused: bool | None = None
    last_used_at: Between[datetime] = field(default_factory=Between[datetime])

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a query of the read model asks for."""
        is_listed = datasets.c.status.not_in(UNLISTED) if self.status is None else datasets.c.status.in_(self.status)
        found: list[ColumnElement[bool]] = [is_listed]
        if self.source is not None:
            found.append(datasets.c.source["kind"].astext == self.source)
        if self.tags is not None:
            found.append(datasets.c.tags.contains(list(self.tags)))
        if self.search is not None:
            found += catalogue_search.conditions(self.search)
        if self.unused is not None:
            found.append(UNUSED if self.unused else not_(UNUSED))
        bounds = self.size_bytes.conditions(datasets.c.size_bytes)
        times = self.created_at.conditions(datasets.c.created_at)
        return [*found, *bounds, *times, *self.last_used_at.conditions(datasets.c.last_used_at)]

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is one that `conditions` let through."""
        return (
            (row["status"] not in UNLISTED if self.status is None else row["status"] in self.status)
            and (self.source is None or row["source"]["kind"] == self.source)
            and (self.tags is None or set(self.tags) <= set(row["tags"]))
            and self.size_bytes.holds(row["size_bytes"])
            and self.created_at.holds(row["created_at"])
            and (self.unused is None or self.unused == is_unused(row))
            and self.last_used_at.holds(row["last_used_at"])
            and (self.search is None or catalogue_search.holds(self.search, row))
        )


def is_unused(row: Mapping[str, Any]) -> bool:
    """UNUSED, as a row has it."""
    return not row["used_by"] and not row["is_tokenized"]
