"""Python loads this by itself in every process of a service whose PYTHONPATH names this folder.

CHAOS_CLOCK names a file of "<process id> <seconds>": the clock of that process, and of those that it starts, is wrong
by so much, as far as Python tells the time. CHAOS_WITHOUT names a file that names the guard which is taken away
(`guards.py`).
"""

import ctypes
import gc
import os
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any


def jump_clock(told: Path) -> None:
    """Have `time.time`, `time.time_ns` and what `datetime` says of now heed the file."""
    real, real_ns, now = time.time, time.time_ns, datetime.now

    def seconds() -> int:
        pid, _, offset = told.read_text().partition(" ")
        return int(offset) if pid in (str(os.getpid()), str(os.getppid())) else 0

    def jumped(_class: type[datetime], tz: tzinfo | None = None) -> datetime:
        return now(tz) + timedelta(seconds=seconds())

    def jumped_utc(_class: type[datetime]) -> datetime:
        return now(UTC).replace(tzinfo=None) + timedelta(seconds=seconds())

    time.time = lambda: real() + seconds()
    time.time_ns = lambda: real_ns() + seconds() * 1_000_000_000
    # A class of its own in its place would be another one than C code makes and looks for.
    methods: dict[str, Any] = gc.get_referents(datetime.__dict__)[0]
    methods.update(now=classmethod(jumped), utcnow=classmethod(jumped_utc), today=classmethod(jumped))
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))


if "CHAOS_CLOCK" in os.environ:
    jump_clock(Path(os.environ["CHAOS_CLOCK"]))

if "CHAOS_WITHOUT" in os.environ:
    import guards

    guards.heed(Path(os.environ["CHAOS_WITHOUT"]))
