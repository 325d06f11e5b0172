"""An index from its request to its folder: the real run, killed, damaged, replaced, called off and purged."""

import pytest

from domain import commands as ask
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.index_views import index_parts_view
from domain.adapters.search_damage import DamagedIndex
from domain.adapters.search_indexes import SearchIndexes
from domain.adapters.search_terms import Term
from domain.adapters.search_words import Word
from domain.events import JobAttemptFailed, JobCancelled, JobFailed
from domain.index_events import IndexCompleted
from domain.trash_commands import DeleteDataset, RestoreDataset
from domain.trash_events import DatasetPurged
from tests.workers.index_bench import IndexBench, make_child, rows_of

PARTS = 4


@pytest.fixture(scope="module")
def child():
    made = make_child()
    yield made
    made.close()


@pytest.fixture
def bench(adapters, child):
    made = IndexBench(adapters, child)
    made.make_ready()
    yield made
    made.close()


def folders(bench, pattern="*"):
    return sorted(path.name for path in bench.home.glob(pattern))


def test_an_index_is_built_part_by_part_and_found_by_its_words(bench):
    bench.story.asks_for_an_index()
    bench.finish()
    done = bench.events[-1]
    assert isinstance(done, IndexCompleted)
    assert (done.rows, done.indexed_rows, done.parts, done.language) == (49, 49, PARTS, None)
    assert bench.found("7") == [("train", 7), ("test", 7)]
    assert bench.found("of test") == [("test", row) for row in range(9)]
    assert bench.found("京都") == [("test", row) for row in range(9)]
    assert folders(bench) == ["data", f"index-{bench.story.job}-{done.folder.rpartition('-')[2]}"]
    assert bench.row()["index_bytes"] == done.size_bytes > 0
    assert bench.adapters.pieces.ledger(bench.story.job) == {}


