"""Where byte-level BPE splits a text into pieces: the patterns of GPT-2, Llama 3 and Qwen as compiled loops.

What a letter, a number and a space is comes from the same regex library that `tokenizers` splits with.
"""

from collections.abc import Mapping
from functools import cache
from itertools import chain

import numpy as np
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

from workers.byte_level import GPT2_PATTERN
from workers.compiling import compiled, inlined
from workers.tokens import Bytes
from workers.word_table import FIRST_OF_2, FIRST_OF_3, FIRST_OF_4

OTHER, LETTER, NUMBER, SPACE, NEWLINE = 0, 1, 2, 3, 4
CLASSES = {LETTER: r"\p{L}", NUMBER: r"\p{N}", SPACE: r"\s"}
NEWLINES = b"\r\n"
CODE_POINTS = 0x110000
# What may be a letter, a number or a space: planes 4 to 13 are empty, the last two private, the rest are surrogates.
ASSIGNED = (range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xF0000))

LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_PATTERN = LLAMA3_PATTERN.replace(r"\p{N}{1,3}", r"\p{N}")
# How many digits are a piece; 0: as in GPT-2, which has other rules for all else too.
STYLES: Mapping[str, int] = {GPT2_PATTERN: 0, LLAMA3_PATTERN: 3, QWEN_PATTERN: 1}

BLANK, APOSTROPHE, SMALL, LONG_S_FIRST, LONG_S_SECOND = 0x20, 0x27, 0x20, 0xC5, 0xBF
S, T, M, D, R, V, E, L = b"stmdrvel"


@cache
def character_classes() -> Bytes:
    """The class of each code point."""
    classes = np.zeros(CODE_POINTS, np.uint8)
    points = [*chain(*ASSIGNED)]
    every = "".join(map(chr, points))
    # every character is looked at only once, whatever its class: that takes the time
    runs = _found("|".join(f"{one}+" for one in CLASSES.values()), every)
    firsts = "".join(every[start] for start, _ in runs)
    for number, pattern in CLASSES.items():
        for run, _ in _found(pattern, firsts):
            start, stop = runs[run]
            classes[points[start] : points[stop - 1] + 1] = number
    classes[[*NEWLINES]] = NEWLINE
    return classes


def _found(pattern: str, text: str) -> list[tuple[int, int]]:
    """Where the matches begin and end, in characters."""
    kept = Split(Regex(pattern), "removed", invert=True).pre_tokenize_str(text)
    return [where for _, where in kept]


@inlined
def piece_end(data, at, stop, classes, digits):
    """The end of the piece that begins at byte `at` of a text that ends at `stop`, in one of STYLES."""
    if data[at] == APOSTROPHE:
        length = _contraction(data, at, stop, digits > 0)
        if length:
            return at + length
    kind, second = _character(data, at, classes)
    after = _character(data, second, classes)[0] if second < stop else SPACE
    if digits and (kind == LETTER or (kind in (OTHER, SPACE) and after == LETTER)):
        return _run(data, second, stop, classes, LETTER, stop)
    if digits and kind == NUMBER:
        return _run(data, second, stop, classes, NUMBER, digits - 1)
    if data[at] == BLANK and (after == OTHER or (after < SPACE and not digits)):
        kind = after
    if kind >= SPACE:
        return _space_end(data, at, stop, classes, digits > 0)
    end = _run(data, second, stop, classes, kind, stop)
    return _run(data, end, stop, classes, NEWLINE, stop) if digits and kind == OTHER else end


@compiled
def ends_of_pieces(data, size, classes, digits):
    """The ends of all pieces of one text."""
    ends, found, at = np.empty(size, np.int64), 0, 0
    while at < size:
        at = piece_end(data, at, size, classes, digits)
        ends[found] = at
        found += 1
    return ends[:found]


@inlined
def _character(data, at, classes):
    """The class of the character at a byte, and where the next one begins."""
    first = data[at]
    if first < FIRST_OF_2:
        return classes[first], at + 1
    length = 2 if first < FIRST_OF_3 else 3 if first < FIRST_OF_4 else 4
    point = np.int64(first) & (0x7F >> length)
    for step in range(1, length):
        point = point << 6 | np.int64(data[at + step]) & 0x3F
    return classes[point], at + length


@inlined
def _run(data, at, stop, classes, kind, most):
    """The end of the characters of a class from a byte on, of at most so many."""
    while at < stop and most > 0:
        found, following = _character(data, at, classes)
        if found != kind:
            break
        at = following
        most -= 1
    return at


@compiled
def _space_end(data, at, stop, classes, ends_after_newline):
    """All spaces up to the last newline, or where they end the text; else without the last one, unless it is alone."""
    end, last, newline = at, at, at
    while end < stop:
        kind, following = _character(data, end, classes)
        if kind < SPACE:
            break
        if kind == NEWLINE:
            newline = following
        last, end = end, following
    if ends_after_newline and newline > at:
        return newline
    return end if end == stop or last == at else last


@compiled
def _contraction(data, at, stop, ignores_case):
    """The length of 's 't 'm 'd 're 've 'll; 0 where there is none."""
    if at + 1 >= stop:
        return 0
    first = data[at + 1]
    second = data[at + 2] if at + 2 < stop else np.uint8(0)
    if ignores_case:
        if first == LONG_S_FIRST and second == LONG_S_SECOND:  # whose capital is S
            return 3
        first, second = first | SMALL, second | SMALL
    if first in (S, T, M, D):
        return 2
    return 3 if (first in (R, V) and second == E) or (first == L and second == L) else 0
