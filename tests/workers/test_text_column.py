"""Another column is made the text of a dataset: its figures and its index follow, whatever happens on the way."""

from statistics import median

import pytest

from domain import commands as ask
from domain.adapters.search_indexes import SearchIndex
from domain.adapters.views import dataset_statistics_view
from domain.adapters.words import words
from domain.describe_commands import DescribeDataset
from domain.errors import Refused
from domain.events import JobAttemptFailed, JobCancelled, JobFailed
from domain.index_events import IndexCompleted, IndexRequested
from domain.tokenization_commands import TokenizeDataset
from domain.trash_commands import DeleteDataset, RestoreDataset
from tests.api.figures import STATISTICS
from tests.api.stories import begin
from tests.workers.index_bench import IndexBench, make_child
from workers.actors import Worker
from workers.index_run import INDEX
from workers.tokenize_run import TOKENIZE

ROWS = {
    "train": [
        {"text": f"row {n} of train", "title": None if n % 7 == 0 else f"Title {n}" + " of it" * (n % 3)}
        for n in range(40)
    ],
    "test": [{"text": f"row {n} of test", "title": f"京 test {n}"} for n in range(9)],
}


@pytest.fixture(scope="module")
def child():
    made = make_child()
    yield made
    made.close()


@pytest.fixture
def bench(adapters, child):
    made = IndexBench(adapters, child)
    made.story = begin(adapters).is_ready(ROWS)
    made.story.asks_for_an_index()
    made.finish()
    yield made
    made.close()


def choose(bench, column="title", **changes):
    """Make it the text column; the bench goes on with the job that follows."""
    bench.command(DescribeDataset(dataset_id=bench.story.id, changes=changes, text_column=column))
    requested = bench.events[-1]
    assert isinstance(requested, IndexRequested)
    bench.story.job = requested.job_id


def statistics(bench):
    return dataset_statistics_view(bench.adapters.engine, [bench.story.id]).get(bench.story.id)


def expected(column, split=None):
    """The figures of a column, counted one by one."""
    texts = [row[column] or "" for name, rows in ROWS.items() for row in rows if split in (None, name)]
    counts = [len(words(text)) for text in texts]
    return {
        "rowCount": len(texts),
        "wordCount": sum(counts),
        "characterCount": sum(map(len, texts)),
        "meanWords": sum(counts) / len(counts),
        "medianWords": float(median(counts)),
        "minWords": min(counts),
        "maxWords": max(counts),
        "vocabularySize": len({word for text in texts for word in words(text)}),
        "vocabularyIsExact": True,
    }


def is_of(column, bench):
    """Whether statistics, index and lengths are those of the column."""
    found, row = statistics(bench), bench.row()
    index = SearchIndex.open(bench.adapters.storage / row["index_folder"])
    lengths = [int(count) for part in index.parts for count in part.words]
    said = [{**split, "histogram": None, "name": None} for split in found["bySplit"]]
    return (
        row["text_column"] == index.text_column == column
        and lengths == [len(words(each[column] or "")) for rows in ROWS.values() for each in rows]
        and {name: found[name] for name in expected(column)} == expected(column)
        and said == [{**expected(column, split), "histogram": None, "name": None} for split in ROWS]
        and [split["name"] for split in found["bySplit"]] == list(ROWS)
    )


def test_figures_and_index_are_of_the_new_column_when_its_job_is_done_and_of_no_other_before(bench):
    assert statistics(bench) == STATISTICS
    choose(bench)
    assert (bench.row()["text_column"], statistics(bench), bench.row()["index_folder"]) == ("title", None, None)
    bench.finish_parts(2)
    assert statistics(bench) is None
    bench.finish()
    assert is_of("title", bench)
    assert bench.found("row 7") == [("train", 7), ("test", 7)], "other columns are searched as before"
    assert [path.name for path in bench.home.iterdir()].count("data") == 1
    assert len(list(bench.home.glob("index-*"))) == 1
    assert list(bench.home.glob("*work*")) == []


def test_whoever_changes_his_mind_in_the_midst_of_it_gets_the_last_that_he_chose(bench):
    choose(bench)
    bench.finish_parts(1)
    choose(bench, "text", language="english")
    bench.finish()
    assert is_of("text", bench)
    assert [event.language for event in bench.events if isinstance(event, IndexCompleted)] == [None, "english"]


def test_a_worker_that_is_killed_meanwhile_costs_its_part_alone(bench):
    choose(bench)
    bench.finish_parts(1)
    held = bench.hold_part("00001")
    bench.child.kill()
    held.join(20)
    bench.set()
    bench.finish()
    assert [event.code for event in bench.events if isinstance(event, JobAttemptFailed)] == ["WORKER_LOST"]
    assert is_of("title", bench)


def test_counted_words_that_were_damaged_before_the_end_are_counted_again(bench):
    choose(bench)
    bench.work(until=lambda _state: "00000" in bench.ledger)
    damaged = bench.work_folder / bench.ledger["00000"]["words"]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    bench.work(rounds=30)
    bench.wait_over()
    bench.finish()
    assert "CHECKSUM_MISMATCH" in [event.code for event in bench.events if isinstance(event, JobAttemptFailed)]
    assert is_of("title", bench)


def test_called_off_there_are_no_figures_until_an_index_is_asked_for(bench):
    choose(bench)
    bench.finish_parts(1)
    bench.command(ask.CancelJob(dataset_id=bench.story.id, job_id=bench.story.job))
    bench.work()
    assert isinstance(bench.events[-1], JobCancelled)
    row = bench.row()
    assert (row["text_column"], row["index_status"], statistics(bench)) == ("title", "CANCELLED", None)
    bench.story.asks_for_an_index()
    bench.finish()
    assert is_of("title", bench)


def test_when_it_fails_a_retry_brings_the_figures(bench):
    choose(bench)
    bench.finish_parts(1)
    data = bench.home / "data"
    data.rename(data.with_name("away"))
    bench.work()
    assert isinstance(bench.events[-1], JobFailed)
    assert (bench.row()["status"], statistics(bench)) == ("READY", None)
    data.with_name("away").rename(data)
    bench.command(ask.RetryJob(dataset_id=bench.story.id, job_id=bench.story.job))
    bench.finish()
    assert is_of("title", bench)


def test_the_trash_holds_it_up_and_a_restore_ends_it(bench):
    choose(bench)
    bench.finish_parts(1)
    bench.command(DeleteDataset(dataset_id=bench.story.id))
    bench.work()
    with pytest.raises(Refused):
        bench.command(DescribeDataset(dataset_id=bench.story.id, changes={}, text_column="text"))
    bench.command(RestoreDataset(dataset_id=bench.story.id))
    bench.finish()
    assert is_of("title", bench)


def test_tokens_that_were_asked_for_before_are_made_of_the_column_of_then(bench):
    ids = {"tokenization_id": bench.story.id[:-1] + "0", "job_id": bench.story.id[:-1] + "1"}
    tokens = TokenizeDataset(dataset_id=bench.story.id, tokenizer="builtin:byt5", recipe={"maxLength": 64}, **ids)
    bench.command(tokens)
    choose(bench)
    bench.worker = Worker(bench.adapters, {"index_dataset": INDEX, "tokenize_dataset": TOKENIZE}, "here")
    bench.work(rounds=30)
    made = bench.state.tokenizations[ids["tokenization_id"]]
    assert made.folder is not None
    assert made.recipe["textColumns"] == ["text"]
    assert is_of("title", bench)
