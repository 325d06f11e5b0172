"""What the API reads: each view is a function with one SELECT on the read models. Rows are mappings by column name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Select, Table, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from domain.adapters.orders import LAST_USED_FIRST, PRESETS_BY_NAME, dataset_order
from domain.adapters.paging import Order, Page, Slice, directed, in_order, newest_first, slice_of
from domain.adapters.pieces import PLAN, WORK
from domain.adapters.tables import datasets, events, exports, jobs, pieces, presets, progress, tokenizations
from domain.adapters.wanted import UNLISTED, DatasetsWanted

Row = Mapping[str, Any]
Ids = Sequence[str]

RUNNING = ("RUNNING", "CANCELLING")
CREATED = dataset_order("CREATED", descending=False)
# Statistics are large and seldom asked for: they have views of their own. What is searched in is not shown.
UNREAD = ("statistics", "catalogue")


@dataclass(frozen=True, slots=True)
class JobsWanted:
    """Which jobs; None everywhere: all."""

    kind: Sequence[str] | None = None
    status: Sequence[str] | None = None
    dataset_id: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.kind is not None:
            found.append(jobs.c.kind.in_(self.kind))
        if self.status is not None:
            found.append(jobs.c.status.in_(self.status))
        if self.dataset_id is not None:
            found.append(jobs.c.dataset_id == self.dataset_id)
        return found


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a job that runs is: `done` of `total` (None: not known) in `unit`, `rate` a second (None: not known)."""

    job_id: str
    dataset_id: str
    kind: str
    unit: str
    done: int
    total: int | None
    rate: float | None
    updated_at: datetime


def _read(table: Table) -> list[Any]:
    """All columns but those UNREAD."""
    return [column for column in table.c if column.name not in UNREAD]


DATASET_ROWS = select(*_read(datasets))


def _with_dataset_name(table: Table) -> Select[Any]:
    named = table.join(datasets, datasets.c.id == table.c.dataset_id)
    return select(*_read(table), datasets.c.name.label("dataset_name")).select_from(named)


JOB_ROWS = _with_dataset_name(jobs)
TOKENIZATION_ROWS = _with_dataset_name(tokenizations)


def dataset_view(engine: Engine, ids: Ids) -> dict[str, Row]:
    """Those datasets that are there, by id."""
    return _by_id(engine, DATASET_ROWS.where(datasets.c.id.in_(ids)))


def job_view(engine: Engine, ids: Ids) -> dict[str, Row]:
    """Those jobs that are there, by id; `dataset_name` is the name of their dataset."""
    return _by_id(engine, JOB_ROWS.where(jobs.c.id.in_(ids)))


def tokenization_view(engine: Engine, ids: Ids) -> dict[str, Row]:
    """Those tokenizations that are there, by id; `dataset_name` is the name of their dataset."""
    return _by_id(engine, TOKENIZATION_ROWS.where(tokenizations.c.id.in_(ids)))


def export_view(engine: Engine, ids: Ids) -> dict[str, Row]:
    """Those exports that are there, by id."""
    return _by_id(engine, select(exports).where(exports.c.id.in_(ids)))


def exports_of_tokenizations_view(engine: Engine, ids: Ids) -> dict[str, list[Row]]:
    """The exports of each tokenization, newest first, by tokenization; without those that have none."""
    newest = (exports.c.created_at.desc(), exports.c.id.desc())
    groups: dict[str, list[Row]] = {}
    for row in _rows(engine, select(exports).where(exports.c.tokenization_id.in_(ids)).order_by(*newest)):
        groups.setdefault(row["tokenization_id"], []).append(row)
    return groups


def datasets_view(engine: Engine, wanted: DatasetsWanted, page: Page, order: Order = LAST_USED_FIRST) -> Slice:
    """A page of datasets in an order; `place` is what a row is ordered by."""
    query = DATASET_ROWS.add_columns(order.key.label("place")).where(*wanted.conditions())
    return slice_of(_rows(engine, in_order(query, order, page)), page)


def dataset_versions_view(engine: Engine, wanted: DatasetsWanted, most: int) -> dict[str, int]:
    """The versions of those wanted, by id, oldest first, `most` of them at most."""
    found = select(datasets.c.id, datasets.c.version).where(*wanted.conditions())
    oldest = found.order_by(datasets.c.created_at, datasets.c.id).limit(most)
    return {row["id"]: row["version"] for row in _rows(engine, oldest)}


