"""Rows of a range that are found: counted at once, and told one by one only where somebody reads them."""

from collections.abc import Callable
from functools import cached_property

from domain.adapters.search_bits import Bits, count_rows


class RowsOnDemand:
    """`tell` gives the rows, `count` how many they are, where that is quicker than counting the rows."""

    def __init__(self, tell: Callable[[], Bits], count: Callable[[], int] | None = None) -> None:
        self._tell, self._count = tell, count

    @classmethod
    def of(cls, bits: Bits) -> "RowsOnDemand":
        """Rows that are known already."""
        return cls(lambda: bits)

    @cached_property
    def bits(self) -> Bits:
        return self._tell()

    @cached_property
    def count(self) -> int:
        return count_rows(self.bits) if self._count is None else self._count()
