"""The Tantivy index of one part: which rows hold tokens, and how well they fit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tantivy
from tantivy import Occur, Query

from domain.adapters.search_damage import damage_is_told
from domain.adapters.search_tokens import Sought

ANALYZER = "tokens"
ROW = "row"
# Tantivy looks at so many tokens at most that begin as the last of a phrase should, and does not tell of more.
FEW_TOKENS = 50
# Beyond so many it refuses, and a pattern may not be longer.
MOST_TOKENS, PATTERN_BYTES = 10_000, 200
LISTED_TOKENS = 100

RowNumbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


def token_field(number: int) -> str:
    """The field of the tokens of a column, by its number in the index."""
    return f"c{number}"


def exact_field(number: int) -> str:
    """The field of a column's words as they are, where the tokens are stems."""
    return f"x{number}"


def open_schema(folder: Path, columns: int, language: str | None) -> tantivy.Index:
    """A new index in an empty folder."""
    schema = tantivy.SchemaBuilder().add_unsigned_field(ROW, fast=True)
    for number in range(columns):
        schema.add_text_field(token_field(number), tokenizer_name=ANALYZER)
        if language is not None:
            schema.add_text_field(exact_field(number), tokenizer_name=ANALYZER)
    index = tantivy.Index(schema.build(), path=str(folder))
    index.register_tokenizer(ANALYZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


class TokenIndex:
    """Safe to share between threads, which search at the same time. DamagedIndex from every method."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with damage_is_told(folder):
            index = tantivy.Index.open(str(folder))
            index.config_reader("manual")  # else a thread of its own looks for changes, and there are none
            self._schema, self._searcher = index.schema, index.searcher()

    def frequency(self, field: str, token: str) -> int:
        """In how many rows a token stands."""
        with damage_is_told(self._folder):
            return self._searcher.doc_freq(field, token)

    def beginning(self, field: str, beginning: str, limit: int | None = None) -> list[tuple[str, int]]:
        """Tokens that begin so, at most `limit`, and in how many rows each stands; the most frequent first."""
        with damage_is_told(self._folder):
            return self._searcher.terms_with_prefix(field, beginning, limit=limit)

    def count(self, query: Query) -> int:
        """How many rows are found: the objects that stand for them cost more than finding them."""
        with damage_is_told(self._folder):
            found = self._searcher.search(Query.const_score_query(query, 1.0), 1)
        return int(found.count)  # type: ignore[attr-defined] # its stubs lack it

    def rows(self, query: Query, most: int) -> RowNumbers:
        """The rows found, `most` at most, in order."""
        with damage_is_told(self._folder):
            hits = self._searcher.search(
                query, max(most, 1), count=False, order_by_field=ROW, order=tantivy.Order.Asc
            ).hits
        return np.fromiter((row for row, _ in hits), np.int64, len(hits))

    def scored(self, query: Query, limit: int) -> tuple[RowNumbers, Scores]:
        """The rows that fit best and their scores, best first; among equals the first row."""
        with damage_is_told(self._folder):
            hits = self._searcher.search(query, max(limit, 1), count=False).hits
            found = self._searcher.fast_field_values(ROW, [address for _, address in hits]) if hits else []
        rows, scores = np.array(found, np.int64), np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def query(self, field: str, wanted: Sought) -> Query | None:
        """What finds rows with those tokens; None where there are none."""
        if wanted.beginning is None:
            return _exact(self._schema, field, wanted.exact)
        if not wanted.exact:
            return self.any_of(field, wanted.beginning, self.beginning(field, wanted.beginning, LISTED_TOKENS))
        if len(self.beginning(field, wanted.beginning, FEW_TOKENS + 1)) > FEW_TOKENS:
            return self._phrases(field, wanted.exact, wanted.beginning)
        return Query.phrase_prefix_query(self._schema, field, [*wanted.exact, wanted.beginning])

    def any_of(
        self, field: str, beginning: str, listed: Sequence[tuple[str, int]], apart: Sequence[str] = ()
    ) -> Query | None:
        """What finds rows with a token that begins so, but none of those `apart`; None where there are none.

        `listed` are LISTED_TOKENS of `beginning`, or all.
        """
        if len(listed) == LISTED_TOKENS and len(beginning) <= PATTERN_BYTES:
            found = Query.regex_query(self._schema, field, beginning + ".*")
            without = [(Occur.MustNot, _exact(self._schema, field, [token])) for token in apart]
            return Query.boolean_query([(Occur.Must, found), *without])
        tokens = listed if len(listed) < LISTED_TOKENS else self.beginning(field, beginning)
        others = [(Occur.Should, _exact(self._schema, field, [token])) for token, _ in tokens if token not in apart]
        return Query.const_score_query(Query.boolean_query(others), 1.0) if others else None

    def _phrases(self, field: str, exact: Sequence[str], beginning: str) -> Query:
        tokens = self.beginning(field, beginning)
        if len(tokens) <= MOST_TOKENS and all(len(token) <= PATTERN_BYTES for token in [*exact, beginning]):
            return Query.regex_phrase_query(self._schema, field, [*exact, beginning + ".*"])
        phrases = [Query.phrase_query(self._schema, field, [*exact, token]) for token, _ in tokens]
        return Query.boolean_query([(Occur.Should, phrase) for phrase in phrases])


def _exact(schema: tantivy.Schema, field: str, tokens: Sequence[Any]) -> Query:
    if len(tokens) == 1:
        return Query.term_query(schema, field, tokens[0])
    return Query.phrase_query(schema, field, list(tokens))
