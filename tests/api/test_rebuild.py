"""`mistudio rebuild` as a person runs it, beside a service that answers and writes all the while."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from api.ids import global_id
from api.rebuild import lines
from domain.adapters import locks
from domain.adapters.rebuild import MOST_NAMED, rebuild
from tests.api.client import until
from tests.api.cut import place
from tests.api.stories import begin
from tests.servers import temporary_home
from workers.broker import open_broker
from workers.dispatch import Dispatcher

pytestmark = pytest.mark.slow

ROUNDS = 6
NAMES = "query($id: ID!) { dataset(id: $id) { status jobs { nodes { status } } } jobs(first: 5) { totalCount } }"


def run(settings, *options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*options), env=environ(settings), capture_output=True, text=True, check=False)


def command(*options):
    return [sys.executable, "-m", "api.cli", "rebuild", *options]


def environ(settings):
    return {"PATH": os.environ["PATH"], **settings.environment()}


def execute(adapters, query, values=None):
    with adapters.pool.connection() as connection:
        return connection.execute(query, values)


def test_a_person_reads_what_was_different_and_that_it_is_right_now(adapters, settings):
    story = begin(adapters).starts()
    execute(adapters, "UPDATE datasets SET status = 'READY', commit = 'c0ffee'")
    execute(adapters, "DELETE FROM jobs")

    checked = run(settings, "--check")
    assert checked.stdout.splitlines()[:4] == [
        f"datasets {story.id}: commit is c0ffee, should be null",
        f"datasets {story.id}: status is READY, should be DOWNLOADING",
        f"jobs {story.job}: missing",
        "2 rows differed: 1 wrong, 1 missing, 0 extra.",
    ]
    assert checked.stdout.splitlines()[-1] == "Nothing was changed."
    assert checked.returncode == 1

    rebuilt = run(settings)
    assert rebuilt.stdout.splitlines()[:4] == checked.stdout.splitlines()[:4]
    assert "The rebuilt tables are in use" in rebuilt.stdout
    assert rebuilt.returncode == 0

    again = run(settings, "--dry-run")
    assert (again.stdout.splitlines()[0], again.returncode) == ("No row differed.", 0)


def test_what_is_not_named_is_counted(adapters, database_url):
    execute(
        adapters,
        "INSERT INTO jobs (id, dataset_id, kind, status, attempt, position, created_at)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 'INGEST', 'QUEUED', 1, 1, now() FROM generate_series(1, %s)",
        (MOST_NAMED + 7,),
    )
    told = list(lines(rebuild(database_url)))
    assert len([line for line in told if line.endswith("extra, no event tells of it")]) == MOST_NAMED
    assert "... and more: 7 differences beyond these." in told
    assert f"{MOST_NAMED + 7:,} rows differed: 0 wrong, 0 missing, {MOST_NAMED + 7:,} extra." in told


def test_what_cannot_be_rebuilt_is_one_line_and_a_code_of_its_own(adapters, settings):
    begin(adapters)
    execute(adapters, "UPDATE events SET type = 'NeverHappened'")
    refused = run(settings)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "NeverHappened" in refused.stderr


def test_without_a_service_on_the_home_it_says_how_to_get_one():
    with temporary_home() as home:
        alone = {"PATH": os.environ["PATH"], "MISTUDIO_HOME": str(home)}
        refused = subprocess.run(command(), env=alone, capture_output=True, text=True, check=False)
    assert (refused.returncode, "mistudio up" in refused.stderr) == (2, True)


def test_beside_a_service_it_finds_the_postgres_of_the_home(servers):
    """Nothing was migrated there, which only that Postgres can tell."""
    beside = {"PATH": os.environ["PATH"], "MISTUDIO_HOME": str(servers.postgres.home)}
    refused = subprocess.run(command(), env=beside, capture_output=True, text=True, check=False)
    assert (refused.returncode, "mistudio migrate" in refused.stderr) == (2, True)
    assert servers.postgres.answers()


def test_a_dispatcher_at_work_is_not_taken_for_another_rebuild(adapters, settings, database_url):
    begin(adapters)
    dispatcher = Dispatcher(adapters, open_broker(settings.redis_url))
    assert dispatcher.tick()
    assert rebuild(database_url).differed == 0
    dispatcher.resign()


def test_a_rebuild_that_is_killed_leaves_the_live_tables_and_the_next_one_clears_up(adapters, settings, database_url):
    begin(adapters)
    execute(adapters, "UPDATE datasets SET name = 'planted'")
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (locks.APPEND,))
        process = subprocess.Popen(command(), env=environ(settings))
        until(lambda: execute(adapters, "SELECT 1 FROM pg_locks WHERE NOT granted").fetchall())
        process.kill()
        process.wait()
    assert execute(adapters, "SELECT name FROM datasets").fetchall() == [("planted",)]
    left = "SELECT 1 FROM pg_class WHERE relname = 'datasets_rebuilt'"
    assert execute(adapters, left).fetchall() == [(1,)]
    others = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
    until(lambda: not execute(adapters, others).fetchall())

    assert [found.live for found in rebuild(database_url).named] == ["planted"]
    assert execute(adapters, left).fetchall() == []


@contextmanager
def repeated(work) -> Iterator[None]:
    """Do it again and again beside the body, and at least once; what it raises is raised at the end."""
    stopped, errors = threading.Event(), []

    def go_on():
        try:
            while True:
                work()
                if stopped.is_set():
                    return
        except Exception as error:  # noqa: BLE001  raised below
            errors.append(error)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
    if errors:
        raise errors[0]


def positions(adapters):
    return [position for (position,) in execute(adapters, "SELECT position FROM events ORDER BY position").fetchall()]


@contextmanager
def followed(served, adapters) -> Iterator[list[int]]:
    """The positions that a follower of the log is told from here on, up to the last one after the body."""
    told: list[int] = []
    with served.client.subscribe('subscription { events(after: "0") { events { position } } }') as following:
        yield told
        last = positions(adapters)[-1]
        while last not in told:
            told += [place(event["position"]) for event in following.next()["events"]]


@pytest.mark.slow
def test_the_service_answers_and_writes_through_every_switch(serve, adapters, database_url):
    written = []

    def write():
        """A dataset that downloads, by several appends; whoever asks then sees it."""
        story = begin(adapters).starts()
        written.append(story)
        (row,) = execute(adapters, "SELECT status, version FROM datasets WHERE id = %s", (story.id,)).fetchall()
        assert row == ("DOWNLOADING", 2)

    with serve() as served:

        def ask():
            newest = written[-1] if written else None
            if newest is not None:
                data = served.client.ask(NAMES, id=global_id("Dataset", newest.id))
                assert data["dataset"]["status"] == "DOWNLOADING"
                assert data["dataset"]["jobs"]["nodes"] == [{"status": "RUNNING"}]

        with followed(served, adapters) as told, repeated(write), repeated(ask):
            until(lambda: len(written) > 10)
            for _ in range(ROUNDS):
                before = len(written)
                report = rebuild(database_url)
                assert (report.differed, report.switched) == (0, True)
                until(lambda before=before: len(written) > before + 5)
    assert rebuild(database_url, switch=False).differed == 0
    assert execute(adapters, "SELECT count(*) FROM datasets").fetchall() == [(len(written),)]
    assert (len(told), told) == (2 * len(written), positions(adapters))
