"""How JSON values become values of a column's type, so that rows can be compared with them.

Whole numbers, decimals and times are all counted in steps (1, 0.01, a microsecond): one kind serves them, exactly.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from domain.adapters.arrow_arrays import of_one, of_one_text
from domain.adapters.json_amounts import days, decimal_number, instant, number, of_day

STEPS_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
DAY_MILLISECONDS = 86_400_000
NARROW_DECIMAL_BITS = 64


class Kind(Protocol):
    """A type of column. It is cast to `type` and compared with Arrays of one value; None for one: no row meets it.

    `read` raises TypeError or ValueError for a value of another kind; what it gives can be compared with `<`. `takes`
    says in words what it reads. Without order there is no least and no most.
    """

    @property
    def takes(self) -> str: ...
    @property
    def type(self) -> Any: ...
    @property
    def has_order(self) -> bool: ...

    def read(self, value: Any) -> Any: ...
    def equal_to(self, read: Any) -> Any: ...
    def at_least(self, read: Any) -> Any: ...
    def at_most(self, read: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Text:
    """In the order of code points."""

    type: Any
    takes: str = "text"
    has_order: bool = True

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(self.takes)
        value.encode()  # UnicodeEncodeError is a ValueError: no column holds lone surrogates
        return value

    def equal_to(self, read: str) -> Any:
        return of_one_text(self.type, read)

    at_least = at_most = equal_to


@dataclass(frozen=True, slots=True)
class Truth:
    type: Any
    takes: str = "true or false"
    has_order: bool = False

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError(self.takes)
        return value

    def equal_to(self, read: bool) -> Any:
        return of_one(self.type, bytes([read]))

    at_least = at_most = equal_to


@dataclass(frozen=True, slots=True)
class Floating:
    """Compared as doubles, as which they are shown; a number also equals what the column rounds it to."""

    type: Any
    rounded: Callable[[float], Any]
    takes: str = "numbers"
    has_order: bool = True

    def read(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(self.takes)
        try:
            read = float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
        if math.isnan(read):
            raise ValueError(self.takes)
        return read

    def equal_to(self, read: float) -> Any:
        with np.errstate(over="ignore"):
            rounded = float(self.rounded(read))
        return None if math.isinf(rounded) else self.at_least(rounded)

    def at_least(self, read: float) -> Any:
        return of_one(self.type, np.float64(read).tobytes())

    at_most = at_least


@dataclass(frozen=True, slots=True)
class Stepped:
    """Compared by whole steps, from `least` to `most`, which are stored as integers."""

    takes: str
    type: Any
    least: int
    most: int
    read: Callable[[Any], Fraction]
    has_order: bool = True

    def equal_to(self, read: Fraction) -> Any:
        fits = read.denominator == 1 and self.least <= read <= self.most
        return self._of(int(read)) if fits else None

    def at_least(self, read: Fraction) -> Any:
        step = max(math.ceil(read), self.least)
        return self._of(step) if step <= self.most else None

    def at_most(self, read: Fraction) -> Any:
        step = min(math.floor(read), self.most)
        return self._of(step) if step >= self.least else None

    def _of(self, steps: int) -> Any:
        return of_one(self.type, steps.to_bytes(self.type.bit_width // 8, "little", signed=self.least < 0))


def kind_of(type_: Any) -> Kind | None:
    """How a column of this pyarrow type is compared; None for bytes, nested ones and what has no values."""
    if pa.types.is_dictionary(type_):
        return kind_of(type_.value_type)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        return Text(pa.large_string() if pa.types.is_string_view(type_) else type_)
    if pa.types.is_boolean(type_):
        return Truth(type_)
    if pa.types.is_floating(type_):
        return Floating(pa.float64(), FLOATS[type_.bit_width])
    if pa.types.is_decimal(type_):
        return _decimal(type_) if type_.scale >= 0 else None
    return _stepped(type_)


def _decimal(type_: Any) -> Kind:
    """Pyarrow compares the narrow ones only as decimal128."""
    wide = type_ if type_.bit_width > NARROW_DECIMAL_BITS else pa.decimal128(type_.precision, type_.scale)
    most, unit = 10**type_.precision - 1, 10**type_.scale
    return Stepped("decimals, as numbers or text", wide, -most, most, lambda value: decimal_number(value) * unit)


def _stepped(type_: Any) -> Kind | None:
    found = next(((takes, read) for is_one, takes, read in STEPPED if is_one(type_)), None)
    if found is None:
        return None
    takes, read = found
    half = 2 ** (type_.bit_width - 1)
    least, most = (0, 2 * half - 1) if pa.types.is_unsigned_integer(type_) else (-half, half - 1)
    return Stepped(takes, type_, least, most, partial(read, type_))


def _days(type_: Any, value: Any) -> Fraction:
    return days(value) * (1 if pa.types.is_date32(type_) else DAY_MILLISECONDS)


FLOATS: Mapping[int, Callable[[float], Any]] = {16: np.float16, 32: np.float32, 64: np.float64}

STEPPED: Sequence[tuple[Callable[[Any], bool], str, Callable[[Any, Any], Fraction]]] = (
    (pa.types.is_integer, "whole numbers", lambda _, value: number(value)),
    (pa.types.is_date, "dates as ISO text", _days),
    (pa.types.is_timestamp, "times as ISO text", lambda type_, value: instant(value) * STEPS_A_SECOND[type_.unit]),
    (pa.types.is_time, "times of day as ISO text", lambda type_, value: of_day(value) * STEPS_A_SECOND[type_.unit]),
    (pa.types.is_duration, "seconds", lambda type_, value: number(value) * STEPS_A_SECOND[type_.unit]),
)
