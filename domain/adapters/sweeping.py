"""Removing what was left over, one thing after the other: one that makes trouble holds up no other."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

log = logging.getLogger(__name__)


def sweep_each(paths: Iterable[Path], sweep: Callable[[Path], object]) -> None:
    """What the system refuses for one of them is logged: it is there for the next time."""
    for path in paths:
        try:
            sweep(path)
        except OSError as trouble:
            log.warning("%s is not swept now: %s", path, trouble)
