"""`mistudio up` on real servers; small programs stand in for our rooms, for what they do is not the matter here."""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.supervise import rooms
from domain.adapters.embedded import Postgres, Valkey
from domain.adapters.processes import command_line, wait_until
from domain.adapters.settings import read_settings
from tests.ports import free_port
from tests.servers import temporary_home

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60

UP = """
import json, os, sys
from api.supervise import Program, up
from domain.adapters.settings import read_settings
programs, first = ([Program(name, tuple(argv)) for name, argv in json.loads(text)] for text in sys.argv[1:])
raise SystemExit(up(read_settings(os.environ), programs, first))
"""
API = """
import http.server, os, time
from domain.adapters.processes import die_with_parent
die_with_parent()
print("pid", os.getpid(), flush=True)
begun = time.monotonic()
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_ready = self.path == "/health/ready" and time.monotonic() > begun + 0.5
        self.send_response(200 if is_ready else 503)
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["MISTUDIO_PORT"])), Health).serve_forever()
"""
WORKER = """
import os, time
from domain.adapters.processes import die_with_parent
die_with_parent()
print("database", os.environ["MISTUDIO_DATABASE_URL"], flush=True)
print("pid", os.getpid(), flush=True)
time.sleep(300)
"""
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WORKER


def program(name: str, code: str) -> tuple[str, list[str]]:
    return name, [sys.executable, "-c", code]


SERVERLESS = {"MISTUDIO_DATABASE_URL": "postgresql:///given", "MISTUDIO_REDIS_URL": "redis://given"}
ROOMS = [program("api", API), program("worker", WORKER)]


