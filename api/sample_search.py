"""What is found among the samples of a dataset: its rows, its index and its tokens are brought together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from api.context import Context
from api.errors import bad_input
from api.ids import key_of
from api.sample_filters import wanted_samples
from api.samples import text_columns
from api.user_input import bad_input_of
from domain.adapters.downloads import SamplesDownload
from domain.adapters.found_samples import Found
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.index_views import index_parts_view
from domain.adapters.sample_search import SEARCH_SECONDS, find_samples
from domain.adapters.samples import Row as Sample
from domain.adapters.samples_wanted import Notice, NoticeCode, SampleOrder
from domain.adapters.search_damage import DamagedIndex
from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_query import Understood, parse
from domain.adapters.searched import Searched
from domain.adapters.token_documents import FOLDER
from domain.adapters.token_lengths import OF_OTHER_ROWS, Lengths, tokens_of_row
from domain.adapters.views import Row, dataset_view
from domain.dataset import DatasetStatus
from domain.errors import Refused

R = TypeVar("R")

NO_SEARCH = Understood(None, "", ())
OF_SAMPLES = ("keptSamples", "filteredSamples", "skippedSamples")
NOT_OF_FILTER = (("orderBy",), ("at",))
IN_TRASH = Notice(NoticeCode.TRASHED, "The dataset is in the trash: it can be read until it is purged.")
DAMAGED = Notice(
    NoticeCode.INDEX_DAMAGED,
    "The search index was damaged. It is being built again; until it is there, only what needs no index is found.",
)
NO_TOKENS = Notice(
    NoticeCode.TOKENS_UNKNOWN,
    "The tokenization is of a time when tokens were not told by rows: tokenize again to count them.",
)


@dataclass(frozen=True, slots=True)
class SamplesAsked:
    """Rows of a dataset that are asked for: the filter as clients write it, the order, and its tokenization."""

    dataset: Row
    told: Mapping[str, Any]
    order: SampleOrder
    tokenization: Row | None

    @property
    def splits(self) -> list[tuple[str, int]]:
        """All splits of the dataset, each with its rows."""
        return [(split["name"], split["rowCount"]) for split in self.dataset["splits"]]

    @property
    def download(self) -> SamplesDownload:
        """All of them, to be fetched."""
        return SamplesDownload(self.dataset["id"], self.order, self.told)

    def understood(self) -> Understood:
        """What is searched for. INVALID_INPUT."""
        search = self.told.get("search")
        return NO_SEARCH if search is None else parse(search, text_columns(self.dataset))


@dataclass(frozen=True, slots=True)
class Answered:
    """What was found, how the search was understood, the language by which words were stemmed, and what there is to
    say beside that which `found` says."""

    found: Found
    understood: Understood
    language: str | None
    said: tuple[Notice, ...]


async def samples_asked(context: Context, dataset: Row, told: Mapping[str, Any], order: SampleOrder) -> SamplesAsked:
    """What is asked for, with the tokenization that the filter names; BAD_USER_INPUT where it is none to count by."""
    id_ = told.get("tokenizationId")
    if id_ is None:
        return SamplesAsked(dataset, told, order, None)
    key = key_of("Tokenization", id_)
    row = None if key is None else await context.tokenizations.load(key)
    if row is None or row["dataset_id"] != dataset["id"]:
        raise bad_input("filter.tokenizationId: The dataset has no such tokenization.")
    if row["folder"] is None:
        raise bad_input("filter.tokenizationId: The tokenization is not ready, so its tokens cannot be counted yet.")
    counted = await context.token_statistics.load(row["id"])
    if dataset["folder"] is not None and counted is not None and _is_of_other_rows(row, counted, dataset):
        raise bad_input(f"filter.tokenizationId: {OF_OTHER_ROWS}")
    return SamplesAsked(dataset, told, order, row)


def _is_of_other_rows(tokenization: Row, counted: Mapping[str, int], dataset: Row) -> bool:
    """Whether it was made before the data was made again, of another number of rows."""
    if not counted.keys() >= set(OF_SAMPLES):  # of a time when samples were not
        return False
    splits = tokenization["recipe"].get("splits")
    rows = sum(split["rowCount"] for split in dataset["splits"] if splits is None or split["name"] in splits)
    return bool(sum(counted[name] for name in OF_SAMPLES) != rows)


def answer_search(
    context: Context, asked: SamplesAsked, read: Callable[[Answered], R], seconds: float = SEARCH_SECONDS
) -> R:
    """What `read` makes of what is found within the seconds, however the index fares meanwhile.

    Raises BAD_USER_INPUT, FileNotFoundError (the dataset was purged).
    """
    search = partial(_find, context, deadline=monotonic() + seconds)
    try:
        return _with_index(context, asked, lambda now, index, *said: read(search(now, index, said)))
    except Refused as refused:
        before = () if refused.path[:1] in NOT_OF_FILTER else ("filter",)
        raise bad_input_of(refused, *before) from None


def _with_index(context: Context, asked: SamplesAsked, read: Callable[..., R]) -> R:
    """`read` with the index as it is now: one that was replaced meanwhile is left for its successor, a damaged one is
    reported, and done without."""
    try:
        return read(asked, _open_index(context, asked.dataset))
    except DamagedIndex:
        now = dataset_view(context.adapters.engine, [asked.dataset["id"]]).get(asked.dataset["id"])
    if now is None:
        raise FileNotFoundError(asked.dataset["folder"])
    if now["index_folder"] != asked.dataset["index_folder"]:
        return _with_index(context, replace(asked, dataset=now), read)
    if now["index_folder"] is not None:
        report_damaged_index(context.adapters, now["id"], now["index_folder"])
    return read(asked, context.indexes.open_parts([], asked.dataset["row_count"]), DAMAGED)


def notices_of(context: Context, asked: SamplesAsked) -> list[Notice]:
    """What there is to say of a dataset and a tokenization, whatever is searched for."""
    said = [IN_TRASH] if asked.dataset["status"] == DatasetStatus.TRASHED else []
    if asked.tokenization is None or "tokenCount" in asked.told:  # of which the search speaks
        return said
    is_told = (context.storage / asked.tokenization["folder"] / FOLDER).is_dir()
    return said if is_told else [*said, NO_TOKENS]


def tokens_of(context: Context, asked: SamplesAsked, row: Sample) -> int | None:
    """The tokens of a row in the tokenization that is asked about; None where they are not known."""
    return tokens_of_row(_lengths(context, asked, row.split), row.index)


def _lengths(context: Context, asked: SamplesAsked, split: str) -> Lengths | None:
    """Of each row of a split; None where no tokenization is asked about, or it does not tell."""
    if asked.tokenization is None:
        return None
    folder = context.storage / asked.tokenization["folder"]
    try:
        return context.tokens.of(folder, split, dict(asked.splits)[split], asked.tokenization["recipe"])
    except FileNotFoundError:
        return None
    except Refused as refused:
        raise bad_input_of(refused, "filter") from None


def _find(
    context: Context, asked: SamplesAsked, index: SearchIndex | None, said: tuple[Notice, ...], deadline: float
) -> Answered:
    understood = asked.understood()
    wanted = wanted_samples(asked.told, understood.query)
    language = index.language if index and index.parts else asked.dataset["language"]
    samples = context.samples.open(context.storage / asked.dataset["folder"])
    searched = Searched(
        samples, asked.splits, index, None if asked.tokenization is None else partial(_lengths, context, asked)
    )
    found = find_samples(searched, wanted, deadline)
    return Answered(found, understood, language, (*notices_of(context, asked), *said, *understood.notices))


def _open_index(context: Context, dataset: Row) -> SearchIndex | None:
    """The index as it is now: while it is built for the first time, what is done of it, and be that nothing yet."""
    if dataset["index_folder"] is not None:
        return context.indexes.open(context.storage / dataset["index_folder"])
    done = index_parts_view(context.adapters.engine, context.storage, dataset).folders
    if not done and dataset["index_status"] != "BUILDING":
        return None
    return context.indexes.open_parts(done, dataset["row_count"])
