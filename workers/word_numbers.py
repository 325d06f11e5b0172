"""Compiled loops of an index build: pieces of words get numbers, and numbers become the text that is indexed."""

from functools import cache

import numpy as np

from domain.adapters.search_bits import BYTE_BITS
from domain.adapters.search_frequent import CODES, END, SHORTEST_CHAIN
from domain.adapters.search_row_sets import DISTANCE_BITS, MORE
from domain.adapters.search_words import CJK
from workers.compiling import compiled
from workers.word_table import (
    EIGHT,
    FIRST_MASKS,
    FIRST_OF_2,
    FIRST_OF_3,
    FIRST_OF_4,
    HALF_BITS,
    HIGH,
    KEY_BYTES,
    MIX,
    NOTHING,
    ONE,
    SECOND_MASKS,
    Flags,
    folded,
    number_of,
)

SPACE = 0x20


@cache
def cjk() -> Flags:
    """Whether a code point is of CJK: made once, from the one definition."""
    every_character = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table = np.zeros(0x110000, np.bool_)
    for match in CJK.finditer(every_character):
        table[match.start() : match.end()] = True
    return table


@compiled
def cut_words(data, by_eight, starts, ends, is_cjk, cut_starts, cut_ends):
    """Cuts words where CJK begins or ends, and runs of CJK into pairs and a last character: how many pieces.

    Pairs overlap. There is room for as many pieces as there are words and bytes beyond ASCII.
    """
    put = 0
    for number in range(len(starts)):
        at, end = starts[number], ends[number]
        high = NOTHING
        for place in range(at, end, EIGHT):
            high |= by_eight[place] & FIRST_MASKS[min(end - place, EIGHT)] & HIGH
        plain, before = at, np.int64(-1)  # where what is no CJK began, and where the character of CJK before this did
        while high and at < end:
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
def number_words(by_eight, starts, ends, first, table, known, numbers):
    """The numbers of words from number `first` on, their ASCII letters folded.

    `table` is (keys, the numbers by slot, the keys by number, the longer ones, their numbers); `known`, how many keys
    and how many longer ones there are, is moved. Gives the first word for which there was no room.
    """
    keys, slot_numbers, pieces, others, other_numbers = table
    mask = np.uint64(len(keys) - 2)
    for place in range(first, len(starts)):
        start, end = starts[place], ends[place]
        length, new = end - start, known[0] + known[1]
        if length > KEY_BYTES:
            there = number_of(others, known, by_eight, start, end, True) if 2 * new < len(pieces) else -1
            if there < 0:
                return place
            if known[0] + known[1] > new:
                other_numbers[there] = new
            numbers[place] = other_numbers[there]
            continue
        key = folded(by_eight[start] & FIRST_MASKS[length])
        more = folded(by_eight[start + EIGHT] & SECOND_MASKS[length])
        slot = (key ^ more * MIX) * MIX >> HALF_BITS & mask
        while keys[slot] != key or keys[slot + ONE] != more:
            if keys[slot] == NOTHING:
                if 4 * known[0] >= len(keys) or 2 * new >= len(pieces):
                    return place
                keys[slot], keys[slot + ONE] = key, more
                pieces[2 * new], pieces[2 * new + 1] = key, more
                slot_numbers[slot >> ONE] = new
                known[0] += 1
                break
            slot = slot + ONE + ONE & mask
        numbers[place] = slot_numbers[slot >> ONE]
    return len(starts)


@compiled
def fill_keys(pieces, numbers, keys, slot_numbers):
    """Puts keys by number into empty slots; a number without one has zeros."""
    mask = np.uint64(len(keys) - 2)
    for number in range(numbers):
        key, more = pieces[2 * number], pieces[2 * number + 1]
        if key:
            slot = (key ^ more * MIX) * MIX >> HALF_BITS & mask
            while keys[slot]:
                slot = slot + ONE + ONE & mask
            keys[slot], keys[slot + ONE] = key, more
            slot_numbers[slot >> ONE] = number


@compiled
def bytes_of(numbers, short, sizes):
    """The bytes of tokens by number, a space behind each; `short` and `sizes` are those of `write_tokens`."""
    total = np.int64(len(numbers))
    for number in numbers:
        size = np.int64(short[number])
        total += size if size else sizes[number]
    return total


