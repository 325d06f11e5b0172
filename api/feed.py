"""The log as it happens, for every subscriber of a process: one connection listens, each event is read once."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread

from api.ring import Batch, Ring, Wanted
from api.running import Running, Runs, figures
from api.states import DatasetStates
from api.threads import Threads
from domain.adapters import Adapters
from domain.adapters.away import DATABASE_AWAY
from domain.adapters.listener import LOST, Listener
from domain.adapters.postgres_log import APPEND_CHANNEL
from domain.adapters.progress import CHANNEL as PROGRESS_CHANNEL
from domain.adapters.views import progress_of_all_view, progress_of_datasets_view
from domain.dataset import stream_of
from domain.log import Recorded

CHUNK = 500
POLL_SECONDS = 1.0
# A subscriber whose filter lets nothing through is told this often how far the log has moved on.
CURSOR_SECONDS = 2.0
JOIN_SECONDS = 3.0


Key = tuple[str, str]
STREAM, PROGRESS = "stream", "progress"
EVERYTHING: Key = ("events", "")
ALL_PROGRESS: Key = (PROGRESS, "")

log = logging.getLogger(__name__)


class Feed:
    """Subscribers pull by position: from the ring, or from the database what is older. All methods but the thread's
    own belong to the loop."""

    def __init__(
        self,
        adapters: Adapters,
        threads: Threads,
        identity: str,
        newest: int,
        on_heard: Callable[[Sequence[Recorded]], None],
    ) -> None:
        self.identity = identity
        self._on_heard = on_heard
        self._adapters = adapters
        self._threads = threads
        self.states = DatasetStates(adapters.log, threads)
        self._ring = Ring(newest)
        self._progress: dict[Key, Runs] = {}
        self._running = Running()
        self._sleepers: dict[Key, set[asyncio.Event]] = {}
        self._closing = Event()
        self._loop = asyncio.get_running_loop()
        assert adapters.settings.database_url
        self._listener = Listener(adapters.settings.database_url, (APPEND_CHANNEL, PROGRESS_CHANNEL))
        self._thread = Thread(target=self._listen, args=(newest,), name="feed", daemon=True)
        self._thread.start()

    @classmethod
    async def open(
        cls,
        adapters: Adapters,
        threads: Threads,
        on_heard: Callable[[Sequence[Recorded]], None] = lambda _events: None,
    ) -> "Feed":
        """A feed that listens from now on. Its thread calls `on_heard` with all events, in order and each once, before
        any subscriber hears of them."""
        identity = await threads.run(adapters.log.identity)
        return cls(adapters, threads, identity, await threads.run(adapters.log.newest), on_heard)

    @property
    def newest(self) -> int:
        """The position of the newest event that was heard of."""
        return self._ring.newest

    @property
    def is_alive(self) -> bool:
        """Whether it still listens."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """How many things subscribers wait for, each for each of them."""
        return sum(map(len, self._sleepers.values()))

    @property
    def subscribers(self) -> int:
        """How many wait for something."""
        return len({wake for waiting in self._sleepers.values() for wake in waiting})

    async def close(self) -> None:
        """End every subscription, and stop listening."""
        self._closing.set()
        self._wake(*self._sleepers)
        if self._thread.is_alive():
            self._listener.wake()
        await self._threads.run(self._thread.join, JOIN_SECONDS)
        self._listener.close()

    async def read(self, position: int, limit: int, wanted: Wanted) -> Batch:
        """At most `limit` events behind a position, as far as they were heard of."""
        if position >= self._ring.floor:
            return self._ring.after(position, limit, wanted)
        return await self.history(position, limit, wanted, self._ring.newest)

    async def history(self, position: int, limit: int, wanted: Wanted, newest: int) -> Batch:
        """At most `limit` events behind a position, from the database; `newest` was read from the log before."""
        types = None if wanted.types is None else sorted(wanted.types)
        found = await self._threads.run(self._adapters.log.after, position, limit, stream=wanted.stream, types=types)
        last = found[-1].position if found else position
        # Position order is commit order: all up to `newest`, and to the last one seen, was there to be found.
        cursor = last if len(found) == limit else max(last, newest)
        return Batch(found, cursor, caught_up=cursor >= max(newest, self._ring.newest))

    async def follow(self, position: int, wanted: Wanted) -> AsyncGenerator[Batch]:
        """Every event behind a position once: history in chunks, then live. The first batch may be empty, and so may
        one that only tells how far the cursor has moved over events that are not wanted."""
        await self._hear_of(await self._threads.run(self._adapters.log.newest))
        told, told_at = None, 0.0
        with self._awake((STREAM, wanted.stream) if wanted.stream else EVERYTHING) as wake:
            while not self._closing.is_set():
                wake.clear()
                batch = await self.read(position, CHUNK, wanted)
                position, now = batch.cursor, self._loop.time()
                if batch.events or told is None or (position > told and now - told_at >= CURSOR_SECONDS):
                    yield batch
                    told, told_at = position, now
                if batch.caught_up:
                    await _sleep(wake, None if wanted.is_everything else CURSOR_SECONDS)

    async def watch(self, dataset_id: str, position: int) -> AsyncGenerator[Recorded | Runs]:
        """At once the progress of a dataset's running jobs; then every event of it behind a position once, in order,
        and between them the progress, whenever a job has come further. What was known first is told first."""
        stream, progress = stream_of(dataset_id), (PROGRESS, dataset_id)
        with self._awake((STREAM, stream), progress) as wake:
            found = await self._threads.run(progress_of_datasets_view, self._adapters.engine, [dataset_id])
            self._take_progress({dataset_id: found.get(dataset_id, ())})
            yield (shown := self._progress[progress])
            while not self._closing.is_set():
                wake.clear()
                runs = self._progress[progress]
                if figures(runs) - figures(shown):
                    yield runs
                shown = runs
                batch = await self.read(position, CHUNK, Wanted(stream))
                position = batch.cursor
                for recorded in batch.events:
                    yield recorded
                if batch.caught_up:
                    await wake.wait()

    async def watch_all(self, position: int, *, anew: bool) -> AsyncGenerator[Batch | Mapping[str, Runs]]:
        """Every event behind a position once, in batches, the first of which may be empty; and, whenever all are told,
        the newest progress of each dataset that has come further. `anew`: what there is of it already was told."""
        await self._hear_of(await self._threads.run(self._adapters.log.newest))
        with self._awake(EVERYTHING, ALL_PROGRESS) as wake:
            self._take_all_progress(await self._threads.run(progress_of_all_view, self._adapters.engine))
            shown, is_first = self._running.number if anew else 0, True
            while not self._closing.is_set():
                wake.clear()
                batch = await self.read(position, CHUNK, Wanted())
                position = batch.cursor
                if batch.events or is_first:
                    is_first = False
                    yield batch
                if not batch.caught_up:
                    continue
                further, shown = self._running.after(shown), self._running.number
                if further:
                    yield further
                await wake.wait()

    async def _hear_of(self, newest: int) -> None:
        """Whoever joins is not told to have caught up while events from before that are still to be heard of."""
        with self._awake(EVERYTHING) as wake:
            while self._ring.newest < newest and not self._closing.is_set():
                wake.clear()
                await wake.wait()

    @contextmanager
    def _awake(self, *keys: Key) -> Iterator[asyncio.Event]:
        """An event that is set whenever something of one of the keys happens."""
        wake = asyncio.Event()
        for key in keys:
            self._sleepers.setdefault(key, set()).add(wake)
        try:
            yield wake
        finally:
            for key in keys:
                self._sleepers[key].discard(wake)
                if not self._sleepers[key]:
                    del self._sleepers[key]
                    self._progress.pop(key, None)

    def _wake(self, *keys: Key) -> None:
        for key in keys:
            for wake in self._sleepers.get(key, ()):
                wake.set()

    def _take(self, events: Sequence[Recorded]) -> None:
        self._ring.add(events)
        self._wake(EVERYTHING, *{(STREAM, recorded.stream) for recorded in events})

    def _take_all_progress(self, found: Mapping[str, Runs]) -> None:
        """What was not found does not run any more."""
        watched = {name for kind, name in self._sleepers if kind == PROGRESS and name}
        self._take_progress({name: found.get(name, ()) for name in watched.union(self._running, found)})

    def _take_progress(self, found: Mapping[str, Runs]) -> None:
        if ALL_PROGRESS in self._sleepers and self._running.take(found):
            self._wake(ALL_PROGRESS)
        for key, runs in (((PROGRESS, dataset_id), runs) for dataset_id, runs in found.items()):
            if key in self._sleepers and self._progress.get(key) != runs:
                self._progress[key] = runs
                self._wake(key)

    def _listen(self, position: int) -> None:
        """The thread: what ends it before its time ends the process, since a deaf one is worse than none."""
        try:
            self._follow(position)
        finally:
            if not self._closing.is_set():
                log.error("The feed has ended, and with it this process: it is to be started again.")
                os.kill(os.getpid(), signal.SIGTERM)

    def _follow(self, position: int) -> None:
        """Wakes for a NOTIFY, or a poll in case one was lost, and hands what is new to the loop."""
        while not self._closing.is_set():
            heard = self._listener.wait(POLL_SECONDS)
            try:
                if not heard or any(channel != PROGRESS_CHANNEL for channel, _ in heard):
                    position = self._read_events(position)
                self._read_progress(heard)
            except DATABASE_AWAY as away:
                log.warning("The feed cannot read the database, and tries again: %s", away)

    def _read_events(self, position: int) -> int:
        while True:
            events = self._adapters.log.after(position, CHUNK)
            if events:
                position = events[-1].position
                self._on_heard(events)
                self._loop.call_soon_threadsafe(self._take, events)
            if len(events) < CHUNK:
                return position

    def _read_progress(self, heard: Sequence[tuple[str, str]]) -> None:
        """Of the datasets that somebody watches: those heard of, or all where something may have been missed."""
        named = {payload for channel, payload in heard if channel == PROGRESS_CHANNEL}
        is_complete = heard and LOST not in heard
        watched = [name for kind, name in list(self._sleepers) if kind == PROGRESS]
        is_all_watched = ALL_PROGRESS[1] in watched
        if is_all_watched and not is_complete:
            self._loop.call_soon_threadsafe(self._take_all_progress, progress_of_all_view(self._adapters.engine))
            return
        ids = [name for name in (named if is_all_watched else watched) if name in named or not is_complete]
        if ids:
            found = progress_of_datasets_view(self._adapters.engine, ids)
            self._loop.call_soon_threadsafe(self._take_progress, {name: found.get(name, ()) for name in ids})


async def _sleep(wake: asyncio.Event, seconds: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
