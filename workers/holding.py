"""Holding a lease: a thread beats for the holder while its child lives, and kills the child when told to let go, or
when it takes more memory than a piece of work may."""

import threading
import time
from contextvars import copy_context
from functools import partial
from types import TracebackType

import psycopg

from domain.adapters.pieces import Lease, Pieces
from domain.adapters.processes import own_memory
from workers.child import Child

BEAT_SECONDS = 1.0
LOOK_SECONDS = 0.2
# A child that tells no step for so long hangs: it is killed, and that is a failed attempt.
STUCK_AFTER_SECONDS = 15 * 60.0


class Holding:
    """A context in which a lease is kept. `lost`: the piece was revoked or is another's, so report nothing. `outgrown`:
    the child took more than `memory` bytes of its own."""

    def __init__(self, pieces: Pieces, lease: Lease, child: Child, memory: int) -> None:
        self.lease = lease
        self.lost = False
        self.outgrown = False
        self.progressed = False
        self._memory = memory
        self._pieces = pieces
        self._child = child
        self._over = threading.Event()
        self._heard = time.monotonic()
        beat = partial(copy_context().run, self._beat)  # what it logs belongs to the same story
        self._thread = threading.Thread(target=beat, name=f"lease {lease.fence}", daemon=True)

    def __enter__(self) -> "Holding":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def heard(self, *, committed: bool) -> None:
        """The child has told a step."""
        self._heard = time.monotonic()
        self.progressed = self.progressed or committed

    def let_go(self) -> None:
        """Stop the work at once, without a report."""
        self.lost = True
        self._child.kill()

    def _beat(self) -> None:
        beaten = 0.0
        while not self._over.wait(LOOK_SECONDS):
            if own_memory(self._child.pid) > self._memory:
                self.outgrown = True
                self._child.kill()
                return
            if time.monotonic() - beaten < BEAT_SECONDS:
                continue
            beaten = time.monotonic()
            if time.monotonic() - self._heard > STUCK_AFTER_SECONDS:
                self._child.kill()
                return
            try:
                if not self._pieces.beat(self.lease, progressed=self.progressed):
                    self.let_go()
                    return
            except psycopg.Error:
                continue  # the database may be back before the lease runs out; if not, the fence refuses our report
