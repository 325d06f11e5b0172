"""Processes of this machine: what they are, whether they live, and how a child ends with its parent."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Set by a supervisor for its children; taken out of the environment by the child that heeds it.
SUPERVISOR_VARIABLE = "MISTUDIO_SUPERVISOR_PID"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
POLL_SECONDS = 0.02
ENDED_FIRST = "500"  # of 1,000


def die_with_parent() -> None:
    """Have the kernel send this process SIGTERM when its supervisor dies, also by SIGKILL.

    Called first in the main of every child of `mistudio up`; without a supervisor it does nothing.
    """
    supervisor = os.environ.pop(SUPERVISOR_VARIABLE, "")
    if not supervisor:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != int(supervisor):  # it died before the kernel knew
        raise SystemExit("The supervisor of this process is gone.")


def command_line(pid: int) -> list[str]:
    """The arguments that process `pid` was started with; empty when there is none, or only its remains."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [os.fsdecode(part) for part in raw.split(b"\0")[:-1]]


def owner(pid: int) -> int | None:
    """The user id of process `pid`, None when there is no such process."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except (FileNotFoundError, ProcessLookupError):
        return None


def own_memory(pid: int | None) -> int:
    """Bytes of memory that a process holds for itself, without mapped files; 0 when there is none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


def end_first() -> None:
    """Where the machine has no memory left, the kernel ends this process before those that only wait for it."""
    Path("/proc/self/oom_score_adj").write_text(ENDED_FIRST)


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """Whether it happened within so many seconds; asks every 20 ms."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def send_signal(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have ended by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def how_it_ended(returncode: int) -> str:
    """`code 1` or `signal SIGKILL`, from what `subprocess` gives."""
    return f"code {returncode}" if returncode >= 0 else f"signal {signal.Signals(-returncode).name}"
