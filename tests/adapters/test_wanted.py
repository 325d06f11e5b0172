"""What a filter lets through is the same in a query and on a row that is held."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.adapters import views
from domain.adapters.paging import Page
from domain.adapters.wanted import Between, DatasetsWanted

STATUSES = ["QUEUED", "READY", "TRASHED", "PURGING"]
TAGS = ["a", "b", "ä", "A"]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
INSERT = """
INSERT INTO datasets (id, version, position, status, name, source, tags, splits, columns, size_bytes, created_at,
    updated_at, last_used_at, used_by, is_tokenized)
SELECT gen_random_uuid(), 1, 1, status, 'n', jsonb_build_object('kind', kind), tags::text[], '[]', '[]', size,
    %(epoch)s + moment * interval '1 s', now(), %(epoch)s - moment * interval '1 s', users::text[], is_tokenized
FROM unnest(%(statuses)s::text[], %(kinds)s::text[], %(tags)s::text[], %(sizes)s::bigint[], %(moments)s::int[],
    %(users)s::text[], %(tokenized)s::boolean[]) AS made(status, kind, tags, size, moment, users, is_tokenized)
"""

rows = st.lists(
    st.tuples(
        st.sampled_from(STATUSES),
        st.sampled_from(["HUB", "UPLOAD", "IMPORT"]),
        st.lists(st.sampled_from(TAGS), unique=True),
        st.none() | st.integers(0, 5),
        st.integers(0, 5),
        st.lists(st.sampled_from(TAGS), max_size=1),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
bounds = st.none() | st.integers(0, 5)
moments = st.none() | st.integers(0, 5).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


def _before(moment):
    """As long before the epoch as the moment is after it."""
    return None if moment is None else EPOCH - (moment - EPOCH)


filters = st.builds(
    DatasetsWanted,
    st.none() | st.lists(st.sampled_from(STATUSES)),
    st.none() | st.sampled_from(["HUB", "UPLOAD", "IMPORT"]),
    st.none() | st.lists(st.sampled_from(TAGS)),
    st.builds(Between, bounds, bounds),
    st.builds(Between, moments, moments),
    unused=st.none() | st.booleans(),
    last_used_at=st.builds(Between, moments.map(_before), moments.map(_before)),
)


@pytest.fixture
def put(adapters):
    def insert(made):
        statuses, kinds, tags, sizes, moments, users, tokenized = (list(column) for column in zip(*made, strict=True))
        values = {"epoch": EPOCH, "statuses": statuses, "kinds": kinds, "sizes": sizes, "moments": moments}
        values |= {"users": ["{" + ",".join(each) + "}" for each in users], "tokenized": tokenized}
        with adapters.pool.connection() as connection:
            connection.execute("TRUNCATE datasets")
            connection.execute(INSERT, {**values, "tags": ["{" + ",".join(each) + "}" for each in tags]})

    return insert


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=rows, wanted=filters)
def test_a_query_and_a_held_row_agree_on_what_is_wanted(adapters, put, made, wanted):
    put(made)
    everything = views.datasets_view(adapters.engine, DatasetsWanted(STATUSES), Page(100)).rows
    assert len(everything) == len(made)
    held = {row["id"] for row in everything if wanted.holds(row)}
    assert {row["id"] for row in views.datasets_view(adapters.engine, wanted, Page(100)).rows} == held
