"""`mistudio migrate`, and how every command meets a database that a later program has migrated."""

import os
import subprocess
import sys
from dataclasses import replace

import psycopg
import pytest

from api.migrating import migrate, run_migrate
from domain.adapters import locks
from domain.adapters.schema_version import known_revisions, revision_of
from domain.adapters.settings import read_settings
from tests.adapters.test_projections import assert_a_replay_gives_the_same
from tests.adapters.test_schema_version import stamp
from tests.api.stories import begin
from tests.ports import free_port
from tests.servers import temporary_home
from tests.workers.journeys import plant

pytestmark = pytest.mark.slow

NEWEST = known_revisions()[-1]
REFUSAL = f"The database has schema 9999, which is newer than the newest that this program knows, {NEWEST}: start"


def schema(url):
    with psycopg.connect(url) as connection:
        return revision_of(connection)


def start(settings, *words):
    """A command of `mistudio` in a process of its own."""
    environ = {"PATH": os.environ["PATH"], **settings.environment(), "MISTUDIO_PORT": str(free_port())}
    command = [sys.executable, "-m", "api.cli", *words]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


# Those that go on for long end with 1, those that report with 2: their 1 says that something was found.
BEGINNINGS = {
    **dict.fromkeys(("migrate", "api", "worker", "dispatch", "questions", "up"), 1),
    **dict.fromkeys(("rebuild", "rebuild --check", "check", "check --repair"), 2),
}


def test_no_command_begins_on_a_newer_schema_and_each_says_why(settings, adapters, database_url):
    # given what a check and a rebuild would do something about
    begin(adapters).is_ready()
    stranger = plant(adapters.storage / "datasets" / "stranger")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE datasets SET name = 'as the later program has it'")
    stamp(database_url, "9999")

    # when
    started = {command: start(settings, *command.split()) for command in BEGINNINGS}

    # then
    for command, process in started.items():
        said, _ = process.communicate(timeout=60)
        assert (command, process.returncode) == (command, BEGINNINGS[command])
        assert REFUSAL in said
        assert "Traceback" not in said
        if BEGINNINGS[command] != 1:
            assert said.count("\n") == 1
    assert schema(database_url) == "9999"
    assert stranger.exists()
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT name FROM datasets").fetchall() == [("as the later program has it",)]


@pytest.mark.parametrize("command", ["rebuild", "check"])
def test_a_report_on_a_database_that_is_not_there_says_so(settings, command):
    named = replace(settings, database_url="postgresql://127.0.0.1:1/nowhere")
    with start(named, command) as process:
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, said.startswith("The database does not answer: ")) == (2, True)
    assert "Traceback" not in said


def test_who_is_there_before_the_migration_waits_for_it(settings, database_url):
    # given a database from before, and a dispatcher that was started on it
    migrate(database_url, "0014")
    with start(settings, "dispatch") as dispatcher:
        assert dispatcher.stdout is not None
        assert "run `mistudio migrate`" in next(line for line in dispatcher.stdout if "waiting" in line)

        # when the database is migrated
        migrate(database_url)

        # then it begins
        with psycopg.connect(database_url, autocommit=True) as connection:
            query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
            while connection.execute(query, (locks.LEADER,)).fetchone() == (0,):
                assert dispatcher.poll() is None
        dispatcher.terminate()
        assert dispatcher.wait(30) == 0


def test_an_api_on_another_schema_is_live_and_not_ready(serve, database_url):
    with serve() as served:
        http = served.client.http
        assert http.get("/health/ready").json() == {"ready": True, "missing": []}
        stamp(database_url, "9999")
        answer = http.get("/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["schema"]})
        assert http.get("/health/live").status_code == 200


def test_a_database_goes_back_to_a_schema_from_before_and_forth(adapters, settings, database_url):
    begin(adapters).is_ready()

    assert run_migrate(settings, "0008") == 0
    assert schema(database_url) == "0008"
    assert run_migrate(settings) == 0

    assert schema(database_url) == NEWEST
    assert_a_replay_gives_the_same(adapters)


def test_a_schema_that_nobody_knows_is_refused_by_those_that_there_are(settings, database_url, capsys):
    assert run_migrate(settings, "9999") == 2
    assert capsys.readouterr().err.startswith("There is no schema '9999': name one of 0001, 0002, ")
    assert schema(database_url) == NEWEST


def test_nobody_goes_back_below_a_service_that_runs(settings, database_url, capsys):
    with psycopg.connect(database_url, autocommit=True) as dispatcher:
        dispatcher.execute("SELECT pg_advisory_lock(%s)", (locks.LEADER,))
        assert run_migrate(settings, "0008") == 1
        assert capsys.readouterr().err == "A service runs on this database: stop it, then go back.\n"
        assert run_migrate(settings, NEWEST) == 0
    assert schema(database_url) == NEWEST


def test_a_database_that_is_not_there_is_one_line(capsys):
    settings = read_settings({"MISTUDIO_DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"})
    assert run_migrate(settings) == 1
    assert capsys.readouterr().err.startswith("The database does not answer: ")


def test_without_a_named_database_that_of_the_home_is_migrated_and_stopped_again():
    with temporary_home() as home:
        settings = read_settings({"MISTUDIO_HOME": str(home)})
        assert run_migrate(settings) == 0
        assert not (home / "postgres" / "data" / "postmaster.pid").exists()
        assert run_migrate(settings, "0014") == 0
