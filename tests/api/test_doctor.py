"""`mistudio doctor` as a person runs it: what it says of what, and its exit code."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from shutil import _ntuple_diskusage

import psycopg
import pytest
import redis
from psycopg.sql import SQL, Identifier

from api import examined_machine
from api.cli import main
from api.examined_machine import GIGABYTE, examine_storage
from api.examined_servers import DURABILITY, durable, postgres_version, redis_version
from domain.adapters.secret_key import FILE
from tests.api.client import PATIENCE_SECONDS
from tests.hub import Hub
from tests.ports import deaf_port
from tests.servers import temporary_home

ALL = ("settings", "address", "storage", "disk", "key", "tokenizers", "imports", "postgres", "schema", "redis", "hub")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with Hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def deaf():
    """The port of a service that does not run."""
    with deaf_port() as port:
        yield port


@pytest.fixture
def examined(settings, hub, deaf, monkeypatch, capsys):
    """What is told with these changes of the environment: the exit code, and findings by what they are of."""
    for patience in ("HUB_SECONDS", "SERVICE_SECONDS"):
        monkeypatch.setattr(examined_machine, patience, PATIENCE_SECONDS)

    def examine(**changes):
        environ = {**settings.environment(), "HF_ENDPOINT": hub.url, "MISTUDIO_PORT": str(deaf), **changes}
        for name in set(os.environ) | set(environ):
            if name.startswith(("MISTUDIO_", "HF_")):
                monkeypatch.delenv(name, raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["isWell"] == (code == 0)
        return code, {finding["what"]: finding for finding in told["findings"]}

    return examine


def told(found, what):
    return found[what]["health"], found[what]["told"]


def test_where_all_is_well_it_says_so_of_everything_whether_the_service_runs_or_not(examined, serve):
    code, found = examined()
    assert (code, {finding["health"] for finding in found.values()}) == (0, {"OK"})
    assert {*ALL, "durability", "service"} == set(found)
    assert "does not run" in found["service"]["told"]
    with serve() as served:
        code, found = examined(MISTUDIO_PORT=str(served.port))
        assert (code, told(found, "service")) == (0, ("OK", f"ready at http://127.0.0.1:{served.port}"))


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("MISTUDIO_PORT", "many", "settings"),
        ("MISTUDIO_HOST", "0.0.0.0", "address"),
        ("MISTUDIO_DATABASE_URL", "postgresql://nobody:secret-word@127.0.0.1:1/none", "postgres"),
        ("MISTUDIO_REDIS_URL", "redis://127.0.0.1:1/0", "redis"),
        ("MISTUDIO_RESERVE", "99", "disk"),
    ],
)
def test_what_does_not_work_is_a_failure_with_advice(examined, variable, value, what):
    code, found = examined(**{variable: value})
    assert (code, found[what]["health"]) == (1, "FAIL")
    assert found[what]["advice"]
    assert "secret-word" not in json.dumps(found)


def test_a_hub_out_of_reach_is_a_warning_and_no_failure(examined):
    code, found = examined(HF_ENDPOINT="http://127.0.0.1:1")
    assert (code, found["hub"]["health"]) == (0, "WARN")
    assert "HF_ENDPOINT" in found["hub"]["advice"]


@contextmanager
def altered(servers, settings, name, value):
    """A setting of this database alone."""
    database = Identifier(settings.database_url.removeprefix("postgresql:///").partition("?")[0])
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} SET {} = {}").format(database, Identifier(name), value))
    yield


def test_a_database_that_may_lose_what_it_acknowledged_is_a_failure(examined, servers, settings):
    with altered(servers, settings, "synchronous_commit", "off"):
        code, found = examined()
    assert (code, told(found, "durability")) == (1, ("FAIL", "synchronous_commit is off"))


@pytest.mark.parametrize(
    ("name", "value", "health"),
    [
        ("fsync", "off", "FAIL"),
        ("full_page_writes", "off", "FAIL"),
        ("synchronous_commit", "off", "FAIL"),
        ("synchronous_commit", "local", "WARN"),
        ("synchronous_commit", "remote_apply", "OK"),
        *((name, "on", "OK") for name in DURABILITY),
    ],
)
def test_what_a_crash_may_lose_is_a_failure_and_what_a_standby_may_lack_a_warning(name, value, health):
    found = durable(name, value)
    assert (found.health, found.told, name in found.advice) == (health, f"{name} is {value}", health != "OK")
    assert ("a crash may lose" in found.advice) == (health == "FAIL")


@pytest.mark.parametrize(
    ("found", "health"),
    [
        (postgres_version(140_011, "embedded"), "FAIL"),
        (postgres_version(150_000, "embedded"), "OK"),
        (redis_version({"redis_version": "5.0.14"}), "FAIL"),
        (redis_version({"redis_version": "6.0.0"}), "OK"),
        (redis_version({"redis_version": "5.0.0", "valkey_version": "8.0.1"}), "OK"),
    ],
)
def test_a_server_that_is_too_old_is_a_failure_that_names_the_least_version(found, health):
    assert (found.health, "or newer" in found.advice) == (health, health == "FAIL")


@pytest.mark.parametrize(("gigabytes", "health"), [(2, "FAIL"), (13, "WARN"), (100, "OK")])
def test_a_disk_that_gets_scarce_is_a_warning_and_one_below_the_reserve_a_failure(
    settings, monkeypatch, gigabytes, health
):
    disk = _ntuple_diskusage(200 * GIGABYTE, 0, gigabytes * GIGABYTE)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: disk)
    found = {finding.what: finding for finding in examine_storage(replace(settings, reserve=5))}
    assert found["disk"].health == health
    assert ("make room" in found["disk"].advice) == (health != "OK")


def test_a_hub_that_is_ill_is_a_warning(examined, hub):
    hub.fail("*", status=503, method="HEAD")
    try:
        code, found = examined()
    finally:
        hub.heal()
    assert (code, found["hub"]["health"], found["hub"]["advice"]) == (0, "WARN", "try again later")


def test_another_program_at_the_port_is_a_failure(examined, hub):
    code, found = examined(MISTUDIO_PORT=hub.url.rpartition(":")[2])
    assert (code, found["service"]["health"]) == (1, "FAIL")
    assert found["service"]["told"].startswith("another program answers at ")
    assert "MISTUDIO_PORT" in found["service"]["advice"]


def test_a_schema_that_is_missing_old_or_from_the_future_is_told_apart(examined, settings):
    def at(change):
        with psycopg.connect(settings.database_url, autocommit=True) as connection:
            connection.execute(change)
        return examined()

    code, found = at("UPDATE alembic_version SET version_num = '0001'")
    assert (code, found["schema"]["health"]) == (0, "WARN")
    code, found = at("UPDATE alembic_version SET version_num = '9999'")
    assert (code, found["schema"]["health"]) == (1, "FAIL")
    assert "does not know" in found["schema"]["told"]
    code, found = at("DROP TABLE alembic_version")
    assert (code, told(found, "schema")) == (0, ("WARN", "the database is empty"))


def test_a_redis_that_drops_messages_is_a_warning(examined, servers):
    client = redis.Redis.from_url(servers.redis_url)
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        code, found = examined()
    finally:
        client.config_set("maxmemory-policy", "noeviction")
        client.close()
    assert (code, found["redis"]["health"]) == (0, "WARN")


def test_a_key_that_others_may_read_or_that_is_damaged_is_a_failure(examined, settings):
    settings.home.mkdir(exist_ok=True)
    file = settings.home / FILE
    file.write_text("x" * 64)
    file.chmod(0o644)
    assert told(examined()[1], "key") == ("FAIL", f"others may read {file}")
    file.chmod(0o600)
    assert examined()[1]["key"]["health"] == "OK"
    file.write_text("short")
    code, found = examined()
    assert (code, told(found, "key")) == (1, ("FAIL", f"{file} is damaged"))


def test_folders_and_a_storage_that_cannot_be_used_are_told(examined, settings, tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    code, found = examined(MISTUDIO_TOKENIZERS=str(file), MISTUDIO_STORAGE="/proc/storage")
    assert (code, found["tokenizers"]["health"]) == (1, "WARN")
    assert told(found, "storage") == ("FAIL", "nothing can be written to /proc")


@contextmanager
def nobody():
    """As a user to whom folders can be closed."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_where_this_user_may_not_look_is_a_failure_of_each_thing_there_with_advice(examined, tmp_path):
    closed = tmp_path / "closed"
    (closed / "home").mkdir(parents=True)
    closed.chmod(0)
    below = dict.fromkeys(("MISTUDIO_STORAGE", "MISTUDIO_TOKENIZERS", "MISTUDIO_IMPORTS"), "")
    embedded = dict.fromkeys(("MISTUDIO_DATABASE_URL", "MISTUDIO_REDIS_URL"), "")
    examined()  # what it loads may lie where nobody can read
    with nobody():
        code, found = examined(MISTUDIO_HOME=str(closed / "home"), **below, **embedded)
    barred = {what for what, finding in found.items() if finding["health"] == "FAIL"}
    assert (code, barred) == (1, {"storage", "key", "tokenizers", "imports", "postgres", "redis"})
    for what in barred:
        assert str(closed / "home") in found[what]["told"]
        assert "the user that runs the service" in found[what]["advice"]


def test_nothing_is_changed_on_a_machine_that_was_never_used_and_a_person_reads_lines(deaf):
    with temporary_home() as home:
        environ = {"PATH": os.environ["PATH"], "MISTUDIO_HOME": str(home / "new"), "HF_ENDPOINT": "http://127.0.0.1:1"}
        environ["MISTUDIO_PORT"] = str(deaf)
        command = [sys.executable, "-m", "api.cli", "doctor"]
        run = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert not (home / "new").exists()
    lines = run.stdout.splitlines()
    assert all(line.split()[0] in ("OK", "WARN") for line in lines)
    assert any(line.startswith("OK   postgres: the embedded one, which does not run now") for line in lines)
    assert any(line.startswith("WARN hub: http://127.0.0.1:1 cannot be reached") for line in lines)
