"""The most anonymous memory that this process had, for programs that tests start and measure."""

import time
from pathlib import Path
from threading import Thread

POLL_SECONDS = 0.01


def anonymous_megabytes() -> int:
    """RssAnon of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon"))


class MemoryPeak:
    """Watches from its making on."""

    def __init__(self) -> None:
        self.megabytes = 0
        Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, anonymous_megabytes())
            time.sleep(POLL_SECONDS)
