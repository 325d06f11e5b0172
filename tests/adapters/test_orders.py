"""Every order of datasets is read from an index, from either end."""

import pytest
from sqlalchemy import text

from domain.adapters.orders import KEYS, NUMBERS, dataset_order
from domain.adapters.paging import Page, in_order
from domain.adapters.views import DATASET_ROWS

MANY = """
INSERT INTO datasets (id, version, position, status, name, source, tags, splits, columns, size_bytes, row_count,
    created_at, updated_at, last_used_at)
SELECT gen_random_uuid(), 1, n, (ARRAY['QUEUED', 'READY', 'FAILED'])[1 + n % 3], 'n' || n,
    jsonb_build_object('kind', 'HUB', 'repository', 'acme/' || n), '{}', '[]', '[]',
    nullif(n % 100, 0), nullif(n % 70, 0),
    now() - n * interval '1 s', now(), now() - n * interval '1 s'
FROM generate_series(1, 20000) n
"""


@pytest.fixture
def explain(adapters):
    with adapters.pool.connection() as connection:
        connection.execute(MANY)
        connection.execute("ANALYZE datasets")

    def explained(order, page):
        query = in_order(DATASET_ROWS, order, page).compile(adapters.engine)
        with adapters.engine.connect() as connection:
            found = connection.exec_driver_sql(f"EXPLAIN {query}", query.params)
            return "\n".join(row[0] for row in found)

    return explained


@pytest.mark.parametrize("descending", [True, False])
def test_a_page_of_any_order_is_read_by_its_index(adapters, explain, descending):
    for field in (*KEYS, *NUMBERS):
        order = dataset_order(field, descending=descending)
        with adapters.engine.connect() as connection:
            middle = DATASET_ROWS.with_only_columns(order.key, order.id).where(text("position = 9999"))
            place = tuple(connection.execute(middle).one())
        for page in (Page(20, after=place), Page(20, backward=True, before=place), Page(20)):
            plan = explain(order, page)
            assert f"using datasets_{field.lower()}" in plan, plan
            assert "Sort" not in plan
