"""Python loads this by itself in every process of a service whose PYTHONPATH names this folder.

CHAOS_CLOCK names a file of "<process id> <seconds>": the clock of that process is wrong by so much, as far as Python
tells the time. CHAOS_WITHOUT names a file that names the guard which is taken away (`guards.py`).
"""

import os
import time
from pathlib import Path


def jump_clock(told: Path) -> None:
    """Have `time.time` and `time.time_ns` heed the file."""
    real, real_ns = time.time, time.time_ns

    def seconds() -> int:
        pid, _, offset = told.read_text().partition(" ")
        return int(offset) if pid == str(os.getpid()) else 0

    time.time = lambda: real() + seconds()
    time.time_ns = lambda: real_ns() + seconds() * 1_000_000_000


if "CHAOS_CLOCK" in os.environ:
    jump_clock(Path(os.environ["CHAOS_CLOCK"]))

if "CHAOS_WITHOUT" in os.environ:
    import guards

    guards.heed(Path(os.environ["CHAOS_WITHOUT"]))
