"""The rows of a dataset: pages over all its splits, read from its mapped files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from api.connections import Asked, Connection, not_a_cursor, read_cursor, write_cursor
from api.context import Context, Info
from api.errors import bad_input
from api.fields import resolved
from api.ids import SampleKey, kind_and_key, sample_id, sample_key
from api.nodes import Node
from api.sample_tokens import AtToken, FirstTokens, SampleToken, TokenizationId, Told, tell_tokens, wanted_tokens
from api.scalars import BigInt
from domain.adapters.samples import Row as Found
from domain.adapters.samples import cut
from domain.adapters.views import Row
from domain.adapters.words import WORD

LIST_TEXT_LENGTH = 2_000
CURSOR_NAME = "samples"

At = Annotated[
    BigInt | None,
    strawberry.argument(description="Begin at this row of the result, from 0 on. Not with a cursor or `last`."),
]


@strawberry.input(description="Which rows. What is left out does not matter.")
class SampleFilter:
    split: str | None = strawberry.field(default=UNSET, description="Those of this split.")


Filter = Annotated[SampleFilter | None, strawberry.argument(description="Which rows; all when left out.")]


@strawberry.type(description="A row of a dataset.")
class Sample(Node):
    key: strawberry.Private[SampleKey]
    split: str = strawberry.field(description="The split that it is in.")
    index: BigInt = strawberry.field(description="Its number within the split, from 0 on.")
    text: str = strawberry.field(
        description="Its text. In lists the first 2,000 characters of it; the whole of it by `node(id)`."
    )
    truncated: bool = strawberry.field(description="Whether the text, or a text of the row, was cut in this list.")
    word_count: int = strawberry.field(description="How many words its whole text has.")
    row: JSON = strawberry.field(
        description="Its values by column, texts cut as `text` is. Bytes are told by their number only."
    )

    @resolved(
        "Its tokens, as the sequences of a tokenization have them: of TRUNCATE cut as they are written, of other modes "
        "all of its text. Those of a page of samples are found out together. Null where the tokenization is not ready, "
        "or does not have this sample."
    )
    async def tokens(
        self, info: Info, tokenization_id: TokenizationId, at: AtToken = UNSET, first: FirstTokens = UNSET
    ) -> list[SampleToken] | None:
        told = await self._told(info, tokenization_id, at, first)
        return None if told is None else told.tokens

    @resolved(
        "Whether there are more tokens behind those that `tokens` gives for the same arguments. Of a text of more than "
        "200,000 characters, the tokens of so many are known."
    )
    async def tokens_truncated(
        self, info: Info, tokenization_id: TokenizationId, at: AtToken = UNSET, first: FirstTokens = UNSET
    ) -> bool | None:
        told = await self._told(info, tokenization_id, at, first)
        return None if told is None else told.truncated

    async def _told(self, info: Info, tokenization_id: str, at: int | None, first: int | None) -> Told | None:
        wanted = wanted_tokens(self.key, tokenization_id, at, first)
        return None if wanted is None else await info.context.together(tell_tokens).load(wanted)


@strawberry.type(description="A page of rows.")
class SampleConnection(Connection[Sample]):
    @resolved("How many rows there are of those asked for.")
    async def total_count(self) -> BigInt:
        return BigInt(await self.count())


@dataclass(frozen=True, slots=True)
class Rows:
    """The chosen splits of a dataset as one sequence: `names` in the source's order, and where each begins in it;
    `begins` has the total at its end."""

    dataset_id: str
    names: Sequence[str]
    begins: Sequence[int]

    @property
    def total(self) -> int:
        return self.begins[-1]

    def number_of(self, cursor: str) -> int:
        """The row that a cursor names; raises BAD_USER_INPUT."""
        dataset_id, index, split = read_cursor(cursor, CURSOR_NAME, 3)
        if dataset_id != self.dataset_id or split not in self.names or not index.isdecimal():
            raise not_a_cursor(cursor)
        place = self.names.index(split)
        number = self.begins[place] + int(index)
        if number >= self.begins[place + 1]:
            raise not_a_cursor(cursor)
        return number

    def parts(self, start: int, stop: int) -> list[tuple[str, int, int]]:
        """(split, first index, how many) of the rows from `start` on, before `stop`."""
        found = []
        for name, first, end in zip(self.names, self.begins, self.begins[1:], strict=False):
            low, high = max(start, first), min(stop, end)
            if low < high:
                found.append((name, low - first, high - low))
        return found


async def read_samples(info: Info, row: Row, filter_: SampleFilter | None, at: Any, page: Asked) -> SampleConnection:
    """A page of a dataset's rows; empty until it is ready. Raises BAD_USER_INPUT."""
    rows = _rows_of(row, filter_.split if filter_ else None)
    start, stop = _range(rows, None if at is UNSET else at, page)
    parts = rows.parts(start, stop)
    try:
        found = await info.context.threads.run(_read, info.context, row, parts) if parts else []
    except FileNotFoundError:  # purged since the row was read
        found, rows, stop = [], Rows(row["id"], [], [0]), 0

    async def count() -> int:
        return rows.total

    return SampleConnection(
        nodes=found,
        cursors=[write_cursor(CURSOR_NAME, row["id"], sample.index, sample.split) for sample in found],
        has_next=stop < rows.total,
        has_previous=start > 0 and rows.total > 0,
        count=count,
    )


