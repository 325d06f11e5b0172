"""What every event log promises; the real one also across connections and processes."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from domain.adapters.listener import Listener
from domain.adapters.postgres_log import APPEND_CHANNEL, PostgresLog, append_within, told
from domain.errors import ClaimTaken, Conflict
from domain.events import JobStarted
from domain.log import Append, Idempotency, Trace
from tests.api.client import until
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import DATASET, queued, tokenizing

TRACE = Trace("command", "story", "cause")
STREAM = f"dataset-{DATASET}"
CLAIMS = (
    "INSERT INTO claims SELECT 'asked:' || md5(n::text), 'dataset-' || md5(n::text)::uuid FROM generate_series(1, %s) n"
)
CLAIMS_SCANNED = "SELECT coalesce(sum(seq_tup_read), 0)::int FROM pg_stat_xact_user_tables WHERE relname = 'claims'"


@pytest.fixture(params=["memory", "postgres"])
def log(request):
    return MemoryLog() if request.param == "memory" else request.getfixturevalue("adapters").log


def stream(number: int) -> str:
    return f"dataset-00000000-0000-4000-8000-{number:012}"


def job(number: int) -> str:
    return f"00000000-0000-4000-9000-{number:012}"


def begun(number: int) -> list[JobStarted]:
    return [JobStarted(job_id=job(number), kind="DOWNLOAD", attempt=1)]


def appended(name: str, expected: int = 0, events=None, **more) -> Append:
    return Append(stream=name, expected_version=expected, events=events or begun(1), trace=TRACE, **more)


def test_events_come_back_in_order_with_their_place_and_trace(log):
    story = tokenizing()
    log.append(Append(stream=STREAM, expected_version=0, events=story, trace=TRACE))
    found = log.read(STREAM)
    assert [recorded.version for recorded in found] == list(range(1, len(story) + 1))
    assert [type(recorded.event) for recorded in found] == [type(event) for event in story]
    assert found[0].metadata == {"command_id": "command", "correlation_id": "story", "causation_id": "cause"}
    assert log.newest() == found[-1].position
    assert [recorded.position for recorded in log.after(found[0].position, 2)] == [
        recorded.position for recorded in found[1:3]
    ]


def test_a_stream_that_moved_on_is_a_conflict(log):
    log.append(appended(stream(1)))
    for expected in (0, 2):
        with pytest.raises(Conflict):
            log.append(appended(stream(1), expected))
    assert len(log.read(stream(1))) == 1


def test_a_claim_is_held_by_one_stream_until_it_is_given_back(log):
    log.append(appended(stream(1), claim=frozenset({"a", "b"})))
    with pytest.raises(ClaimTaken) as taken:
        log.append(appended(stream(2), claim=frozenset({"b"})))
    assert (taken.value.key, taken.value.holder) == ("b", stream(1))
    assert log.read(stream(2)) == []
    log.append(appended(stream(1), 1, release=frozenset({"b"})))
    log.append(appended(stream(2), claim=frozenset({"b"})))


def test_an_append_looks_at_no_claims_of_other_streams_however_many_there_are(adapters, database_url):
    # given the claims of many others, and of one stream that holds two
    adapters.log.append(appended(stream(1), claim=frozenset({"a", "b"})))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(CLAIMS, (5_000,))
        connection.execute("ANALYZE claims")

    # when it gives one of them back, and another stream is appended to
    with psycopg.connect(database_url) as connection:
        changes = (appended(stream(1), 1, release=frozenset({"b"})), appended(stream(2)))
        outcomes = append_within(connection, [told(change) for change in changes])
        scanned = connection.execute(CLAIMS_SCANNED).fetchone()

    # then no row was read but by an index
    assert [outcome for outcome, *_ in outcomes] == [None, None]
    assert scanned == (0,)


def test_an_idempotency_key_is_remembered_with_its_append(log):
    key = Idempotency("k", "downloadDataset", "digest", {"dataset": "d"})
    (recorded,) = log.append(appended(stream(1), idempotency=key))
    used = log.remembered("k")
    assert (used.digest, used.objects, used.position) == ("digest", {"dataset": "d"}, recorded.position)
    assert log.remembered("other") is None
    with pytest.raises(Conflict):
        log.append(appended(stream(2), idempotency=key))
    assert log.read(stream(2)) == []


def test_changes_of_several_streams_are_stored_all_or_none(log):
    key = Idempotency("k", "deleteDatasets", "digest", {"datasets": "a b"})
    log.append(appended(stream(2)))
    with pytest.raises(Conflict):
        log.append_all([appended(stream(1), idempotency=key, claim=frozenset({"a"})), appended(stream(2))])
    assert (log.newest(), log.remembered("k")) == (1, None)
    log.append(appended(stream(3), claim=frozenset({"a"})))
    with pytest.raises(ClaimTaken):
        log.append_all([appended(stream(1)), appended(stream(2), 1, claim=frozenset({"a"}))])
    assert log.read(stream(1)) == []
    two = log.append_all([appended(stream(1), idempotency=key), appended(stream(2), 1, [*begun(1), *begun(2)])])
    assert [(recorded.stream, recorded.version) for recorded in two] == [
        (stream(1), 1),
        *((stream(2), 2), (stream(2), 3)),
    ]
    assert [recorded.position for recorded in two] == sorted(recorded.position for recorded in two)
    assert log.remembered("k").position == two[0].position
    with pytest.raises(Conflict):
        log.append_all([appended(stream(4), idempotency=key)])


def test_a_follower_skips_nothing_while_an_append_is_held_open(adapters, database_url):
    """Without the lock the second append would commit first, with the higher position, and the first be skipped."""
    log = adapters.log
    seen = []
    with psycopg.connect(database_url) as slow:
        append_slowly = slow.transaction()
        with append_slowly:
            append_within(slow, [told(appended(stream(1)))])
            fast = threading.Thread(target=log.append, args=(appended(stream(2)),))
            fast.start()
            time.sleep(0.3)
            seen += log.after(0, 10)
            assert seen == []
        fast.join()
    seen += log.after(seen[-1].position if seen else 0, 10)
    assert [recorded.stream for recorded in seen] == [stream(1), stream(2)]


def test_appends_whose_answer_is_lost_are_made_once(adapters, database_url, monkeypatch):
    log = adapters.log

    def cut(connection, appends):
        outcomes = append_within(connection, appends)
        if len(appends) > 1:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return outcomes

    monkeypatch.setattr("domain.adapters.postgres_log.append_within", cut)
    with ThreadPoolExecutor(3) as threads:
        with psycopg.connect(database_url) as slow:
            append_within(slow, [told(appended(stream(1)))])
            alone = threads.submit(log.append, appended(stream(2)))
            until(lambda: log._queue._busy and not log._queue._waiting)
            lost = [threads.submit(log.append, appended(stream(number))) for number in (3, 4)]
            until(lambda: len(log._queue._waiting) == len(lost))
        assert [type(append.exception()) for append in lost] == [psycopg.errors.AdminShutdown] * 2
    assert [len(log.read(stream(number))) for number in (3, 4)] == [1, 1]
    assert len(alone.result()) == 1


def test_many_writers_and_a_follower_that_remembers_its_position(adapters):
    log, writers, each = adapters.log, 6, 30
    threads = [
        threading.Thread(target=lambda number=number: [log.append(appended(stream(number), n)) for n in range(each)])
        for number in range(writers)
    ]
    for thread in threads:
        thread.start()
    seen = []
    while len(seen) < writers * each:
        seen += log.after(seen[-1].position if seen else 0, 7)
    for thread in threads:
        thread.join()
    positions = [recorded.position for recorded in seen]
    assert positions == sorted(set(positions))
    assert log.after(positions[-1], 10) == []


def test_whoever_hears_a_notification_finds_the_event_and_its_row(adapters, database_url):
    listener = Listener(database_url, (APPEND_CHANNEL,))
    assert listener.wait(5) == [("lost", "")]
    (recorded,) = adapters.log.append(Append(stream=STREAM, expected_version=0, events=queued(), trace=TRACE))
    heard = listener.wait(5)
    listener.close()
    assert heard == [(APPEND_CHANNEL, str(recorded.position))]
    with adapters.pool.connection() as connection:
        row = connection.execute("SELECT position, version FROM datasets WHERE id = %s", (DATASET,)).fetchone()
    assert row == (recorded.position, 1)


def test_a_listener_that_lost_its_connection_says_so_and_hears_again(adapters, database_url):
    listener = Listener(database_url, (APPEND_CHANNEL,))
    listener.wait(1)
    with adapters.pool.connection() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query ~ '^LISTEN' AND datname = current_database()"
        )
    assert listener.wait(5) == [("lost", "")]
    assert listener.wait(5) == [("lost", "")]
    adapters.log.append(appended(stream(1)))
    assert listener.wait(5) == [(APPEND_CHANNEL, "1")]
    listener.close()


def test_text_that_postgres_refuses_is_cleaned(adapters):
    (event,) = queued()
    dirty = type(event)(job_id=event.job_id, source={**event.source, "repository": "nul \0 lone \ud800"}, name="a\0b")
    adapters.log.append(Append(stream=STREAM, expected_version=0, events=[dirty], trace=TRACE))
    (stored,) = adapters.log.read(STREAM)
    assert stored.event.source["repository"] == "nul � lone �"
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT name FROM datasets").fetchone() == ("a�b",)


def test_a_log_has_a_name_that_another_one_does_not_share(adapters):
    assert adapters.log.identity() == adapters.log.identity()
    assert len(adapters.log.identity()) == 8


def test_postgres_keeps_what_it_acknowledged(adapters):
    with adapters.pool.connection() as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        ]
    assert shown == ["on", "on", "on"]


MANY_EVENTS = """
INSERT INTO events (stream, version, type, data, metadata)
SELECT 'dataset-' || n / 20, n % 20 + 1, 'JobStarted', '{"job_id": "x", "kind": "DOWNLOAD", "attempt": 1}', '{}'
FROM generate_series(0, 39999) n
"""
INDEXES_USED = "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = 'events'"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plans", "wanted", "index"),
    [
        ("force_generic_plan", {"stream": "dataset-1000"}, "events_stream_version"),
        ("force_generic_plan", {"stream": "dataset-1000", "types": ["JobStarted"]}, "events_stream_version"),
        ("force_custom_plan", {"types": ["DatasetPurged"]}, "events_type"),
        ("force_custom_plan", {"types": ["DatasetPurged", "IndexCompleted"]}, "events_type"),
        ("force_generic_plan", {}, "events_pkey"),
    ],
)
def test_what_is_wanted_of_a_long_log_is_found_by_its_index(database_url, plans, wanted, index):
    # given a log in which it is a small part, and a connection that keeps one plan for all
    with psycopg.connect(database_url, autocommit=True) as setting:
        setting.execute(MANY_EVENTS)
        setting.execute("VACUUM ANALYZE events")
    options = {"options": f"-c plan_cache_mode={plans}", "autocommit": True}
    with ConnectionPool(database_url, min_size=1, max_size=1, kwargs=options) as pool:
        log = PostgresLog(pool, pool)

        # when it is asked for so often that the statement is prepared
        def ask():
            for _ in range(10):
                log.after(10, 500, **wanted)

        with pool.connection() as connection:
            before = dict(connection.execute(INDEXES_USED).fetchall())
        ask()
        with pool.connection() as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
        with pool.connection() as connection:
            after = dict(connection.execute(INDEXES_USED).fetchall())

    # then it was found by its index each time
    assert after[index] - before[index] >= 10
