"""What a child function tells while it works."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One report of progress: `done` of `total` (None: not known) in `unit` (a ProgressUnit of the contract).

    `committed` says that something durable was saved since the last step, which sets the attempt counts back.
    """

    done: int
    total: int | None
    unit: str
    committed: bool = False


Work = Generator[Step, None, dict[str, Any]]
