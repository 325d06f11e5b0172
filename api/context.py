"""What a resolver is given: the parts of the process, and views that fetch for many in one query."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import strawberry
from sqlalchemy import Engine
from strawberry.dataloader import DataLoader

from api.documents import Documents
from api.errors import cursor_expired
from api.feed import Feed
from api.positions import place_of, position_of
from api.questions import Asking
from api.scalars import Position
from api.shared_answers import SharedAnswers
from api.tally import Tally
from api.threads import Threads
from domain.adapters import Adapters, views
from domain.adapters.index_views import indexed_rows_view
from domain.adapters.kept_open import KeptOpen
from domain.adapters.live_statistics import LiveStatistics
from domain.adapters.paging import Page, Slice

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")
K = TypeVar("K", bound=Hashable)

EMPTY = Slice((), has_next=False, has_previous=False)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all requests of a process share."""

    adapters: Adapters
    threads: Threads
    searching: Threads
    downloading: Threads
    feed: Feed
    kept: KeptOpen
    asking: Asking
    documents: Documents
    live: LiveStatistics
    answers: SharedAnswers
    tally: Tally


class Context:
    """Of one request, or of one WebSocket for as long as it lives: so nothing is kept from one answer to the next."""

    def __init__(self, shared: Shared) -> None:
        self.adapters = shared.adapters
        self.threads = shared.threads
        self.searching = shared.searching
        self.downloading = shared.downloading
        self.feed = shared.feed
        self.samples = shared.kept.samples
        self.indexes = shared.kept.indexes
        self.tokens = shared.kept.tokens
        self.asking = shared.asking
        self.documents = shared.documents
        self.live = shared.live
        self.answers = shared.answers
        self.tally = shared.tally
        self.by_get = False
        self.idempotency_key: str | None = None  # that of the request's header, where it has one
        # Of the one subscription of a stream of server-sent events: where its client left off, and where it is now.
        self.left_off: str | None = None
        self.reached: Position | None = None
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    @property
    def storage(self) -> Path:
        """The root of all folders that events name."""
        return self.adapters.storage

    def folder(self, row: Mapping[str, Any]) -> Path | None:
        """The folder that the row of a dataset or a tokenization names, None while there is none."""
        return None if row["folder"] is None else self.storage / row["folder"]

    async def view(self, view: Callable[Concatenate[Engine, P], R], *arguments: P.args, **named: P.kwargs) -> R:
        """What a view shows now."""
        return await self.threads.run(view, self.adapters.engine, *arguments, **named)

    async def popular_view(self, view: Callable[..., R], *arguments: Hashable) -> R:
        """What a view shows now: one query serves all who ask the same while it is waited for."""
        return await self.threads.run_once(view, self.adapters.engine, *arguments)

    def together(
        self, tell: "Callable[[Context, list[K]], Awaitable[Sequence[V | BaseException]]]"
    ) -> DataLoader[K, V]:
        """A loader of what `tell` finds out: those asked for in one answer at one time are one call of it."""
        if tell not in self._loaders:
            self._loaders[tell] = DataLoader(partial(tell, self), cache=False)
        return self._loaders[tell]

    def position(self, place: int) -> Position:
        """A place in the log, as clients know it."""
        return position_of(self.feed.identity, place)

    async def newest(self) -> int:
        """The place of the newest event."""
        return await self.threads.run(self.adapters.log.newest)

    async def place(self, position: str | None) -> int:
        """The place that a client named, None: before the first event. Raises BAD_USER_INPUT or CURSOR_EXPIRED."""
        place = place_of(position, self.feed.identity)
        if place > self.feed.newest and place > await self.newest():  # the feed may not have heard of it yet
            raise cursor_expired("This position is beyond the newest event: read everything again and begin anew.")
        return place

    @cached_property
    def datasets(self) -> "One[views.Row]":
        return One(self, views.dataset_view)

    @cached_property
    def jobs(self) -> "One[views.Row]":
        return One(self, views.job_view)

    @cached_property
    def tokenizations(self) -> "One[views.Row]":
        return One(self, views.tokenization_view)

    @cached_property
    def presets(self) -> "One[views.Row]":
        return One(self, views.preset_view)

    @cached_property
    def dataset_statistics(self) -> "One[Any]":
        return One(self, views.dataset_statistics_view)

    @cached_property
    def token_statistics(self) -> "One[Any]":
        return One(self, views.token_statistics_view)

    @cached_property
    def progress_of_datasets(self) -> "One[Sequence[views.RunProgress]]":
        return One(self, views.progress_of_datasets_view)

    @cached_property
    def progress_of_jobs(self) -> "One[views.RunProgress]":
        return One(self, views.progress_of_jobs_view)

    @cached_property
    def indexed_rows(self) -> "One[int]":
        return One(self, indexed_rows_view)

    @cached_property
    def exports(self) -> "One[views.Row]":
        return One(self, views.export_view)

    @cached_property
    def exports_of_tokenizations(self) -> "One[Sequence[views.Row]]":
        return One(self, views.exports_of_tokenizations_view)

    @cached_property
    def jobs_of_datasets(self) -> "Children":
        return Children(self, views.jobs_of_datasets_view, views.jobs_of_datasets_count)

    @cached_property
    def tokenizations_of_datasets(self) -> "Children":
        return Children(self, views.tokenizations_of_datasets_view, views.tokenizations_of_datasets_count)


Info = strawberry.Info[Context, None]


class One(Generic[V]):
    """Things by id. Those asked for in one answer at one time are fetched together."""

    def __init__(self, context: Context, view: Callable[[Engine, Sequence[str]], Mapping[str, V]]) -> None:
        self._context = context
        self._view = view
        self._loader: DataLoader[str, V | None] = DataLoader(self._fetch, cache=False)

    def load(self, key: str) -> Awaitable[V | None]:
        """The thing, or None where there is none."""
        return self._loader.load(key)

    async def _fetch(self, keys: list[str]) -> list[V | None]:
        found = await self._context.view(self._view, keys)
        return [found.get(key) for key in keys]


class Children:
    """Pages of what belongs to things. The same page of many is fetched together."""

    def __init__(
        self,
        context: Context,
        view: Callable[[Engine, Sequence[str], Page], Mapping[str, Slice]],
        count: Callable[[Engine, Sequence[str]], Mapping[str, int]],
    ) -> None:
        self._context = context
        self._view = view
        self._pages: DataLoader[tuple[str, Page], Slice] = DataLoader(self._fetch, cache=False)
        self._counts = One(context, count)

    def load(self, parent: str, page: Page) -> Awaitable[Slice]:
        """The page of what belongs to the parent."""
        return self._pages.load((parent, page))

    async def count(self, parent: str) -> int:
        """How many belong to the parent."""
        return await self._counts.load(parent) or 0

    async def _fetch(self, keys: list[tuple[str, Page]]) -> list[Slice]:
        found: dict[tuple[str, Page], Slice] = {}
        for page in {page for _, page in keys}:
            parents = [parent for parent, of in keys if of == page]
            slices = await self._context.view(self._view, parents, page)
            found |= {(parent, page): slice_ for parent, slice_ in slices.items()}
        return [found.get(key, EMPTY) for key in keys]