async def read_sample(info: Info, id_: str) -> Sample | None:
    """A row with its whole text, or None where there is no such row."""
    kind, key_text = kind_and_key(id_) or ("", "")
    key = sample_key(key_text) if kind == "Sample" else None
    row = None if key is None else await info.context.datasets.load(key.dataset_id)
    if key is None or row is None:
        return None
    rows = dict(
        zip((split["name"] for split in row["splits"]), (split["rowCount"] for split in row["splits"]), strict=True)
    )
    if key.index >= rows.get(key.split, 0):
        return None
    try:
        found = await info.context.threads.run(_read, info.context, row, [(key.split, key.index, 1)], None)
    except FileNotFoundError:  # purged since the row was read
        return None
    return found[0]


def _rows_of(row: Row, split: str | None) -> Rows:
    chosen = [(part["name"], part["rowCount"]) for part in row["splits"] if split in (None, UNSET, part["name"])]
    return Rows(row["id"], [name for name, _ in chosen], list(accumulate((rows for _, rows in chosen), initial=0)))


def _range(rows: Rows, at: int | None, page: Asked) -> tuple[int, int]:
    """The rows of a page: from the first on, before the second."""
    if at is not None and (page.backward or page.after or page.before):
        raise bad_input("`at` begins a page itself: give it without `after`, `before` and `last`.")
    if at is not None and at < 0:
        raise bad_input(f"`at` is a number from 0 on; it was {at}.")
    start = at or 0 if page.after is None else rows.number_of(page.after) + 1
    stop = rows.total if page.before is None else rows.number_of(page.before)
    if page.backward:
        return max(start, stop - page.limit), stop
    return start, max(start, min(stop, start + page.limit))


def _read(
    context: Context, row: Row, parts: Sequence[tuple[str, int, int]], limit: int | None = LIST_TEXT_LENGTH
) -> list[Sample]:
    folder = context.samples.open(context.storage / row["folder"])
    found = [sample for split, start, count in parts for sample in folder.samples(split, start, count)]
    return [_sample(row, sample, limit) for sample in found]


def _sample(row: Row, found: Found, limit: int | None) -> Sample:
    text = found.values.get(row["text_column"]) or ""
    shown, values, truncated = text, dict(found.values), False
    if limit is not None:
        shown, truncated = cut(text, limit)
        values, row_truncated = _cut_all(values, limit)
        truncated = truncated or row_truncated
    key = SampleKey(row["id"], found.split, found.index)
    return Sample(
        id=sample_id(key),
        key=key,
        split=found.split,
        index=BigInt(found.index),
        text=shown,
        truncated=truncated,
        # The arrays of `count_words` cost more memory than a page is worth.
        word_count=sum(1 for _ in WORD.finditer(text)),
        row=values,  # type: ignore[arg-type]  # JSON is a name for any value
    )


def _cut_all(value: Any, limit: int) -> tuple[Any, bool]:
    """A JSON value with every text in it cut, and whether one was."""
    if isinstance(value, str):
        return cut(value, limit)
    if isinstance(value, dict):
        cuts = {key: _cut_all(inner, limit) for key, inner in value.items()}
        return {key: inner for key, (inner, _) in cuts.items()}, any(was for _, was in cuts.values())
    if isinstance(value, list):
        parts = [_cut_all(inner, limit) for inner in value]
        return [inner for inner, _ in parts], any(was for _, was in parts)
    return value, False
