"""What the embedded servers have in common: one process on one folder of a home, found again after its starter died."""

import os
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals
from typing import ClassVar

from domain.adapters import embedded_home as homes
from domain.adapters.embedded_home import EmbeddedError
from domain.adapters.processes import command_line, how_it_ended, owner, send_signal, wait_until

START_SECONDS = 300  # Postgres may have a long recovery behind it; it is waited for while it lives
STARTS = 5  # a killed postmaster's children may hold its memory for a moment
RESTART_SECONDS = 0.5


class Server(ABC):
    """One server on files of one home, reached through a unix socket only.

    `url` and `folder` are known from the beginning; a process there is only after `start`, `launch` or `adopt`.
    It is only ever signalled by its id, after its command line, its folder and its account were seen to be ours.
    """

    name: ClassVar[str]
    program: ClassVar[str]
    socket_file: ClassVar[str]
    stop_signals: ClassVar[tuple[tuple[Signals, float], ...]]  # each with the seconds to wait after it

    def __init__(self, home: Path, programs: Path) -> None:
        """Prepare the home; `programs` is the folder with the wheels' packages. Raises EmbeddedError."""
        self.home = homes.open_home(home)
        self.folder = self.home / self.name
        self.programs = programs
        self.account = homes.choose_account(self.folder)
        homes.let_pass(self.home, self.account)
        self.sockets = homes.socket_folder(self.home, self.name, self.socket_file, self.account)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server can be used now."""

    @abstractmethod
    def command(self) -> list[str]:
        """Program and arguments, the folder and the socket folder among them."""

    @abstractmethod
    def prepare(self) -> None:
        """Bring the folder into a state that the server starts from."""

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """The file in which the server itself writes its process id, in the first line."""

    @property
    def pid(self) -> int | None:
        """The process of this server, if it lives."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        recorded = self.recorded_pid(self.pid_file)
        return recorded if recorded is not None and self.is_ours(recorded) else None

    def alive(self) -> bool:
        return self.pid is not None

    def start(self) -> None:
        """Adopt the server of this home that still runs, or launch one; back when it answers. Raises EmbeddedError."""
        for _ in range(STARTS):
            if not self.adopt():
                self.launch()
            if wait_until(lambda: self.answers() or not self.alive(), START_SECONDS) and self.answers():
                return
            if self.alive():
                raise EmbeddedError(f"{self.program} does not answer: {self.last_words()} (more in {self.home}/logs)")
            time.sleep(RESTART_SECONDS)
        raise EmbeddedError(f"{self.program} does not start: {self.last_words()} (more in {self.home}/logs)")

    def adopt(self) -> bool:
        """Whether a server of this home runs that we can go on with; one that is out of reach is stopped."""
        pid = self.pid
        if pid is None:
            return False
        if command_line(pid) == self.command() and (self.sockets / self.socket_file).exists():
            return True
        self.stop()
        return False

    def launch(self) -> None:
        """Start the process, without waiting until it answers. Raises EmbeddedError or OSError."""
        self.account.own(self.folder)
        self.prepare()
        log = homes.open_log(self.home, self.name)
        try:
            self._process = self.popen(self.command(), log)
        finally:
            os.close(log)

    def stop(self) -> None:
        """End the process in order, with more force each time that it does not; without one do nothing."""
        pid = self.pid
        for number, seconds in self.stop_signals:
            if pid is None or not self._lives(pid):
                return
            send_signal(pid, number)
            wait_until(lambda: not self._lives(pid), seconds)

    def _lives(self, pid: int) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        return self.is_ours(pid)

    def last_words(self) -> str:
        """How the process ended, as far as is known, and the last line of its log."""
        returncode = self._process.poll() if self._process else None
        ended = "" if returncode is None else f"ended with {how_it_ended(returncode)}; "
        return ended + homes.last_words(self.home, self.name)

    def is_ours(self, pid: int) -> bool:
        """Whether this process is the server of this very folder, and not another that got its id later."""
        line = command_line(pid)
        ours = bool(line) and Path(line[0]).name == self.program and str(self.folder) in line
        return ours and owner(pid) == self.account.uid

    def recorded_pid(self, file: Path) -> int | None:
        """The id in the first line of a pid file, if there is one."""
        try:
            first = file.read_text().partition("\n")[0].strip()
        except FileNotFoundError:
            return None
        return int(first) if first.isascii() and first.isdigit() else None

    def popen(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        """Start a program as our account: in a session of its own, with none of our environment, output to `log`."""
        kept = {name: value for name, value in os.environ.items() if name in ("LD_LIBRARY_PATH", "TMPDIR")}
        switched = self.account.switched
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.home,
            env={"PATH": os.defpath, "LC_ALL": "C", **kept},
            start_new_session=True,
            user=self.account.uid if switched else None,
            group=self.account.gid if switched else None,
            extra_groups=[] if switched else None,
        )
