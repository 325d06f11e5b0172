"""Sets of words as plain arrays, and the compiled loops over UTF-8 bytes that fill them.

Text is looked at 64 bytes at a time: which of them belong to words are the bits of one number, and words begin and end
where it changes. A word of up to 16 bytes of ASCII is two numbers itself.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from domain.adapters.words import WORD
from workers.compiling import compiled, inlined

EIGHT = 8
BLOCK_BYTES = 64
KEY_BYTES = 16
# Behind a text: the loops read whole blocks, and whole keys from any place on.
SPARE_BYTES = BLOCK_BYTES + KEY_BYTES
FIRST_SLOTS = 1 << 14
FIRST_ARENA_BYTES = 1 << 16

NOTHING, ONE = np.uint64(0), np.uint64(1)
MIX, HALF_BITS = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
# The same for each of eight bytes: the highest bit, the seven others, what tells letters apart.
HIGH, LOW = np.uint64(0x8080808080808080), np.uint64(0x7F7F7F7F7F7F7F7F)
SMALL = np.uint64(0x2020202020202020)
FROM_A, PAST_Z = np.uint64(0x1F1F1F1F1F1F1F1F), np.uint64(0x0505050505050505)
FROM_0, PAST_9 = np.uint64(0x5050505050505050), np.uint64(0x4646464646464646)
TO_LOWEST, TO_SMALL = np.uint64(7), np.uint64(2)
# The lowest bits of eight bytes, times this, are the highest byte.
GATHERED, HIGHEST_BYTE = np.uint64(0x0102040810204080), np.uint64(56)
# Any one bit, times this (a de Bruijn sequence), has its number in the highest six.
SEQUENCE, HIGHEST_SIX, HIGHEST_BIT = np.uint64(0x03F79D71B4CB0A89), np.uint64(58), np.uint64(63)
# First bytes of UTF-8: of characters of two, three and four bytes.
FIRST_OF_2, FIRST_OF_3, FIRST_OF_4 = 0xC0, 0xE0, 0xF0

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Eights = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Others = tuple[npt.NDArray[np.int32], Eights, Numbers, Bytes, Eights]
"""Longer words: (slots, hashes, starts, arena, arena by eights). Word i is `arena[starts[i]:starts[i + 1]]`; `slots`
holds word numbers + 1 by hash, half of them at most."""


def eights(data: Bytes) -> Eights:
    """The eight bytes from each place on as one number; the last seven places have none."""
    return np.ndarray(max(len(data) - EIGHT + 1, 0), np.dtype("<u8"), data, strides=(1,))


def _key_masks() -> tuple[Eights, Eights]:
    """By length of a word, what of its first and of its second eight bytes belongs to it."""
    whole = [(1 << 8 * length) - 1 for length in range(EIGHT + 1)]
    return np.array(whole + whole[-1:] * EIGHT, np.uint64), np.array(whole[:1] * EIGHT + whole, np.uint64)


def _bit_numbers() -> Bytes:
    numbers = np.zeros(64, np.uint8)
    for number in range(64):
        numbers[(int(SEQUENCE) << number & (1 << 64) - 1) >> int(HIGHEST_SIX)] = number
    return numbers


FIRST_MASKS, SECOND_MASKS = _key_masks()
BIT_NUMBERS = _bit_numbers()


def room_for_keys(slots: int = FIRST_SLOTS) -> Eights:
    """Words of up to 16 bytes of ASCII, each as two numbers in a slot by its hash: room for half as many."""
    return np.zeros(2 * slots, np.uint64)


def room_for_others(slots: int = FIRST_SLOTS, arena_bytes: int = FIRST_ARENA_BYTES) -> Others:
    """Room for `slots` / 2 words (`slots` is a power of 2) and so many bytes."""
    most = slots // 2
    arena = np.zeros(arena_bytes + EIGHT, np.uint8)
    return np.zeros(slots, np.int32), np.zeros(most, np.uint64), np.zeros(most + 1, np.int64), arena, eights(arena)


def grown_keys(keys: Eights, known: int) -> Eights:
    """The same words with room for more."""
    if 4 * known < len(keys):
        return keys
    larger = np.zeros(2 * len(keys), np.uint64)
    _move_keys(keys, larger)
    return larger


def grown_others(others: Others, known: int, word_bytes: int) -> Others:
    """The same words with room for at least one more of so many bytes."""
    slots, hashes, starts, arena, _ = others
    used, arena_bytes = int(starts[known]), len(arena) - EIGHT
    while arena_bytes - used < word_bytes:
        arena_bytes *= 2
    if known < len(hashes) and arena_bytes == len(arena) - EIGHT:
        return others
    larger = room_for_others(len(slots) * (1 if known < len(hashes) else 2), arena_bytes)
    larger[1][:known], larger[2][: known + 1], larger[3][:used] = hashes[:known], starts[: known + 1], arena[:used]
    _fill_slots(larger[0], larger[1][:known])
    return larger


@cache
def letters() -> Flags:
    """Whether a code point is a letter or digit: made once, from the one definition of a word."""
    every_character = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    table = np.zeros(0x110000, np.bool_)
    for match in WORD.finditer(every_character):
        table[match.start() : match.end()] = True
    return table


@compiled
def find_words(data, by_eight, size, state, beyond, starts, ends):
    """Where the next words of a text start and end, as many as there is room for: how many that were.

    `data` is `size` bytes and SPARE_BYTES of zero, `by_eight` is `eights(data)`, `beyond` is `letters()`. `state` is
    all zero at first, and says where to go on: (bytes looked at, whether they ended in a word, where that began, the
    bits of its last character that are still to come). At the end there are 0.
    """
    found = 0
    first, last, start, over = np.int64(state[0]), state[1], np.int64(state[2]), state[3]
    for block in range(first, size + 1, BLOCK_BYTES):  # a word that ends with the text ends at byte `size`
        if found + BLOCK_BYTES > len(starts):
            break
        bits, high = over, NOTHING
        over = NOTHING
        for step in range(0, BLOCK_BYTES, EIGHT):
            eight = by_eight[block + step]
            high |= eight & HIGH
            bits |= ((_is_word(eight) >> TO_LOWEST) * GATHERED >> HIGHEST_BYTE) << np.uint64(step)
        if high:
            foreign, over = _bits_beyond(data, block, size, beyond)
            bits |= foreign
        edges = bits ^ (bits << ONE | last)
        is_open = last != NOTHING
        last = bits >> HIGHEST_BIT
        while edges:
            edge = edges & (~edges + ONE)
            edges ^= edge
            at = block + np.int64(BIT_NUMBERS[edge * SEQUENCE >> HIGHEST_SIX])
            if is_open:
                starts[found], ends[found] = start, at
                found += 1
            start = at
            is_open = not is_open
        first = np.int64(block + BLOCK_BYTES)
    state[0], state[1], state[2], state[3] = first, last, start, over
    return found


@compiled
def put_words(by_eight, starts, ends, first, is_folding, keys, others, known):
    """Puts words from number `first` on into `keys` or `others`, their ASCII letters folded or as they are.

    `known`, how many words either has, is moved. Gives the number of the first word for which there was no room.
    """
    mask = np.uint64(len(keys) - 2)
    for number in range(first, len(starts)):
        start, end = starts[number], ends[number]
        length = end - start
        key, more, is_key = NOTHING, NOTHING, length <= KEY_BYTES
        if is_key:
            key, more = by_eight[start] & FIRST_MASKS[length], by_eight[start + EIGHT] & SECOND_MASKS[length]
            is_key = (key | more) & HIGH == NOTHING
        if not is_key:
            if number_of(others, known, by_eight, start, end, is_folding) < 0:
                return number
            continue
        if is_folding:
            key, more = folded(key), folded(more)
        slot = (key ^ more * MIX) * MIX >> HALF_BITS & mask
        while keys[slot] != key or keys[slot + ONE] != more:
            if keys[slot] == NOTHING:
                if 4 * known[0] >= len(keys):
                    return number
                keys[slot], keys[slot + ONE] = key, more
                known[0] += 1
                break
            slot = slot + ONE + ONE & mask
    return len(starts)


@inlined
def _is_letter(eight):
    """The highest bit of each byte that is an ASCII letter."""
    small = eight & LOW | SMALL
    return (small + FROM_A) & ~(small + PAST_Z) & ~eight & HIGH


@inlined
def _is_word(eight):
    """The highest bit of each byte that is an ASCII letter or digit."""
    low = eight & LOW
    return _is_letter(eight) | (low + FROM_0) & ~(low + PAST_9) & ~eight & HIGH


@inlined
def folded(eight):
    """Eight bytes, their ASCII letters folded."""
    return eight | _is_letter(eight) >> TO_SMALL


@compiled
def _bits_beyond(data, block, size, beyond):
    """The bits of the letters and digits beyond ASCII that begin in a block, and those of them in the next one."""
    bits, over = NOTHING, NOTHING
    for at in range(block, min(block + BLOCK_BYTES, size)):
        first = data[at]
        if first < FIRST_OF_2:
            continue
        length = 2 if first < FIRST_OF_3 else 3 if first < FIRST_OF_4 else 4
        point = np.int64(first) & (0x7F >> length)
        for step in range(1, length):
            point = point << 6 | np.int64(data[at + step]) & 0x3F
        if point < len(beyond) and beyond[point]:
            for place in range(at - block, at - block + length):
                if place < BLOCK_BYTES:
                    bits |= ONE << np.uint64(place)
                else:
                    over |= ONE << np.uint64(place - BLOCK_BYTES)
    return bits, over


@compiled
def number_of(others, known, by_eight, start, end, is_folding):
    """The number of a word, a new one the next; -1 where there is no room for it."""
    slots, hashes, starts, arena, arena_by_eight = others
    hashed = NOTHING
    for at in range(start, end, EIGHT):
        mixed = (hashed ^ _eight(by_eight, at, end, is_folding)) * MIX
        hashed = (mixed ^ mixed >> HALF_BITS) * MIX
    mask = np.uint64(len(slots) - 1)
    slot = hashed >> HALF_BITS & mask
    while slots[slot]:
        number = slots[slot] - 1
        if hashes[number] == hashed and starts[number + 1] - starts[number] == end - start:
            is_same, there = True, starts[number] - start
            for at in range(start, end, EIGHT):
                known_eight = _eight(arena_by_eight, at + there, end + there, False)
                is_same &= known_eight == _eight(by_eight, at, end, is_folding)
            if is_same:
                return number
        slot = slot + ONE & mask
    number, used = known[1], starts[known[1]]
    if number == len(hashes) or used + end - start > len(arena) - EIGHT:
        return -1
    for at in range(start, end, EIGHT):
        arena_by_eight[used + at - start] = _eight(by_eight, at, end, is_folding)
    hashes[number], starts[number + 1] = hashed, used + end - start
    slots[slot] = number + 1
    known[1] += 1
    return number


@compiled
def _eight(by_eight, at, end, is_folding):
    """The eight bytes of a word from a place on; those from `end` on are 0."""
    eight = by_eight[at] & FIRST_MASKS[min(end - at, EIGHT)]
    return folded(eight) if is_folding else eight


@compiled
def _move_keys(keys, larger):
    mask = np.uint64(len(larger) - 2)
    for place in range(0, len(keys), 2):
        key, more = keys[place], keys[place + 1]
        if key:
            slot = (key ^ more * MIX) * MIX >> HALF_BITS & mask
            while larger[slot]:
                slot = slot + ONE + ONE & mask
            larger[slot], larger[slot + ONE] = key, more


@compiled
def _fill_slots(slots, hashes):
    mask = np.uint64(len(slots) - 1)
    for number in range(len(hashes)):
        slot = hashes[number] >> HALF_BITS & mask
        while slots[slot]:
            slot = slot + ONE & mask
        slots[slot] = number + 1
