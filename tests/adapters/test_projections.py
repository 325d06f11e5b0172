"""The read models: a replay of the log into empty tables gives the live ones."""

import random
from dataclasses import replace

import pytest

from domain.adapters.rebuild import rebuild
from domain.adapters.tables import READ_MODELS
from domain.commands import DownloadDataset
from domain.describe_commands import DescribeDataset
from domain.errors import ClaimTaken, Refused
from domain.events import PresetDeleted
from domain.handle import handle
from domain.log import Append, Trace
from domain.stored_events import TYPES
from domain.trash_events import DatasetPurged
from tests.domain.random_stories import DATASETS, commands_on, next_command, states_in
from tests.domain.stories import DATASET, PRESET, PURGE_JOB, indexed, made_again, purging, saved, tokenizing

TRACE = Trace("command", "story")


def rows(adapters):
    with adapters.pool.connection() as connection:
        return {
            table.name: connection.execute(f"SELECT * FROM {table.name} ORDER BY id").fetchall()
            for table in READ_MODELS
        }


def empty(adapters, *tables):
    with adapters.pool.connection() as connection:
        connection.execute("TRUNCATE " + ", ".join(tables))


def live(adapters, choices):
    """Carry the choices out; the types of the events that they led to."""
    empty(adapters, "events", "claims", *(table.name for table in READ_MODELS))
    seen = set()
    for choice in choices:
        try:
            handled = handle(adapters.log, next_command(states_in(adapters.log), choice), TRACE)
        except (Refused, ClaimTaken):
            continue
        seen |= {type(recorded.event) for recorded in handled.events}
    return seen


def assert_a_replay_gives_the_same(adapters):
    before = rows(adapters)
    assert rebuild(adapters.settings.database_url).named == []
    assert rows(adapters) == before


@pytest.mark.slow
def test_random_histories_come_to_every_kind_of_event(adapters):
    """So that `test_rebuild`, which replays any of them, compares what it says."""
    seen = set()
    for seed in range(12):
        numbers = random.Random(seed)
        seen |= live(adapters, [numbers.randrange(10**6) for _ in range(100)])
        assert_a_replay_gives_the_same(adapters)
        if seen == set(TYPES.values()):
            break
    assert seen == set(TYPES.values())


def test_a_whole_story_is_told_by_the_three_tables(adapters):
    adapters.log.append(Append(stream=f"dataset-{DATASET}", expected_version=0, events=tokenizing(), trace=TRACE))
    with adapters.pool.connection() as connection:
        dataset = connection.execute("SELECT status, row_count, commit, version FROM datasets").fetchone()
        jobs = connection.execute("SELECT kind, status FROM jobs ORDER BY kind").fetchall()
        tokenization = connection.execute("SELECT status, tokenizer FROM tokenizations").fetchone()
    assert dataset == ("READY", 4, "c" * 40, len(tokenizing()))
    assert jobs == [("DOWNLOAD", "SUCCEEDED"), ("INGEST", "SUCCEEDED"), ("TOKENIZE", "RUNNING")]
    assert tokenization == ("RUNNING", "builtin:byt5")


def test_an_index_of_data_that_was_made_again_is_found_no_more(adapters):
    # given a dataset that is searched, whose data is made again of files that may have changed
    adapters.log.append(
        Append(stream=f"dataset-{DATASET}", expected_version=0, events=made_again(indexed()), trace=TRACE)
    )
    with adapters.pool.connection() as connection:
        found = connection.execute("SELECT status, folder, index_status, index_folder FROM datasets").fetchone()
    assert found == ("READY", "datasets/data-2", None, None)
    assert_a_replay_gives_the_same(adapters)


def told_of(adapters, dataset_id):
    """How many rows each table has that are of a dataset."""
    columns = {"datasets": "id", "jobs": "dataset_id", "tokenizations": "dataset_id", "exports": "dataset_id"}
    with adapters.pool.connection() as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", (dataset_id,)).fetchone()[0]
            for table, column in columns.items()
        }


def test_what_is_purged_has_no_row_left_and_others_keep_theirs(adapters):
    other = DATASETS[1]
    history = purging()
    adapters.log.append(Append(stream=f"dataset-{DATASET}", expected_version=0, events=history, trace=TRACE))
    with adapters.pool.connection() as connection:
        found = connection.execute("SELECT status FROM datasets").fetchall()
    assert found == [("PURGING",)]
    for command in commands_on(other, fence=1):
        if isinstance(command, DownloadDataset):
            handle(adapters.log, replace(command, repository="acme/other"), TRACE)
    assert told_of(adapters, DATASET) == {"datasets": 1, "jobs": 5, "tokenizations": 1, "exports": 1}

    end = [DatasetPurged(job_id=PURGE_JOB, bytes_freed=5)]
    stream = f"dataset-{DATASET}"
    adapters.log.append(Append(stream=stream, expected_version=len(history), events=end, trace=TRACE))

    assert told_of(adapters, DATASET) == {"datasets": 0, "jobs": 0, "tokenizations": 0, "exports": 0}
    assert told_of(adapters, other) == {"datasets": 1, "jobs": 1, "tokenizations": 0, "exports": 0}
    assert len(adapters.log.read(stream)) == len(history) + 1
    assert_a_replay_gives_the_same(adapters)


def test_a_preset_is_told_by_its_table_until_it_is_deleted(adapters):
    def append(version, event):
        adapters.log.append(Append(stream=f"preset-{PRESET}", expected_version=version, events=[event], trace=TRACE))

    def shown():
        with adapters.pool.connection() as connection:
            return connection.execute(
                "SELECT id::text, version, name, tokenizer, recipe, updated_at > created_at FROM presets"
            ).fetchall()

    append(0, saved(maxLength=8)[0])
    assert shown() == [(PRESET, 1, "short", "builtin:byt5", {"maxLength": 8}, False)]
    append(1, saved(name="long", tokenizer=None)[0])
    assert shown() == [(PRESET, 2, "long", None, {}, True)]
    append(2, PresetDeleted(name="long"))
    assert shown() == []
    assert_a_replay_gives_the_same(adapters)


def test_what_is_said_of_a_dataset_is_in_its_row_and_so_are_the_words_that_find_it(adapters):
    def shown():
        with adapters.pool.connection() as connection:
            columns = "name, tags, notes, language, name_words, tag_words, notes_words, source_words, catalogue::text"
            return connection.execute(f"SELECT {columns} FROM datasets").fetchone()

    handle(adapters.log, next(iter(commands_on(DATASET, fence=1))), TRACE)
    assert shown() == (
        "acme/english",
        [],
        None,
        None,
        " acme english \n",
        "",
        "",
        " acme english \n",
        "'acme' 'english'",
    )
    said = {"name": "Größe_漢字", "tags": ("a/b", "c"), "notes": "NUL \0", "language": "german"}
    handle(adapters.log, DescribeDataset(dataset_id=DATASET, changes=said), TRACE)
    words = (" grösse 漢\t字 \n", " a b \n c \n", " nul \n", " acme english \n")
    lexemes = "'a' 'acme' 'b' 'c' 'english' 'grösse' 'nul' '字' '漢'"
    assert shown() == ("Größe_漢字", ["a/b", "c"], "NUL �", "german", *words, lexemes)
    handle(adapters.log, DescribeDataset(dataset_id=DATASET, changes={"notes": None, "language": None}), TRACE)
    assert shown()[2:4] == (None, None)
    assert shown()[6] == ""
    assert_a_replay_gives_the_same(adapters)