def test_finished_parts_are_searched_while_others_are_built(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(2)
    found = index_parts_view(bench.adapters.engine, bench.adapters.storage, bench.row())
    index = SearchIndexes().open_parts(found.folders, rows=bench.row()["row_count"])
    assert (index.rows, index.indexed) == (49, found.indexed_rows)
    assert [(part.split, part.start) for part in index.parts] == [("train", 0), ("train", index.parts[0].rows)]


def test_a_child_that_is_killed_in_the_middle_of_a_part_costs_that_part_alone(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(2)
    before = bench.ledger
    held = bench.hold_part("00002")
    bench.child.kill()
    held.join(20)
    bench.set()
    bench.work(until=lambda _state: len(bench.ledger) == PARTS)
    assert bench.ledger | before == bench.ledger, "what was finished is as it was"
    bench.finish()
    assert [event.code for event in bench.events if isinstance(event, JobAttemptFailed)] == ["WORKER_LOST"]
    assert bench.found("39") == [("train", 39)]
    assert folders(bench, "*work*") == folders(bench, "*building*") == []


def test_a_part_that_was_damaged_before_the_end_is_built_again_and_no_other(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(PARTS)
    before = bench.ledger
    damaged = bench.work_folder / before["00001"]["file"] / "part.json"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b" ")
    bench.worker.perform("index_dataset", bench.child, bench.story.job, "complete")
    assert bench.ledger.keys() == before.keys() - {"00001"}
    bench.tick()
    bench.wait_over()
    bench.finish()
    assert [event.code for event in bench.events if isinstance(event, JobAttemptFailed)] == ["CHECKSUM_MISMATCH"]
    assert bench.found("39") == [("train", 39)]
    assert folders(bench, "*work*") == []


def test_the_index_that_is_here_stays_until_the_next_one_is_whole(bench):
    bench.story.asks_for_an_index()
    bench.work()
    first = bench.row()["index_folder"]
    bench.story.asks_for_an_index()
    bench.finish_parts(PARTS)
    assert bench.row()["index_folder"] == first
    assert bench.found("39") == [("train", 39)]
    bench.work(until=lambda state: state.index.folder != first)
    second = bench.row()["index_folder"]
    assert bench.found("39") == [("train", 39)]
    assert len(folders(bench, "index-*")) == 2, "a search may still be in the one that was replaced"
    bench.finish()
    assert folders(bench, "index-*") == [second.rpartition("/")[2]], "the one that was replaced is gone"


def test_whoever_has_open_what_was_replaced_goes_on_with_it_and_whoever_opens_it_is_told(bench):
    bench.story.asks_for_an_index()
    bench.work()
    opened, first = SearchIndexes(), bench.adapters.storage / bench.row()["index_folder"]
    part = opened.open(first).parts[0]
    assert rows_of(part.having(Term([Word("7")])), part.rows) == [7]
    bench.story.asks_for_an_index()
    bench.finish()
    assert not first.exists()
    assert rows_of(part.having(Term([Word("5")])), part.rows) == [5]
    with pytest.raises(DamagedIndex):
        SearchIndexes().open(first)


def test_an_index_that_is_called_off_leaves_nothing_of_itself_and_the_dataset_as_it_was(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(1)
    held = bench.hold_part("00001")
    bench.command(ask.CancelJob(dataset_id=bench.story.id, job_id=bench.story.job))
    bench.tick()
    held.join(20)
    bench.work()
    assert isinstance(bench.events[-1], JobCancelled)
    assert bench.state.status == "READY"
    assert folders(bench) == ["data"]


def test_a_damaged_index_is_built_again_and_goes(bench):
    bench.story.asks_for_an_index()
    bench.work()
    first = bench.row()["index_folder"]
    for file in (bench.adapters.storage / first).rglob("part.json"):
        file.unlink()
    report_damaged_index(bench.adapters, bench.story.id, first)
    bench.finish()
    assert bench.found("39") == [("train", 39)]
    assert folders(bench, "index-*") == [bench.row()["index_folder"].rpartition("/")[2]] != [first.rpartition("/")[2]]


def test_a_dataset_that_is_purged_while_it_is_indexed_leaves_no_file_and_no_run_state(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(1)
    held = bench.hold_part("00001")
    bench.command(DeleteDataset(dataset_id=bench.story.id, purge=True))
    bench.tick()
    held.join(20)
    bench.set()
    bench.work()
    assert isinstance(bench.events[-1], DatasetPurged)
    assert not bench.home.exists()
    with bench.adapters.pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM pieces").fetchone() == (0,)


def test_a_dataset_that_comes_back_from_the_trash_is_indexed_after_all(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(1)
    bench.command(DeleteDataset(dataset_id=bench.story.id))
    bench.work()
    assert folders(bench) == ["data"]
    bench.command(RestoreDataset(dataset_id=bench.story.id))
    bench.work()
    assert bench.found("39") == [("train", 39)]


def test_data_that_is_damaged_fails_the_index_and_not_the_dataset(bench):
    (bench.home / "data" / "train" / "0.arrow").unlink()
    bench.story.asks_for_an_index()
    bench.work()
    assert isinstance(bench.events[-1], JobFailed)
    assert (bench.state.status, bench.row()["index_status"]) == ("READY", "FAILED")


def test_an_index_that_failed_goes_on_with_the_parts_that_were_done(bench):
    bench.story.asks_for_an_index()
    bench.finish_parts(2)
    before, data = bench.ledger, bench.home / "data"
    data.rename(data.with_name("away"))
    bench.work()
    assert bench.row()["index_status"] == "FAILED"
    data.with_name("away").rename(data)
    bench.command(ask.RetryJob(dataset_id=bench.story.id, job_id=bench.story.job))
    bench.work(until=lambda _state: len(bench.ledger) == PARTS)
    assert bench.ledger | before == bench.ledger
    bench.finish()
    assert bench.found("39") == [("train", 39)]
    assert folders(bench, "*work*") == []
