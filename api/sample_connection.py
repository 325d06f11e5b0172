"""A page of samples, and what is told of all that were found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import strawberry

from api.connections import Connection
from api.context import Info
from api.fields import resolved
from api.sample_download_urls import download_url
from api.sample_enums import NoticeCode
from api.samples import Sample
from api.scalars import BigInt
from api.statistics import HistogramBin, histogram_of
from domain.adapters.downloads import SamplesDownload
from domain.adapters.found_samples import SampleFacets as Facets
from domain.adapters.samples_wanted import Notice


@strawberry.type(description="How many of the rows that were found are in a split.")
class SplitFacet:
    split: str = strawberry.field(description="The name of the split.")
    row_count: BigInt = strawberry.field(description="How many of them it has.")


@strawberry.type(description="What the rows that were found are like, to narrow a filter by.")
class SampleFacets:
    splits: list[SplitFacet] = strawberry.field(description="By split: every split of the dataset.")
    lengths: list[HistogramBin] = strawberry.field(description="By the words of their text: 20 bins of one width.")


@strawberry.type(description="What should be known of an answer beside what it gives.")
class SearchNotice:
    code: NoticeCode = strawberry.field(description="What it is, for a program.")
    message: str = strawberry.field(description="What it is, for a person.")


@strawberry.type(description="A page of rows.")
class SampleConnection(Connection[Sample]):
    to_fetch: strawberry.Private[SamplesDownload | None]
    facets: SampleFacets | None = strawberry.field(
        description="What all that were found are like. Null while the dataset has no rows to show."
    )
    partial: bool = strawberry.field(
        description="Whether not all rows were looked at, so that there may be more than these; `notices` say why."
    )
    searched_as: str | None = strawberry.field(
        description="The search as it was understood, written as a search. Null where none was asked for."
    )
    notices: list[SearchNotice] = strawberry.field(description="What should be known of this answer.")

    @resolved("How many rows there are of those asked for: counted, never estimated.")
    async def total_count(self) -> BigInt:
        return BigInt(await self.count())

    @resolved(
        "Where all that were found can be fetched from as JSON lines, whole and in this order, below the address of "
        "this API: by GET, without a token. Good for some minutes (MISTUDIO_DOWNLOAD_MINUTES). Null where there is "
        "nothing to fetch; BAD_USER_INPUT where search and filter are too long for an address."
    )
    async def download(self, info: Info) -> str | None:
        return None if self.to_fetch is None else await download_url(info.context, self.to_fetch)


@dataclass(frozen=True, slots=True)
class Seen:
    """The rows of a page with their cursors, and whether there are more on either side."""

    samples: list[Sample]
    cursors: list[str]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Overall:
    """What is told of all that were found."""

    total: int
    facets: SampleFacets | None = None
    partial: bool = False
    searched_as: str | None = None
    notices: Iterable[Notice] = ()


def connection_of(seen: Seen, overall: Overall, to_fetch: SamplesDownload | None) -> SampleConnection:
    """The page and all that is told; `to_fetch` None: there is nothing."""

    async def count() -> int:
        return overall.total

    return SampleConnection(
        nodes=seen.samples,
        cursors=seen.cursors,
        has_next=seen.has_next,
        has_previous=seen.has_previous,
        count=count,
        to_fetch=to_fetch,
        facets=overall.facets,
        partial=overall.partial,
        searched_as=overall.searched_as,
        notices=[SearchNotice(code=each.code, message=each.message) for each in dict.fromkeys(overall.notices)],
    )


def no_samples(notice: Notice) -> SampleConnection:
    """Of a dataset without rows to show; the notice says why."""
    return connection_of(
        Seen([], [], has_next=False, has_previous=False), Overall(0, partial=True, notices=[notice]), None
    )


def facets_of(found: Facets) -> SampleFacets:
    """The facets that were counted."""
    splits = [SplitFacet(split=name, row_count=BigInt(rows)) for name, rows in found.splits]
    return SampleFacets(splits=splits, lengths=histogram_of(found.lengths))