def dataset_count_view(engine: Engine, wanted: DatasetsWanted) -> int:
    """How many are wanted."""
    return _count(engine, datasets, wanted.conditions())


def datasets_as_of_view(engine: Engine, wanted: DatasetsWanted, page: Page) -> tuple[Slice, int]:
    """A page of datasets in the order of their creation, and the newest position of the log when it was so."""
    query = in_order(DATASET_ROWS.where(*wanted.conditions()), CREATED, page).subquery("rows")
    newest = select(func.coalesce(func.max(events.c.position), 0).label("newest")).subquery("log")
    # one statement sees one moment; without a dataset it still gives one row
    whole = select(query, newest.c.newest).select_from(newest.outerjoin(query, true()))
    found = _rows(engine, whole.order_by(query.c.created_at, query.c.id))
    return slice_of([row for row in found if row["id"] is not None], page), found[0]["newest"]


def datasets_of_repository_view(engine: Engine, repositories: Sequence[str], most: int = 100) -> list[dict[str, Any]]:
    """The datasets that came from one of these repositories of the Hub, last used first; without the trash."""
    of_hub = [datasets.c.source["kind"].astext == "HUB", datasets.c.source["repository"].astext.in_(repositories)]
    came = [*of_hub, datasets.c.status.not_in(UNLISTED)]
    order = (datasets.c.last_used_at.desc(), datasets.c.id.desc())
    return _rows(engine, DATASET_ROWS.where(*came).order_by(*order).limit(most))


def jobs_view(engine: Engine, wanted: JobsWanted, page: Page) -> Slice:
    """A page of jobs, newest first."""
    query = JOB_ROWS.where(*wanted.conditions())
    return slice_of(_rows(engine, newest_first(query, jobs, "created_at", page)), page)


def preset_view(engine: Engine, ids: Ids) -> dict[str, Row]:
    """Those presets that are there, by id."""
    return _by_id(engine, select(presets).where(presets.c.id.in_(ids)))


def presets_view(engine: Engine, page: Page) -> Slice:
    """A page of presets by name; `place` is what a row is ordered by."""
    query = select(presets).add_columns(PRESETS_BY_NAME.key.label("place"))
    return slice_of(_rows(engine, in_order(query, PRESETS_BY_NAME, page)), page)


def presets_count(engine: Engine) -> int:
    """How many presets there are."""
    return _count(engine, presets, [])


def datasets_count(engine: Engine, wanted: DatasetsWanted) -> int:
    """How many datasets there are of those wanted."""
    return _count(engine, datasets, wanted.conditions())


def jobs_count(engine: Engine, wanted: JobsWanted) -> int:
    """How many jobs there are of those wanted."""
    return _count(engine, jobs, wanted.conditions())


def jobs_of_datasets_view(engine: Engine, ids: Ids, page: Page) -> dict[str, Slice]:
    """The same page of each dataset's jobs, newest first, by dataset."""
    return _children(engine, JOB_ROWS, jobs, ids, page)


def tokenizations_of_datasets_view(engine: Engine, ids: Ids, page: Page) -> dict[str, Slice]:
    """The same page of each dataset's tokenizations, newest first, by dataset."""
    return _children(engine, TOKENIZATION_ROWS, tokenizations, ids, page)


def jobs_of_datasets_count(engine: Engine, ids: Ids) -> dict[str, int]:
    """How many jobs each dataset has had, by dataset; without those that had none."""
    return _count_children(engine, jobs, ids)


def tokenizations_of_datasets_count(engine: Engine, ids: Ids) -> dict[str, int]:
    """How many tokenizations each dataset has, by dataset; without those that have none."""
    return _count_children(engine, tokenizations, ids)


def dataset_statistics_view(engine: Engine, ids: Ids) -> dict[str, Any]:
    """The contract's DatasetStatistics as JSON, by dataset; without those that have none yet."""
    return _statistics(engine, datasets, ids)


def token_statistics_view(engine: Engine, ids: Ids) -> dict[str, Any]:
    """The contract's TokenStatistics as JSON, by tokenization; without those that have none yet."""
    return _statistics(engine, tokenizations, ids)


