"""A row of a dataset, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from api.checks import given
from api.context import Context, Info
from api.fields import resolved
from api.highlighted import Highlight, Marked, Marking, SearchFor, mark, mark_all
from api.ids import SampleKey, kind_and_key, sample_id, sample_key
from api.nodes import Node
from api.sample_tokens import AtToken, FirstTokens, SampleToken, TokenizationId, Told, tell_tokens, wanted_tokens
from api.scalars import BigInt
from domain.adapters.cells import cut, cut_all
from domain.adapters.samples import Row as Found
from domain.adapters.search_terms import Query
from domain.adapters.views import Row
from domain.adapters.words import WORD

LIST_TEXT_LENGTH = 2_000


@strawberry.type(description="A row of a dataset.")
class Sample(Node):
    key: strawberry.Private[SampleKey]
    marking: strawberry.Private[Marking]
    query: strawberry.Private[Query | None]
    marked: strawberry.Private[list[Highlight] | None]
    split: str = strawberry.field(description="The split that it is in.")
    index: BigInt = strawberry.field(description="Its number within the split, from 0 on.")
    text: str = strawberry.field(
        description="Its text. In lists the first 2,000 characters of it; the whole of it by `node(id)`."
    )
    truncated: bool = strawberry.field(description="Whether the text, or a text of the row, was cut in this list.")
    word_count: int = strawberry.field(description="How many words its whole text has.")
    token_count: int | None = strawberry.field(
        description="How many tokens of its text the tokenization of the filter's `tokenizationId` has kept. Null "
        "without one, and where the row is not in its output."
    )
    row: JSON = strawberry.field(
        description="Its values by column, texts cut as `text` is. Bytes are told by their number and type."
    )

    @resolved("Where `text` has what was searched for: in order, none within another.")
    def highlights(self, info: Info, search: SearchFor = UNSET) -> list[Highlight]:
        if self.marked is not None and not given(search):
            return self.marked
        wanted = Marked(self.text, self.marking, search if given(search) else self.query)
        # No coroutine, though it may be awaited: one in each row of a page would cost more than all else of it.
        return cast("list[Highlight]", info.context.together(mark_all).load(wanted))

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


@dataclass(frozen=True, slots=True)
class Shown:
    """How the rows of an answer are shown: their dataset, how its texts are searched and what for, how long a text may
    be (None: as long as it is), and whether they are marked now, with the rest of the page, or once that is asked."""

    dataset: Row
    marking: Marking
    query: Query | None = None
    limit: int | None = LIST_TEXT_LENGTH
    is_marked: bool = False

    def sample(self, found: Found, words: int | None = None, tokens: int | None = None) -> Sample:
        """A row; `words` of its text, None: not counted yet; `tokens`, None: not known."""
        text = found.values.get(self.dataset["text_column"]) or ""
        shown, values, is_cut = self._cut(text, found.values)
        key = SampleKey(self.dataset["id"], found.split, found.index)
        return Sample(
            id=sample_id(key),
            key=key,
            marking=self.marking,
            query=self.query,
            marked=mark(shown, self.marking, self.query) if self.is_marked else None,
            split=found.split,
            index=BigInt(found.index),
            text=shown,
            truncated=is_cut,
            # The arrays of `count_words` cost more memory than a page is worth.
            word_count=sum(1 for _ in WORD.finditer(text)) if words is None else words,
            token_count=tokens,
            row=values,
        )

    def _cut(self, text: str, values: Mapping[str, Any]) -> tuple[str, Any, bool]:
        if self.limit is None:
            return text, dict(values), False
        shown, is_cut = cut(text, self.limit)
        row, is_row_cut = cut_all(dict(values), self.limit)
        return shown, row, is_cut or is_row_cut


def marking_of(dataset: Row) -> Marking:
    """How the texts of a dataset are searched."""
    return Marking(text_columns(dataset), dataset["text_column"], dataset["language"])


def text_columns(dataset: Row) -> tuple[str, ...]:
    """The columns that are searched."""
    return tuple(column["name"] for column in dataset["columns"] if column["isText"])


async def read_sample(info: Info, id_: str) -> Sample | None:
    """A row with its whole text, or None where there is no such row."""
    kind, key_text = kind_and_key(id_) or ("", "")
    key = sample_key(key_text) if kind == "Sample" else None
    row = None if key is None else await info.context.datasets.load(key.dataset_id)
    if key is None or row is None or row["folder"] is None:  # damaged data is read no more
        return None
    rows = {split["name"]: split["rowCount"] for split in row["splits"]}
    if key.index >= rows.get(key.split, 0):
        return None
    try:
        return await info.context.threads.run(_read_whole, info.context, row, key)
    except FileNotFoundError:  # purged since the row was read
        return None


def _read_whole(context: Context, row: Row, key: SampleKey) -> Sample:
    folder = context.samples.open(context.storage / row["folder"])
    return Shown(row, marking_of(row), limit=None).sample(folder.samples(key.split, key.index, 1)[0])
