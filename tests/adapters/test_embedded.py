"""Embedded Postgres and Valkey: what they keep, who runs them. Real servers on real files."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from domain.adapters.embedded import EmbeddedError, Postgres, Server, Valkey, open_postgres, open_valkey
from domain.adapters.embedded_home import LOG_BYTES
from domain.adapters.processes import command_line, wait_until
from tests.adapters.embedded_servers import (
    IS_ROOT,
    PROJECT,
    Kept,
    mode,
    notes,
    root_only,
    write_note,
)
from tests.servers import temporary_home

pytestmark = pytest.mark.slow

START_AND_WAIT = """
import sys, time
from pathlib import Path
from domain.adapters.embedded import open_postgres, open_valkey
home = Path(sys.argv[1])
print(open_postgres(home).pid, open_valkey(home).pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Postgres, Valkey]]:
    with temporary_home() as path, pytest.MonkeyPatch.context() as environment:
        environment.setenv("HF_TOKEN", "hf_planted")
        servers = open_postgres(path), open_valkey(path)
        yield servers
        for server in servers:
            server.stop()


def sleeper(account: Server) -> "subprocess.Popen[bytes]":
    """A process that is not ours, of the same account as the server."""
    uid = account.account.uid if IS_ROOT else None
    return subprocess.Popen(["sleep", "60"], user=uid)


def test_what_was_written_is_there_after_a_stop_and_a_start(home: Path, opened: Kept) -> None:
    first = opened.postgres(home)
    write_note(first, "kept")
    first.stop()
    assert not first.alive()

    second = opened.postgres(home)

    assert notes(second) == ["kept"]


@pytest.mark.slow
def test_servers_are_adopted_after_their_starter_was_killed(home: Path, opened: Kept) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT, str(home)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    with starter:
        assert starter.stdout is not None
        pids = [int(word) for word in starter.stdout.readline().split()]
        starter.kill()

    postgres, valkey = opened.postgres(home), opened.valkey(home)

    assert [postgres.pid, valkey.pid] == pids
    write_note(postgres, "after")
    assert redis.Redis.from_url(valkey.url).ping()
    valkey.stop()
    postgres.stop()
    assert [command_line(pid) for pid in pids] == [[], []]


@pytest.mark.slow
def test_what_was_committed_survives_the_kill_of_the_server(home: Path, opened: Kept) -> None:
    server = opened.postgres(home)
    write_note(server, "committed")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not server.alive(), 60)

    server.start()

    assert notes(server) == ["committed"]


def test_a_pid_file_of_before_a_crash_of_the_machine_does_not_stop_the_start(home: Path, opened: Kept) -> None:
    server = opened.postgres(home)
    write_note(server, "before")
    lock, socket_lock = server.pid_file, server.sockets / f"{server.socket_file}.lock"
    remains = {path: path.read_text().partition("\n")[2] for path in (lock, socket_lock)}
    server.stop()
    with sleeper(server) as stranger:
        for path, rest in remains.items():
            path.write_text(f"{stranger.pid}\n{rest}")
            path.chmod(0o600)
            os.chown(path, server.account.uid, server.account.gid)

        assert not Postgres(home).alive()
        Postgres(home).stop()  # finds nothing of its own to stop
        server.start()

        assert notes(server) == ["before"]
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.slow
def test_an_interrupted_first_start_is_begun_again(home: Path, opened: Kept) -> None:
    half_done = home / "postgres.new"
    half_done.mkdir()
    (half_done / "PG_VERSION").write_text("18\n")

    assert opened.postgres(home).answers()
    assert not half_done.exists()


def test_files_of_someone_else_in_the_place_of_the_cluster_are_not_touched(home: Path, opened: Kept) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "thesis.txt").write_text("years of work")

    with pytest.raises(EmbeddedError, match="holds files, but no Postgres cluster"):
        opened.postgres(home)

    assert (home / "postgres" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_durability_is_on(running: tuple[Postgres, Valkey], setting: str) -> None:
    with psycopg.connect(running[0].url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()

    assert row == ("on",)


def test_nobody_but_us_reaches_the_servers(running: tuple[Postgres, Valkey]) -> None:
    postgres, valkey = running

    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert redis.Redis.from_url(valkey.url).config_get("port") == {"port": "0"}
    for server in running:
        assert mode(server.sockets) == mode(server.folder) == 0o700


def test_a_server_is_not_given_our_environment(running: tuple[Postgres, Valkey]) -> None:
    assert os.environ["HF_TOKEN"] == "hf_planted"
    for server in running:
        if not IS_ROOT or os.access(f"/proc/{server.pid}/environ", os.R_OK):
            assert b"hf_planted" not in Path(f"/proc/{server.pid}/environ").read_bytes()


@root_only
def test_the_servers_of_root_run_as_an_account_without_privileges(running: tuple[Postgres, Valkey]) -> None:
    for server in running:
        assert Path(f"/proc/{server.pid}").stat().st_uid == server.account.uid != 0


@pytest.mark.slow
def test_a_server_whose_socket_is_gone_is_replaced(home: Path, opened: Kept) -> None:
    first = opened.postgres(home)
    write_note(first, "kept")
    before = first.pid
    (first.sockets / first.socket_file).unlink()

    second = opened.postgres(home)

    assert second.pid != before
    assert notes(second) == ["kept"]


@pytest.mark.slow
def test_a_missing_database_is_made(home: Path, opened: Kept) -> None:
    server = opened.postgres(home)
    with psycopg.connect(server.url.replace("///mistudio?", "///postgres?"), autocommit=True) as connection:
        connection.execute("DROP DATABASE mistudio")

    assert server.answers()

    write_note(server, "anew")


def test_a_long_log_is_put_aside(home: Path, opened: Kept) -> None:
    (home / "logs").mkdir()
    (home / "logs" / "valkey.log").write_bytes(b"x" * (LOG_BYTES + 1))

    opened.valkey(home)

    assert (home / "logs" / "valkey.log").stat().st_size < LOG_BYTES
    assert (home / "logs" / "valkey.log.1").stat().st_size > LOG_BYTES


@pytest.mark.slow
def test_a_server_that_cannot_start_says_why(home: Path, opened: Kept) -> None:
    server = opened.postgres(home)
    server.stop()
    (server.folder / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(EmbeddedError, match=r"postgres does not start: ended with code 1; .*9\.6"):
        server.start()