class Up:
    """One run of `mistudio up` in a process of its own, and what it said so far."""

    def __init__(
        self,
        home: Path,
        programs: list[tuple[str, list[str]]],
        first: list[tuple[str, list[str]]] | None = None,
        **environment: str,
    ) -> None:
        self.home = home
        self.said = home.parent / f"{home.name}-{time.monotonic_ns()}.said"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", UP, json.dumps(programs), json.dumps(first or [])],
                cwd=PROJECT,
                env={**os.environ, "MISTUDIO_HOME": str(home), "MISTUDIO_PORT": str(free_port()), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def says(self, pattern: str) -> bool:
        return wait_until(lambda: re.search(pattern, self.said.read_text()) is not None, PATIENCE_SECONDS)

    def pid_of(self, name: str, *, after: int | None = None) -> int:
        """The process that wrote its id into the log of this child, another one than `after`."""

        def found() -> list[str]:
            log = self.home / "logs" / f"{name}.log"
            return re.findall(r"^pid (\d+)$", log.read_text(), re.MULTILINE) if log.exists() else []

        is_there = wait_until(lambda: bool(found()) and int(found()[-1]) != after, PATIENCE_SECONDS)
        assert is_there, self.said.read_text()
        return int(found()[-1])

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as outer:
        outer.chmod(0o711)
        (outer / "home").mkdir()
        yield outer / "home"


@pytest.fixture
def ups() -> Iterator[list[Up]]:
    """Whatever a test leaves running is stopped in order."""
    started: list[Up] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.stop(signal.SIGTERM)
        for server in (Valkey(run.home), Postgres(run.home)):
            server.stop()


def begin(ups: list[Up], run: Up) -> Up:
    ups.append(run)
    return run


def ended(pid: int) -> bool:
    return not command_line(pid)


def write_note(home: Path) -> None:
    with psycopg.connect(Postgres(home).url) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 'kept' AS text")


def has_note(home: Path) -> bool:
    try:
        with psycopg.connect(Postgres(home).url) as connection:
            return connection.execute("SELECT text FROM notes").fetchone() == ("kept",)
    except psycopg.OperationalError:
        return False


@pytest.mark.slow
def test_whatever_dies_is_started_again_and_ctrl_c_stops_all_of_it_and_nothing_else(home: Path, ups: list[Up]) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        run = begin(ups, Up(home, ROOMS))
        assert run.says("miStudio Datasets is ready at http://127.0.0.1:")
        postgres, valkey, worker = Postgres(home).pid, Valkey(home).pid, run.pid_of("worker")
        assert postgres is not None
        assert valkey is not None
        write_note(home)

        for victim in (worker, postgres, valkey):
            os.kill(victim, signal.SIGKILL)

        assert run.says(r"worker ended with signal SIGKILL; .*again in 0\.2 s")
        assert run.says("postgres ended with signal SIGKILL")
        assert run.says("valkey ended with signal SIGKILL")
        assert wait_until(lambda: has_note(home), PATIENCE_SECONDS)
        assert wait_until(lambda: Valkey(home).answers(), PATIENCE_SECONDS)
        pids = [run.pid_of("api"), run.pid_of("worker", after=worker), Postgres(home).pid, Valkey(home).pid]
        assert set(pids).isdisjoint({worker, postgres, valkey})

        assert run.stop(signal.SIGINT) == 0

        assert all(pid is not None and ended(pid) for pid in pids)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.slow
def test_after_its_sigkill_no_child_stays_and_the_next_up_adopts_the_servers(home: Path, ups: list[Up]) -> None:
    run = begin(ups, Up(home, ROOMS))
    assert run.says("is ready at")
    children = [run.pid_of("api"), run.pid_of("worker")]
    servers = [Postgres(home).pid, Valkey(home).pid]

    run.process.kill()
    run.process.wait()

    assert wait_until(lambda: all(ended(pid) for pid in children), PATIENCE_SECONDS)
    following = begin(ups, Up(home, ROOMS))
    assert following.says("is ready at")
    assert [Postgres(home).pid, Valkey(home).pid] == servers
    assert following.stop(signal.SIGTERM) == 0
    assert all(pid is not None and ended(pid) for pid in servers)


@pytest.mark.slow
def test_a_second_up_on_the_same_home_is_refused_by_the_name_of_the_first(home: Path, ups: list[Up]) -> None:
    first = begin(ups, Up(home, ROOMS, **SERVERLESS))
    assert first.says("is ready at")

    second = begin(ups, Up(home, ROOMS, **SERVERLESS))

    assert second.process.wait(PATIENCE_SECONDS) == 1
    assert second.says(f"already runs on {home}: process {first.process.pid}, at http://127.0.0.1:")
    assert first.process.poll() is None


@pytest.mark.slow
def test_servers_that_are_named_are_used_and_none_is_started(home: Path, ups: list[Up]) -> None:
    run = begin(ups, Up(home, ROOMS, **SERVERLESS))

    assert run.says("is ready at")

    run.pid_of("worker")
    assert "database postgresql:///given" in (home / "logs/worker.log").read_text()
    assert not (home / "postgres").exists()
    assert not (home / "valkey").exists()


def test_nothing_is_started_after_a_first_step_that_failed(home: Path, ups: list[Up]) -> None:
    failing = program("migrate", "raise SystemExit('the table is missing')")

    run = begin(ups, Up(home, ROOMS, [failing], **SERVERLESS))

    assert run.process.wait(PATIENCE_SECONDS) == 1
    assert run.says(r"migrate ended with code 1; the table is missing \(logs/migrate.log\)")
    assert not (home / "logs/api.log").exists()


@pytest.mark.slow
def test_first_steps_are_over_before_the_rooms_start(home: Path, ups: list[Up]) -> None:
    slow = program(
        "migrate", "import time; time.sleep(0.7); open(__import__('os').environ['MISTUDIO_HOME'] + '/done', 'w')"
    )
    late = program("worker", "import os; assert os.path.exists(os.environ['MISTUDIO_HOME'] + '/done')\n" + WORKER)

    run = begin(ups, Up(home, [program("api", API), late], [slow], **SERVERLESS))

    assert run.says("is ready at")
    assert "again in" not in run.said.read_text()


def test_who_keeps_dying_is_given_longer_and_longer_pauses(home: Path, ups: list[Up]) -> None:
    broken = program("worker", "raise SystemExit('no module named workers')")

    run = begin(ups, Up(home, [broken], **SERVERLESS))

    assert run.says(r"worker ended with code 1; no module named workers \(logs/worker.log\); again in 0\.2 s")
    assert run.says(r"again in 0\.4 s")
    assert run.says(r"again in 0\.8 s")
    assert "ready" not in run.said.read_text()
    assert run.stop() == 0


@pytest.mark.slow
def test_a_port_in_use_is_refused_by_its_number(home: Path, ups: list[Up]) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        port = other.server_address[1]

        run = begin(ups, Up(home, ROOMS, MISTUDIO_PORT=str(port), **SERVERLESS))

        assert run.process.wait(PATIENCE_SECONDS) == 1
        assert run.says(f"Port {port} of 127.0.0.1 is in use by another program: choose another MISTUDIO_PORT")


@pytest.mark.slow
def test_a_child_that_does_not_heed_the_stop_is_killed_after_its_grace(home: Path, ups: list[Up]) -> None:
    run = begin(ups, Up(home, [program("api", API), program("worker", STUBBORN)], **SERVERLESS))
    assert run.says("is ready at")
    worker = run.pid_of("worker")

    assert run.stop() == 0

    assert ended(worker)


def test_up_keeps_one_api_the_workers_the_dispatcher_and_who_answers_questions() -> None:
    settings = read_settings({"MISTUDIO_WORKERS": "2"})

    assert [room.name for room in rooms(settings)] == ["api", "worker-1", "worker-2", "dispatch", "questions"]
    assert [room.argv[1:] for room in rooms(settings)] == [
        ("-m", "api.cli", "api"),
        ("-m", "workers"),
        ("-m", "workers"),
        ("-m", "workers.dispatch"),
        ("-m", "workers.questions"),
    ]
