"""The parts that the supervisor keeps alive: our own rooms as child processes, and the pauses between their lives."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain.adapters.embedded_home import EmbeddedError, last_words, open_log
from domain.adapters.processes import how_it_ended, send_signal

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.2, 10.0
STEADY_AFTER_SECONDS = 60.0  # who lived that long starts again with the first delay
PROJECT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Program:
    """A child of the supervisor: its name in logs and messages, and what to execute."""

    name: str
    argv: tuple[str, ...]


def tell(line: str) -> None:
    """One line on the terminal, if there still is one."""
    with suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Part(Protocol):
    """What can be kept alive: a server or a child."""

    def launch(self) -> None: ...
    def alive(self) -> bool: ...
    def last_words(self) -> str: ...


class Child:
    """One of our own rooms as a process in a session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, program: Program, home: Path, environment: dict[str, str]) -> None:
        self._program = program
        self._home = home
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        log = open_log(self._home, self._program.name)
        try:
            self._process = subprocess.Popen(
                self._program.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                env=self._environment,
                start_new_session=True,
            )
        finally:
            os.close(log)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def succeeded(self) -> bool:
        return self._process is not None and self._process.poll() == 0

    def last_words(self) -> str:
        ended = how_it_ended(self._process.returncode) if self._process and not self.alive() else "no process"
        return f"ended with {ended}; {last_words(self._home, self._program.name)}"

    def ask_to_stop(self) -> None:
        if self._process is not None and self.alive():
            send_signal(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it and what it started. The id is still its own, for it was not yet waited for."""
        if self._process is not None and self.alive():
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Kept:
    """A part that is launched again whenever it ends, each time after a longer pause."""

    def __init__(self, name: str, part: Part) -> None:
        self.name = name
        self.part = part
        self.ends = 0
        self._delay = FIRST_DELAY_SECONDS
        self._launched_at = time.monotonic()
        self._due_at: float | None = None

    def tick(self) -> None:
        """See to it, without waiting."""
        now = time.monotonic()
        if self._due_at is not None:
            if now >= self._due_at:
                self._launch(now)
        elif not self.part.alive():
            self._pause(now, self.part.last_words())

    def _launch(self, now: float) -> None:
        self._due_at = None
        self._launched_at = now
        try:
            self.part.launch()
        except (OSError, EmbeddedError) as wrong:
            self._pause(now, str(wrong))

    def _pause(self, now: float, why: str) -> None:
        self.ends += 1
        if now - self._launched_at > STEADY_AFTER_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        tell(f"{self.name} {why} (logs/{self.name}.log); again in {self._delay:.1f} s")
        self._due_at = now + self._delay
        self._delay = min(2 * self._delay, LONGEST_DELAY_SECONDS)
