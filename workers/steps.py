"""What a child function tells while it works."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar


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
Result = TypeVar("Result")


def with_steps(work: Generator[None, None, Result], step: Step) -> Generator[Step, None, Result]:
    """Work that stops here and there, and tells the step each time: it lives, however long it takes."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield step
