"""Views: what the read models hold, one SELECT each, in pages that are places."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from domain.adapters import views
from domain.adapters.paging import Page
from tests.api.stories import begin, write_progress

UNKNOWN = "00000000-0000-4000-8000-000000000000"
EVERYTHING = views.DatasetsWanted()


@pytest.fixture
def statements(adapters) -> Iterator[list[str]]:
    """Every statement that views make."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(adapters.engine, "before_cursor_execute", note)
    yield seen
    event.remove(adapters.engine, "before_cursor_execute", note)


def place(row, column="last_used_at"):
    return row[column], row["id"]


def test_rows_are_found_by_id_and_what_is_not_there_is_left_out(adapters):
    story = begin(adapters, name="English").is_ready().asks_for_tokens()
    (dataset,) = views.dataset_view(adapters.engine, [story.id, UNKNOWN]).values()
    assert (dataset["name"], dataset["status"], dataset["version"]) == ("English", "READY", 7)
    assert "statistics" not in dataset, "they are large, and have a view of their own"
    (job,) = views.job_view(adapters.engine, [story.job, UNKNOWN]).values()
    assert (job["kind"], job["dataset_name"], job["tokenization_id"]) == ("TOKENIZE", "English", story.tokenization)
    (tokenization,) = views.tokenization_view(adapters.engine, [story.tokenization, UNKNOWN]).values()
    assert (tokenization["dataset_name"], tokenization["job_id"]) == ("English", story.job)
    assert views.dataset_view(adapters.engine, []) == {}


def test_statistics_are_found_where_there_are_some(adapters):
    ready, begun = begin(adapters).is_ready().asks_for_tokens().is_tokenized(), begin(adapters)
    found = views.dataset_statistics_view(adapters.engine, [ready.id, begun.id])
    assert list(found) == [ready.id]
    assert found[ready.id]["wordCount"] == 36
    assert views.token_statistics_view(adapters.engine, [ready.tokenization])[ready.tokenization]["tokenCount"] == 48


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_are_the_whole_list_whichever_way(adapters, size, backward):
    stories = [begin(adapters).id for _ in range(7)]
    pages, page = [], Page(size, backward)
    while True:
        found = views.datasets_view(adapters.engine, EVERYTHING, page)
        pages.append([row["id"] for row in found.rows])
        if not (found.has_previous if backward else found.has_next):
            break
        at = place(found.rows[0 if backward else -1])
        page = Page(size, backward, before=at) if backward else Page(size, backward, after=at)
    rows = [row for page_ in (reversed(pages) if backward else pages) for row in page_]
    assert rows == stories[::-1]


def test_the_children_of_many_are_cut_for_each_of_them_in_one_statement(adapters, statements):
    stories = [begin(adapters).is_ready() for _ in range(3)]
    for number in range(3):
        stories[0].asks_for_tokens(8 + number)
    statements.clear()
    found = views.jobs_of_datasets_view(adapters.engine, [story.id for story in [*stories, stories[2]]], Page(3))
    assert len(statements) == 1
    kinds = [[row["kind"] for row in found[story.id].rows] for story in stories]
    assert kinds == [["TOKENIZE"] * 3, ["INGEST", "DOWNLOAD"], ["INGEST", "DOWNLOAD"]]
    assert [found[story.id].has_next for story in stories] == [True, False, False]
    last = views.jobs_of_datasets_view(adapters.engine, [stories[0].id], Page(2, backward=True))[stories[0].id]
    assert ([row["kind"] for row in last.rows], last.has_previous) == (["INGEST", "DOWNLOAD"], True)
    assert views.jobs_of_datasets_count(adapters.engine, [story.id for story in stories])[stories[0].id] == 5
    assert views.tokenizations_of_datasets_count(adapters.engine, [stories[1].id]) == {}
    tokens = views.tokenizations_of_datasets_view(adapters.engine, [stories[0].id, stories[1].id], Page(20))
    assert [len(tokens[story.id].rows) for story in stories[:2]] == [3, 0]


def test_progress_is_that_of_running_jobs_alone(adapters):
    story, waiting = begin(adapters).starts(), begin(adapters)
    write_progress(adapters, story, done=10)
    write_progress(adapters, waiting, done=10)
    (run,) = views.progress_of_datasets_view(adapters.engine, [story.id, waiting.id])[story.id]
    assert (run.job_id, run.kind, run.done, run.total, run.unit) == (story.job, "DOWNLOAD", 10, 1000, "BYTES")
    assert views.progress_of_jobs_view(adapters.engine, [story.job, waiting.job]) == {story.job: run}
    story.fails()
    assert views.progress_of_datasets_view(adapters.engine, [story.id]) == {}


def test_what_is_wanted_leaves_the_rest_out(adapters):
    ready, failed = begin(adapters, tags=["a", "b"]).is_ready(), begin(adapters, tags=["a"]).starts().fails()

    def count(**wanted):
        return views.datasets_count(adapters.engine, views.DatasetsWanted(**wanted))

    assert (count(), count(status=["READY"]), count(status=[]), count(source="HUB"), count(source="UPLOAD")) == (
        2,
        1,
        0,
        2,
        0,
    )
    assert (count(tags=["a"]), count(tags=["a", "b"]), count(tags=[]), count(tags=["c"])) == (2, 1, 2, 0)
    assert views.jobs_count(adapters.engine, views.JobsWanted(dataset_id=ready.id)) == 2
    wanted = views.JobsWanted(kind=["DOWNLOAD"], status=["FAILED"])
    (job,) = views.jobs_view(adapters.engine, wanted, Page(5)).rows
    assert job["dataset_id"] == failed.id


def test_a_page_of_many_datasets_is_read_by_an_index(adapters):
    with adapters.pool.connection() as connection:
        connection.execute(
            "INSERT INTO datasets (id, version, position, status, name, source, tags, splits, columns, created_at,"
            " updated_at, last_used_at) SELECT gen_random_uuid(), 1, n, 'QUEUED', 'n', '{}', '{}', '[]', '[]', now(),"
            " now(), now() - n * interval '1 s' FROM generate_series(1, 20000) n"
        )
        connection.execute("ANALYZE datasets")
    found = views.datasets_view(adapters.engine, EVERYTHING, Page(20))
    with adapters.pool.connection() as connection:
        plan = connection.execute(
            "EXPLAIN SELECT * FROM datasets WHERE (last_used_at, id) < (%s, %s::uuid)"
            " ORDER BY last_used_at DESC, id DESC LIMIT 21",
            place(found.rows[-1]),
        ).fetchall()
    assert "datasets_last_used" in str(plan)
    assert "Sort" not in str(plan)
