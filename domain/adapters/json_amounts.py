"""Numbers and times of JSON as exact fractions. TypeError or ValueError for what is none."""

import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

# Beyond it a number could be a short text and fill the memory as a fraction.
LARGEST_EXPONENT = 400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
MICROSECONDS = 1_000_000
# Python's times end at microseconds, columns may go on.
BEYOND_MICROSECONDS = re.compile(r"([.,]\d{6})(\d+)")


def number(value: Any) -> Fraction:
    """A JSON number; a double stands for the decimal number that is written for it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number that can be counted")
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def decimal_number(value: Any) -> Fraction:
    """A JSON number, or a text that is one."""
    if not isinstance(value, str):
        return number(value)
    try:
        decimal = Decimal(value)
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not decimal.is_finite() or abs(decimal.adjusted()) > LARGEST_EXPONENT:
        raise ValueError("no number that a column holds")
    return Fraction(decimal)


def days(value: Any) -> Fraction:
    """ISO date: days since 1970."""
    return Fraction(date.fromisoformat(_text(value)).toordinal() - EPOCH_DAY)


def instant(value: Any) -> Fraction:
    """ISO date and time: seconds since 1970, in UTC where it does not say."""
    text, beyond = _microseconds(_text(value))
    read = datetime.fromisoformat(text)
    past = (read if read.tzinfo else read.replace(tzinfo=UTC)) - EPOCH
    return Fraction(past.days * 86_400 + past.seconds) + Fraction(past.microseconds, MICROSECONDS) + beyond


def of_day(value: Any) -> Fraction:
    """ISO time of day: seconds since midnight."""
    text, beyond = _microseconds(_text(value))
    read = time.fromisoformat(text)
    if read.tzinfo:
        raise ValueError("a time of day is of no zone")
    whole = read.hour * 3_600 + read.minute * 60 + read.second
    return whole + Fraction(read.microsecond, MICROSECONDS) + beyond


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _microseconds(text: str) -> tuple[str, Fraction]:
    """A time up to its microseconds, and the seconds behind them."""
    found = BEYOND_MICROSECONDS.search(text)
    if not found:
        return text, Fraction(0)
    beyond = Fraction(int(found[2]), MICROSECONDS * 10 ** len(found[2]))
    return text[: found.start(2)] + text[found.end(2) :], beyond
