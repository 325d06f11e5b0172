"""A purge that comes to half of an entry's files and to no end, for a child that is to be killed there."""

import time
from pathlib import Path
from typing import Any

from domain.adapters.files import count_files
from workers import purging
from workers.steps import Work


def half_of(files: int) -> int:
    """How many of so many files are left."""
    return files // 2


def purge_entry(*, folder: str, name: str, **more: Any) -> Work:
    work = purging.purge_entry(folder=folder, name=name, **more)
    files = count_files(Path(folder, name))
    yield next(work)
    for _ in range(files - half_of(files)):
        yield next(work)
    time.sleep(600)
    return {}
