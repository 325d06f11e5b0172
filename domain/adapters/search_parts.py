"""A part of a search index: consecutive rows of a split, and which of them hold what is looked for."""

import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tantivy import Occur, Query

from domain.adapters.rows_on_demand import RowsOnDemand
from domain.adapters.search_bits import Bits, all_rows, bits_of, no_rows
from domain.adapters.search_damage import DamagedIndex, damage_is_told
from domain.adapters.search_frequent import SECTIONS, FrequentTokens
from domain.adapters.search_sections import map_sections
from domain.adapters.search_terms import Query as Search
from domain.adapters.search_terms import Term
from domain.adapters.search_text import LISTED_TOKENS, RowNumbers, Scores, TokenIndex, exact_field, token_field
from domain.adapters.search_tokens import Sought, sought, stem_of

FORMAT = 1
TOKENS_APART = 20
INDEX, PART, TEXT, ROWS = "index.json", "part.json", "text", "rows.bin"

Frequency = Callable[[str, str], tuple[int, int]]
"""By field and token: in how many of all rows of an index the token stands, and how many rows those are."""


class SearchPart:
    """Rows [start, stop) of `split`, counted from 0 in the part; `words` of each in the dataset's text column.

    Opening looks at the sizes of the files; DamagedIndex here and in every method when they are not what was written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with damage_is_told(folder):
            told = json.loads((folder / PART).read_text(encoding="utf-8"))
            if told["format"] != FORMAT:
                raise DamagedIndex(folder)
            self._sizes = [(folder / name, int(size)) for name, (size, _) in told["files"].items()]
            self.check()
            self.split, self.start, self.stop = str(told["split"]), int(told["start"]), int(told["stop"])
            self.rows, self.indexed = int(told["rows"]), int(told["indexed"])
            self.columns: list[str] = told["columns"]
            self.text_column: str | None = told["textColumn"]
            self.language: str | None = told["language"]
            self.files: dict[str, tuple[int, str]] = told["files"]
            sections = map_sections(folder / ROWS, told["sections"])
        self.words: npt.NDArray[np.uint32] = sections["words"]
        self._frequent = [
            FrequentTokens({name: sections[f"{number}/{name}"] for name in SECTIONS}, self.rows)
            for number in range(len(self.columns))
        ]
        self._stem = stem_of(self.language)
        self.text = TokenIndex(folder / TEXT)
        self.frequency = _alone(self.text, self.rows)

    def check(self) -> None:
        """Whether its files are there as long as they were: to read behind the end of a mapped one ends the process."""
        with damage_is_told(self.folder):
            if any(file.stat().st_size != size for file, size in self._sizes):
                raise DamagedIndex(self.folder)

    def all(self) -> Bits:
        """Every row."""
        return all_rows(self.rows)

    def having(self, term: Term) -> Bits:
        """The rows that have a term, negated or not; KeyError for an unknown column.

        With stems a word is found by its stem; a term that is a prefix is looked for as written.
        """
        return self.found(term).bits

    def found(self, term: Term) -> RowsOnDemand:
        """The rows of `having`, counted; where one column alone has them, they are told when somebody reads them."""
        with damage_is_told(self.folder):
            columns = [self._having(number, term) for number in self._numbers(term.column)]
            if len(columns) > 1:
                columns = [rows for rows in columns if rows.count]
            if len(columns) == 1:
                return columns[0]
            found = no_rows(self.rows)
            for rows in columns:
                found |= rows.bits
            return RowsOnDemand.of(found)

    def _numbers(self, column: str | None) -> Sequence[int]:
        if column is None:
            return range(len(self.columns))
        if column not in self.columns:
            raise KeyError(column)
        return [self.columns.index(column)]

    def _wanted(self, number: int, term: Term) -> tuple[str, Sought]:
        """The field in which a term is looked for, and its tokens there."""
        if term.is_prefix and self.language is not None:
            return exact_field(number), sought(term, str)
        return token_field(number), sought(term, self._stem)

    def _having(self, number: int, term: Term) -> RowsOnDemand:
        field, wanted = self._wanted(number, term)
        found = None
        if field == token_field(number):
            found = _frequent_rows(self._frequent[number], wanted)
        if found is not None:
            return RowsOnDemand.of(found)
        if wanted.beginning is not None and not wanted.exact:
            return RowsOnDemand.of(self._beginning(number, field, wanted.beginning))
        return self._searched(field, wanted)

    def _beginning(self, number: int, field: str, beginning: str) -> Bits:
        """Frequent tokens apart from the others: their rows need not be handed over one by one."""
        listed, found, apart = self.text.beginning(field, beginning, LISTED_TOKENS), no_rows(self.rows), []
        for token, _ in listed[:TOKENS_APART] if field == token_field(number) else ():
            rows = self._frequent[number].having(token)
            if rows is not None:
                found |= rows
                apart.append(token)
        query = self.text.any_of(field, beginning, listed, apart)
        return found if query is None else found | bits_of(self.text.rows(query, self.rows), self.rows)

    def _searched(self, field: str, wanted: Sought) -> RowsOnDemand:
        """A phrase that ends in a beginning may take long: its rows are told with their number."""
        most = min([self.rows, *(self.text.frequency(field, token) for token in wanted.exact)])
        query = self.text.query(field, wanted) if most else None
        if query is None:
            return RowsOnDemand.of(no_rows(self.rows))
        count = partial(self.text.count, query) if wanted.beginning is None else None
        return RowsOnDemand(lambda: bits_of(self.text.rows(query, most), self.rows), count)

    def best(self, search: Search, limit: int) -> tuple[RowNumbers, Scores]:
        """The rows of a search that fit best by BM25, best first, and how well; a prefix counts 1 wherever it stands.

        How rare a word is goes by the whole index, how long a row is by the rows of this part.
        """
        query = Query.boolean_query([(Occur.Should, self._all_of(terms)) for terms in search.alternatives])
        return self.text.scored(query, min(limit, self.rows))

    def _all_of(self, terms: Sequence[Term]) -> Query:
        wanted = [(Occur.Must, self._scored(term)) for term in terms if not term.is_negated]
        begun = wanted or [(Occur.Must, Query.const_score_query(Query.all_query(), 0.0))]
        return Query.boolean_query(
            [*begun, *((Occur.MustNot, self._scored(term)) for term in terms if term.is_negated)]
        )

    def _scored(self, term: Term) -> Query:
        queries = [self._weighed(*self._wanted(number, term)) for number in self._numbers(term.column)]
        return Query.boolean_query([(Occur.Should, query) for query in queries])

    def _weighed(self, field: str, wanted: Sought) -> Query:
        query = self.text.query(field, wanted)
        if query is None:
            return Query.empty_query()
        if wanted.beginning is not None:
            return Query.const_score_query(query, 1.0)
        here = sum(_rarity(self.text.frequency(field, token), self.rows) for token in wanted.exact)
        return Query.boost_query(query, sum(_rarity(*self.frequency(field, token)) for token in wanted.exact) / here)


def _rarity(rows: int, of: int) -> float:
    """BM25's inverse document frequency, as Tantivy has it."""
    return math.log(1 + (of - rows + 0.5) / (rows + 0.5))


def _alone(text: TokenIndex, rows: int) -> Frequency:
    """A part that belongs to no index counts for itself. (It does not hold the part, which would then be held on.)"""
    return lambda field, token: (text.frequency(field, token), rows)


def _frequent_rows(frequent: FrequentTokens, wanted: Sought) -> Bits | None:
    """The rows that can be told without Tantivy; None: not these."""
    if wanted.beginning is not None:
        return frequent.beginning(wanted.beginning) if not wanted.exact else None
    return frequent.having(wanted.exact[0]) if len(wanted.exact) == 1 else frequent.phrase(wanted.exact)
