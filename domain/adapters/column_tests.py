"""What must hold for a column, asked of its rows by pyarrow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from domain.adapters.arrow_arrays import flags, of_bits
from domain.adapters.search_bits import Bits, bits_of, count_rows, no_rows, numbers_of, rows_that
from domain.adapters.search_words import Word
from domain.adapters.text_codes import TextCodes

# Work on many small chunks costs more than a copy of so much.
MOST_COPIED_BYTES = 4 << 20
# Of long texts, when fewer than one in so many is asked about, only those are looked at.
FEW = 8

Test = Callable[[Any], Any]
"""From a pyarrow Array to one of booleans or nulls."""


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """Tests that must all hold for a column; None is one that holds for no row. `compared_as`: the pyarrow type that
    they are made for. `words` stand, one behind the other, in every text for which they hold."""

    column: str
    compared_as: Any
    tests: Sequence[Test | None]
    words: Sequence[Word] = ()

    def narrowed(self, within: Bits, column: Any) -> Bits:
        """Those of the rows `within` a pyarrow ChunkedArray for which all tests hold."""
        if None in self.tests:
            return no_rows(len(column))
        if pa.types.is_primitive(column.type) or column.nbytes < MOST_COPIED_BYTES:
            return within & rows_that(self._hold([column.combine_chunks()]))
        if count_rows(within) * FEW > len(column):
            return within & rows_that(self._hold(column.chunks))
        few = column.filter(of_bits(within, len(column)))
        return bits_of(numbers_of(within)[self._hold(few.chunks)], len(column))

    def coded(self, within: Bits, column: TextCodes) -> Bits:
        """The same of a column of few texts: each is asked about once."""
        if None in self.tests:
            return no_rows(len(column.codes))
        return within & rows_that(self._hold([column.texts])[column.codes])

    def _hold(self, arrays: Sequence[Any]) -> Any:
        """For each value of all Arrays whether all tests hold."""
        compared = [array if array.type == self.compared_as else array.cast(self.compared_as) for array in arrays]
        return flags([reduce(pc.and_, [test(array) for test in self.tests if test]) for array in compared])
