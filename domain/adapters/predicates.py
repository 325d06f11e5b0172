"""What must hold for a column, checked against what the column holds."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from domain.adapters.column_kinds import Kind, Text, kind_of
from domain.adapters.column_tests import ColumnTest, Test
from domain.adapters.samples_wanted import Predicate
from domain.adapters.search_words import Word, found_words
from domain.errors import ErrorCode, Refused

TOLD_COLUMNS = 20
# To compare with each is quicker than to look it up, for so many.
FEW_VALUES = 10
# So many words tell rows apart well enough.
MOST_WORDS = 8
# In texts of so many bytes and more, a regular expression finds a part several times quicker; of parts longer than so
# many characters it may become too large.
LONG_TEXT_BYTES, MOST_PATTERN_CHARACTERS = 100, 1_000


def fit(predicate: Predicate, schema: Any, *path: str) -> ColumnTest:
    """The predicate for rows of a pyarrow schema. INVALID_INPUT, in words on the column and what it holds."""
    name = predicate.column
    if name not in schema.names:
        columns = ", ".join(schema.names[:TOLD_COLUMNS])
        raise _refused(f"There is no column {name!r}. Columns: {columns}.", path, "column")
    type_ = schema.field(name).type
    if pa.types.is_nested(type_):
        raise _refused(f"Column {name!r} is nested ({type_}): only single values can be asked for.", path, "column")
    kind = kind_of(type_)
    tests = [*_null_tests(predicate), *_value_tests(predicate, kind, f"Column {name!r} holds {type_}", path)]
    if not tests:
        message = f"Nothing is asked of column {name!r}: give equals, in, contains, isNull, min or max."
        raise _refused(f"{message} Null is asked for by isNull.", path)
    return ColumnTest(name, kind.type if kind else type_, tests, whole_words(predicate.contains or ""))


def whole_words(part: str) -> Sequence[Word]:
    """The words that a text has, one behind the other, which has this part: those at its ends may be longer there."""
    return [each.word for each in found_words(part) if each.start > 0 and each.end < len(part)][:MOST_WORDS]


def _null_tests(predicate: Predicate) -> Iterator[Test]:
    if predicate.is_null is not None:
        yield pc.is_null if predicate.is_null else pc.is_valid


def _value_tests(predicate: Predicate, kind: Kind | None, holds: str, path: Sequence[str]) -> Iterator[Test | None]:
    """`holds`: the beginning of a refusal."""
    asked = [predicate.equals, predicate.one_of, predicate.contains, predicate.least, predicate.most]
    if kind is None:
        if any(each is not None for each in asked):
            raise _refused(f"{holds}: it can only be asked whether it is null.", path)
        return
    if predicate.equals is not None:
        yield _test(pc.equal, kind.equal_to(_read(kind, predicate.equals, holds, path, "equals")))
    if predicate.one_of is not None:
        yield _one_of(kind, [_read(kind, value, holds, path, "in") for value in predicate.one_of])
    if predicate.contains is not None:
        yield _contains(kind, predicate.contains, holds, path)
    yield from _range(predicate, kind, holds, path)


def _range(predicate: Predicate, kind: Kind, holds: str, path: Sequence[str]) -> Iterator[Test | None]:
    least, most = predicate.least, predicate.most
    if not kind.has_order and (least is not None or most is not None):
        raise _refused(f"{holds}: it has no order, so no min or max.", path, "max" if least is None else "min")
    low = None if least is None else _read(kind, least, holds, path, "min")
    high = None if most is None else _read(kind, most, holds, path, "max")
    if low is not None and high is not None and low > high:
        raise _refused(f"The least value of {predicate.column!r}, {least!r}, is above the most, {most!r}.", path, "min")
    if low is not None:
        yield _test(pc.greater_equal, kind.at_least(low))
    if high is not None:
        yield _test(pc.less_equal, kind.at_most(high))


def _test(compare: Callable[[Any, Any], Any], value: Any) -> Test | None:
    return None if value is None else lambda array: compare(array, value[0])


def _one_of(kind: Kind, read: Sequence[Any]) -> Test | None:
    values = [value for value in map(kind.equal_to, read) if value is not None]
    if len(values) > FEW_VALUES:
        return partial(pc.is_in, value_set=pa.concat_arrays(values))
    return (lambda array: reduce(pc.or_, [pc.equal(array, value[0]) for value in values])) if values else None


def _contains(kind: Kind, part: str, holds: str, path: Sequence[str]) -> Test:
    if not isinstance(kind, Text):
        raise _refused(f"{holds}, not text: only text contains a text.", path, "contains")
    return partial(_has_part, part=_read(kind, part, holds, path, "contains"))


def _has_part(array: Any, part: str) -> Any:
    is_slow = part[:1].isspace() or len(part) > MOST_PATTERN_CHARACTERS  # of what begins as all words do
    if is_slow or array.nbytes < LONG_TEXT_BYTES * len(array):
        return pc.match_substring(array, part)
    return pc.match_substring_regex(array, re.escape(part))


def _read(kind: Kind, value: Any, holds: str, path: Sequence[str], field: str) -> Any:
    try:
        return kind.read(value)
    except (TypeError, ValueError) as error:
        null = " Null is asked for by isNull." if value is None else ""
        raise _refused(f"{holds}: it is compared with {kind.takes}, not with {value!r}.{null}", path, field) from error


def _refused(message: str, path: Sequence[str], *field: str) -> Refused:
    return Refused(ErrorCode.INVALID_INPUT, message, *path, *field)
