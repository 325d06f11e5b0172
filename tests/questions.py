"""A real questions process, for tests that ask through the API."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from domain.adapters.settings import Settings

PROJECT = Path(__file__).parents[1]
GETS_READY_SECONDS = 180  # what it loads may have to come from a busy disk


@contextmanager
def answering(settings: Settings, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m workers.questions` with these settings, until the block ends."""
    keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = keep | settings.environment() | dict(environ)
    with subprocess.Popen([sys.executable, "-m", "workers.questions"], cwd=PROJECT, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)