def progress_of_datasets_view(engine: Engine, ids: Ids) -> dict[str, list[RunProgress]]:
    """The progress of each dataset's running jobs, oldest job first, by dataset; without those that have none."""
    return _grouped(_progress(engine, progress.c.dataset_id.in_(ids)))


def progress_of_all_view(engine: Engine) -> dict[str, list[RunProgress]]:
    """The progress of all running jobs, oldest job first, by dataset."""
    return _grouped(_progress(engine, true()))


def progress_of_jobs_view(engine: Engine, ids: Ids) -> dict[str, RunProgress]:
    """The progress of those jobs that run and have shown some, by job."""
    return {found.job_id: found for found in _progress(engine, progress.c.job_id.in_(ids))}


def finished_pieces_view(engine: Engine, job_id: str) -> dict[str, int]:
    """The fences of a run's finished pieces, up to its work, by piece."""
    done = (pieces.c.job_id == job_id, pieces.c.done_at.is_not(None), pieces.c.stage.in_((PLAN, WORK)))
    return {row["piece"]: row["fence"] for row in _rows(engine, select(pieces.c.piece, pieces.c.fence).where(*done))}


def outcomes_view(engine: Engine, job_id: str, names: Sequence[str]) -> dict[str, tuple[int, Mapping[str, Any]]]:
    """The fences and outcomes of those pieces of a run that are finished, by piece."""
    named = (pieces.c.job_id == job_id, pieces.c.done_at.is_not(None), pieces.c.piece.in_(names))
    query = select(pieces.c.piece, pieces.c.fence, pieces.c.outcome).where(*named).order_by(pieces.c.piece)
    return {row["piece"]: (row["fence"], row["outcome"]) for row in _rows(engine, query)}


def _rows(engine: Engine, query: Select[Any]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(query)
        names = tuple(found.keys())
        return [dict(zip(names, row, strict=True)) for row in found.all()]


def _by_id(engine: Engine, query: Select[Any]) -> dict[str, Row]:
    return {row["id"]: row for row in _rows(engine, query)}


def _count(engine: Engine, table: Table, conditions: list[ColumnElement[bool]]) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def _children(engine: Engine, query: Select[Any], table: Table, ids: Ids, page: Page) -> dict[str, Slice]:
    """The same page of each parent's rows, by parent, in one query: LATERAL cuts every parent's page by the index."""
    given = func.unnest(bindparam("ids", list(set(ids)), ARRAY(UUID(as_uuid=False))))
    parents = given.table_valued("id").render_derived("parents")
    mine = query.where(table.c.dataset_id == parents.c.id)
    rows: FromClause = newest_first(mine, table, "created_at", page).lateral("rows")
    order = directed([rows.c.created_at, rows.c.id], backward=page.backward)
    found = _rows(engine, select(rows).select_from(parents.join(rows, true())).order_by(*order))
    return {parent: slice_of([row for row in found if row["dataset_id"] == parent], page) for parent in ids}


def _count_children(engine: Engine, table: Table, ids: Ids) -> dict[str, int]:
    query = select(table.c.dataset_id, func.count().label("number")).where(table.c.dataset_id.in_(ids))
    return {row["dataset_id"]: row["number"] for row in _rows(engine, query.group_by(table.c.dataset_id))}


def _statistics(engine: Engine, table: Table, ids: Ids) -> dict[str, Any]:
    query = select(table.c.id, table.c.statistics).where(table.c.id.in_(ids), table.c.statistics.is_not(None))
    return {row["id"]: row["statistics"] for row in _rows(engine, query)}


def _progress(engine: Engine, condition: ColumnElement[bool]) -> list[RunProgress]:
    columns = [progress.c[name] for name in ("job_id", "dataset_id", "unit", "done", "total", "rate", "updated_at")]
    query = select(*columns, jobs.c.kind).select_from(progress.join(jobs, jobs.c.id == progress.c.job_id))
    running = query.where(condition, jobs.c.status.in_(RUNNING)).order_by(jobs.c.created_at, jobs.c.id)
    return [RunProgress(**row) for row in _rows(engine, running)]


def _grouped(found: Sequence[RunProgress]) -> dict[str, list[RunProgress]]:
    groups: dict[str, list[RunProgress]] = {}
    for one in found:
        groups.setdefault(one.dataset_id, []).append(one)
    return groups
