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

    Where `work` raises for several items, each is tried alone, so that the one at fault is the only one to suffer: but
    not where it `is_cut`, of which nobody knows how far it came.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        is_cut: Callable[[Exception], bool] = lambda _error: False,
    ) -> None:
        self._work = work
        self._is_cut = is_cut
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._lock = threading.Lock()
        self._busy = False

    def put(self, item: Item) -> Result:
        """The result for this item; raises what `work` raised for it."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._lock:
            self._waiting.append(ticket)
            waits, self._busy = self._busy, True
        if waits:
            ticket.wait()
        if not ticket.is_over:
            self._go()
        return ticket.told()

    def _go(self) -> None:
        """Do what waits, of which the caller's item is the first; then it is the turn of whoever waits longest."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        try:
            self._do(batch)
        finally:
            with self._lock:
                self._busy = bool(self._waiting)
                following = self._waiting[0] if self._waiting else None
            # none but the next and those that are over are woken, the next one first: it is the one that takes time
            for ticket in (following, *batch[1:]):
                if ticket is not None:
                    ticket.wake()

    def _do(self, batch: "Sequence[_Ticket[Item, Result]]") -> None:
        try:
            results = self._work([ticket.item for ticket in batch])
        except BaseException as error:  # noqa: BLE001  handed to whoever put the item, whatever it is
            if len(batch) == 1 or not isinstance(error, Exception) or self._is_cut(error):
                for ticket in batch:
                    ticket.end(error=error)
                return
            for ticket in batch:
                self._do([ticket])
            return
        for ticket, result in zip(batch, results, strict=True):
            ticket.end(results=(result,))


class _Ticket(Generic[Item, Result]):
    """An item on its way; whoever put it may wait until it is over, or its turn."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_over = False
        self._results: tuple[Result, ...] = ()
        self._error: BaseException | None = None
        # a bare lock, held until `wake`: half the cost of an Event
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def wait(self) -> None:
        self._asleep.acquire()

    def wake(self) -> None:
        self._asleep.release()

    def end(self, *, results: tuple[Result, ...] = (), error: BaseException | None = None) -> None:
        self._results, self._error = results, error
        self.is_over = True

    def told(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._results[0]
