"""Compiled loops of an index build: pieces of words get numbers, and numbers become the text that is indexed."""

from functools import cache

import numpy as np

from domain.adapters.search_words import CJK
from workers.compiling import compiled
from workers.word_table import EIGHT, FIRST_OF_2, FIRST_OF_3, FIRST_OF_4, Flags, number_of

SPACE = 0x20
LINE_BITS = 8


@cache
def cjk() -> Flags:
    """Whether a code point is of CJK: made once, from the one definition."""
    every_character = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table = np.zeros(0x110000, np.bool_)
    for match in CJK.finditer(every_character):
        table[match.start() : match.end()] = True
    return table


@compiled
def cut_words(data, starts, ends, is_cjk, cut_starts, cut_ends):
    """Cuts words where CJK begins or ends, and runs of CJK into pairs and a last character: how many pieces.

    Pairs overlap. There is room for as many pieces as the words have bytes.
    """
    put = 0
    for number in range(len(starts)):
        at, end = starts[number], ends[number]
        plain, before = at, np.int64(-1)  # where what is no CJK began, and where the character of CJK before this did
        while at < end:
            first = data[at]
            length = 1 if first < FIRST_OF_2 else 2 if first < FIRST_OF_3 else 3 if first < FIRST_OF_4 else 4
            if first >= FIRST_OF_3 and is_cjk[_point(data, at, length)]:
                if before >= 0:
                    cut_starts[put], cut_ends[put] = before, at + length
                    put += 1
                elif plain < at:
                    cut_starts[put], cut_ends[put] = plain, at
                    put += 1
                before = at
            elif before >= 0:
                cut_starts[put], cut_ends[put] = before, at
                put += 1
                before, plain = np.int64(-1), at
            at += length
        cut_starts[put], cut_ends[put] = before if before >= 0 else plain, end
        put += 1
    return put


@compiled
def _point(data, at, length):
    point = np.int64(data[at]) & (0x7F >> length)
    for step in range(1, length):
        point = point << 6 | np.int64(data[at + step]) & 0x3F
    return min(point, 0x10FFFF)


@compiled
def number_words(by_eight, starts, ends, first, others, known, numbers):
    """The numbers of words from number `first` on, their ASCII letters folded.

    `known[1]`, how many there are, is moved. Gives the first word for which there was no room.
    """
    for place in range(first, len(starts)):
        number = number_of(others, known, by_eight, starts[place], ends[place], True)
        if number < 0:
            return place
        numbers[place] = number
    return len(starts)


@compiled
def write_tokens(numbers, row_ends, token_starts, token_ends, tokens_by_eight, written, written_by_eight, text_ends):
    """Writes the tokens of each row, a space behind each; `row_ends` are in numbers, `text_ends` in bytes.

    `written` has room for EIGHT bytes more.
    """
    put, at = 0, 0
    for row in range(len(row_ends)):
        for place in range(at, row_ends[row]):
            start, end = token_starts[numbers[place]], token_ends[numbers[place]]
            for step in range(start, end, EIGHT):
                written_by_eight[put + step - start] = tokens_by_eight[step]
            put += end - start
            written[put] = SPACE
            put += 1
        at = row_ends[row]
        text_ends[row] = put


@compiled
def distinct_of_rows(numbers, row_ends, first_row, last_rows, found, found_ends):
    """The numbers of each row, each once; `last_rows` says by number in which row, counted from 1, it was seen last."""
    put, at = 0, 0
    for row in range(len(row_ends)):
        for place in range(at, row_ends[row]):
            number = numbers[place]
            if last_rows[number] != first_row + row + 1:
                last_rows[number] = first_row + row + 1
                found[put] = number
                put += 1
        at = row_ends[row]
        found_ends[row] = put
    return put


@compiled
def fill_bitmaps(numbers, row_ends, first_row, lines, bitmaps):
    """Sets the row's bit, the lowest first, in the line of each number that has one (`lines` -1: none)."""
    at = 0
    for row in range(len(row_ends)):
        place, bit = (first_row + row) // LINE_BITS, np.uint8(1 << (first_row + row) % LINE_BITS)
        for number in numbers[at : row_ends[row]]:
            if lines[number] >= 0:
                bitmaps[lines[number], place] |= bit
        at = row_ends[row]
