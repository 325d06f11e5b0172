"""Calls of many threads that would wait for each other anyway: one goes, and takes all that wait along."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MOST_AT_ONCE = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


class SharedTurn(Generic[Item, Result]):
    """`put` gives the result of its item from a call of `work` with one or more items, in the order of their coming.

    Where `work` raises for several items, each is tried alone, so that the one at fault is the only one to suffer.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._changed = threading.Condition()
        self._busy = False

    def put(self, item: Item) -> Result:
        """The result for this item; raises what `work` raised for it."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._changed:
            self._waiting.append(ticket)
        while not ticket.is_over:
            self._take_turn(ticket)
        return ticket.told()

    def _take_turn(self, ticket: "_Ticket[Item, Result]") -> None:
        """Wait until the ticket is over or nobody is at it; then do what waits longest, which it may not be among."""
        with self._changed:
            while self._busy and not ticket.is_over:
                self._changed.wait()
            if ticket.is_over:
                return
            self._busy = True
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        try:
            self._do(batch)
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _do(self, batch: "Sequence[_Ticket[Item, Result]]") -> None:
        try:
            results = self._work([ticket.item for ticket in batch])
        except Exception as error:  # noqa: BLE001  handed to whoever put the item
            if len(batch) == 1:
                batch[0].end(error=error)
                return
            for ticket in batch:
                self._do([ticket])
            return
        for ticket, result in zip(batch, results, strict=True):
            ticket.end(results=(result,))


class _Ticket(Generic[Item, Result]):
    """An item on its way."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_over = False
        self._results: tuple[Result, ...] = ()
        self._error: Exception | None = None

    def end(self, *, results: tuple[Result, ...] = (), error: Exception | None = None) -> None:
        self._results, self._error = results, error
        self.is_over = True

    def told(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._results[0]