@compiled
def write_tokens(numbers, row_ends, pieces, tokens, arena_by_eight, written, written_by_eight, text_ends):
    """Writes the tokens of each row, a space behind each; `row_ends` are in numbers, `text_ends` in bytes.

    `tokens` are by number: how long those are that are the piece itself (0: in the arena), which stay in the
    processor's cache, and the sizes and places of all. `written` has room for a piece more.
    """
    short, sizes, places = tokens
    put, at = np.int64(0), 0
    for row in range(len(row_ends)):
        for place in range(at, row_ends[row]):
            number = numbers[place]
            size = np.int64(short[number])
            if size:
                written_by_eight[put], written_by_eight[put + EIGHT] = pieces[2 * number], pieces[2 * number + 1]
            else:
                size, start = sizes[number], places[number]
                for step in range(0, size, EIGHT):
                    written_by_eight[put + step] = arena_by_eight[start + step]
            put += size
            written[put] = SPACE
            put += 1
        at = row_ends[row]
        text_ends[row] = put


@compiled
def count_numbers(numbers, counts):
    """Adds how often each number stands to `counts`."""
    for number in numbers:
        counts[number] += 1


@compiled
def list_rows(numbers, row_ends, first_row, groups, places, rows):
    """Writes each row of each group of numbers to where `places` says by group, which moves on; a row comes once.

    A group below 0 is none. What stands before a group's first place is no row.
    """
    at = 0
    for row in range(len(row_ends)):
        for place in range(at, row_ends[row]):
            group = groups[numbers[place]]
            if group >= 0:
                put = places[group]
                if rows[put - 1] != first_row + row:
                    rows[put] = first_row + row
                    places[group] = put + 1
        at = row_ends[row]


@compiled
def write_sets(rows, ends, counts, bitmap_bytes, written, set_ends):
    """Sets of rows as `search_row_sets` has them: set i is the `counts[i]` numbers of `rows` before `ends[i]`.

    `written` has room for DISTANCE_BYTES a row in each set, or for so many more than a bitmap.
    """
    put = 0
    for number in range(len(ends)):
        first, before = put, np.int64(-1)
        for place in range(ends[number] - counts[number], ends[number]):
            distance = rows[place] - before
            while distance >= MORE:
                written[put] = MORE | distance & MORE - 1
                put += 1
                distance >>= DISTANCE_BITS
            written[put] = distance
            put += 1
            before = np.int64(rows[place])
            if put - first >= bitmap_bytes:
                break
        if put - first >= bitmap_bytes:
            put = first + bitmap_bytes
            written[first:put] = 0
            for place in range(ends[number] - counts[number], ends[number]):
                written[first + rows[place] // BYTE_BITS] |= 1 << rows[place] % BYTE_BITS
        set_ends[number] = put
    return put


@compiled
def pairs_of(numbers, row_ends, codes, pairs, pair_ends):
    """The pairs of codes (by number, END: none) that follow each other, as one number each, and where a row's end."""
    put, at = 0, 0
    for row in range(len(row_ends)):
        before = np.uint8(END)
        for place in range(at, row_ends[row]):
            code = codes[numbers[place]]
            if before and code:
                pairs[put] = np.int32(before) * (CODES + 1) + code
                put += 1
            before = code
        at = row_ends[row]
        pair_ends[row] = put
    return put


@compiled
def write_chains(numbers, row_ends, codes, written, chain_ends):
    """Codes (by number, END: none) that follow each other, two at least, and END behind; where those of each row end.

    `written` has room for one and a half times as many as there are numbers, and one more.
    """
    put, at = 0, 0
    for row in range(len(row_ends)):
        first = put
        for place in range(at, row_ends[row]):
            code = codes[numbers[place]]
            if code != END:
                written[put] = code
                put += 1
            else:
                if put - first >= SHORTEST_CHAIN:
                    written[put] = END
                    put += 1
                else:
                    put = first
                first = put
        if put - first >= SHORTEST_CHAIN:
            written[put] = END
            put += 1
        else:
            put = first
        at = row_ends[row]
        chain_ends[row] = put
    return put
