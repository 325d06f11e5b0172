"""Pages of datasets, in any order and of any filter, are the sorted list: property against a list that Python sorts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.adapters import views
from domain.adapters.orders import KEYS, NUMBERS, dataset_order
from domain.adapters.paging import Page
from domain.adapters.wanted import UNLISTED, Between, DatasetsWanted

STATUSES = ["QUEUED", "READY", "FAILED", "TRASHED"]
# Letters alone: how signs are sorted is the database's to say.
NAMES = ["a", "B", "b", "c", "Cd"]
TAGS = ["news", "wiki"]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
INSERT = """
INSERT INTO datasets (id, version, position, status, name, source, tags, splits, columns, size_bytes, row_count,
    created_at, updated_at, last_used_at)
VALUES (%(id)s, 1, 1, %(status)s, %(name)s,
    jsonb_build_object('kind', %(kind)s::text, 'repository', %(repository)s::text, 'fileName', %(file)s::text),
    %(tags)s, '[]', '[]', %(size_bytes)s, %(row_count)s, %(created_at)s, now(), %(last_used_at)s)
"""
moments = st.integers(0, 4).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
numbers = st.none() | st.integers(0, 4)
made = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(STATUSES),
            "name": st.sampled_from(NAMES),
            "kind": st.sampled_from(["HUB", "UPLOAD"]),
            "called": st.sampled_from(NAMES),
            "tags": st.lists(st.sampled_from(TAGS), unique=True),
            "size_bytes": numbers,
            "row_count": numbers,
            "created_at": moments,
            "last_used_at": moments,
        }
    ),
    max_size=14,
)
filters = st.builds(
    DatasetsWanted,
    status=st.none() | st.lists(st.sampled_from(STATUSES), min_size=1),
    source=st.none() | st.sampled_from(["HUB", "UPLOAD"]),
    tags=st.none() | st.lists(st.sampled_from(TAGS)),
    size_bytes=st.builds(Between, numbers, numbers),
    created_at=st.builds(Between, st.none() | moments, st.none() | moments),
)
KEY_OF = {
    "LAST_USED": lambda row: row["last_used_at"],
    "CREATED": lambda row: row["created_at"],
    "NAME": lambda row: row["name"].lower(),
    "STATUS": lambda row: row["status"],
    "SOURCE": lambda row: (row["kind"], row["called"].lower()),
    "SIZE": lambda row: row["size_bytes"],
    "ROWS": lambda row: row["row_count"],
}


@pytest.fixture
def put(adapters):
    def insert(rows):
        with adapters.pool.connection() as connection:
            connection.execute("TRUNCATE datasets")
            for row in rows:
                of_hub = row["kind"] == "HUB"
                names = {"repository": row["called"] if of_hub else None, "file": None if of_hub else row["called"]}
                connection.execute(INSERT, {**row, **names})

    return insert


def is_within(value, bounds):
    if value is None:
        return bounds == Between()
    return (bounds.least is None or bounds.least <= value) and (bounds.most is None or value <= bounds.most)


def is_wanted(row, wanted):
    return (
        (row["status"] not in UNLISTED if wanted.status is None else row["status"] in wanted.status)
        and wanted.source in (None, row["kind"])
        and set(wanted.tags or ()) <= set(row["tags"])
        and is_within(row["size_bytes"], wanted.size_bytes)
        and is_within(row["created_at"], wanted.created_at)
    )


def in_order(rows, key_of, *, descending):
    """By key and id; without a key last, in either direction, and by id among themselves."""
    known = sorted((row for row in rows if key_of(row) is not None), key=lambda row: (key_of(row), row["id"]))
    unknown = sorted((row for row in rows if key_of(row) is None), key=lambda row: row["id"])
    return [*(known[::-1] if descending else known), *(unknown[::-1] if descending else unknown)]


def walked(engine, wanted, order, size, *, backward):
    seen, page = [], Page(size, backward)
    while True:
        found = views.datasets_view(engine, wanted, page, order)
        ids = [row["id"] for row in found.rows]
        seen = [*ids, *seen] if backward else [*seen, *ids]
        if not (found.has_previous if backward else found.has_next):
            return seen
        edge = found.rows[0 if backward else -1]
        place = (edge["place"], edge["id"])
        page = Page(size, backward, **{"before" if backward else "after": place})


def test_every_order_is_tried():
    assert KEY_OF.keys() == KEYS.keys() | NUMBERS.keys()


@pytest.mark.slow
@pytest.mark.sampled(3)
@pytest.mark.parametrize("field", KEY_OF)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=made, wanted=filters, size=st.integers(1, 5), descending=st.booleans(), backward=st.booleans())
def test_pages_of_any_order_and_filter_are_the_sorted_list(
    adapters, put, field, rows, wanted, size, descending, backward
):
    rows = [{**row, "id": str(UUID(int=number * 7 % 15))} for number, row in enumerate(rows)]
    put(rows)
    expected = in_order([row for row in rows if is_wanted(row, wanted)], KEY_OF[field], descending=descending)
    order = dataset_order(field, descending=descending)
    assert walked(adapters.engine, wanted, order, size, backward=backward) == [row["id"] for row in expected]
    assert views.datasets_count(adapters.engine, wanted) == len(expected)
