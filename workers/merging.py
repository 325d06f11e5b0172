"""Byte-level BPE as compiled loops over arrays: a table of merges, and a memory of pieces that were merged before.

Exactly what the tokenizer does: of all neighbours in its list of merges the first of lowest rank become one. A piece
is known by its bytes; where the memory is half full it begins anew.
"""

from collections.abc import Sequence

import numpy as np

from workers.compiling import compiled, inlined
from workers.piece_ends import piece_end
from workers.tokens import Ids
from workers.word_table import EIGHT, FIRST_MASKS, HALF_BITS, MIX, NOTHING, ONE, Eights, Numbers

# What is known of a piece fills one line of the processor's cache: its bytes, up to 31, and their number; how many ids
# it has, and up to 7 of them. Others are merged each time.
ENTRY_EIGHTS, ENTRY_IDS, FIRST_ID = 8, 16, 9
MOST_BYTES, MOST_IDS = 31, 7
LENGTH_BITS = np.uint64(56)
# A text with a longer piece is left to another engine: merging takes time by the square.
LONGEST_PIECE = 1_024
SPARE_BYTES = 4 * EIGHT
NEVER = np.int64(0x7FFFFFFFFFFFFFFF)
TWO_TO_32, LOW_32 = np.int64(1 << 32), np.int64(0xFFFFFFFF)

Merges = tuple[Eights, Numbers]
"""By slot: a pair of ids as one number + 1, and its rank and the id of both in one."""
Memory = tuple[Eights, Ids, Numbers]
"""(entries, the same as ids, how many there are)."""


def merges_table(merges: Sequence[tuple[int, int, int]]) -> Merges:
    """The table of a list of (left id, right id, id of both), the list's order being the rank."""
    slots = 1 << max(4, (2 * len(merges)).bit_length())
    keys, values = np.zeros(slots, np.uint64), np.zeros(slots, np.int64)
    _fill_merges(np.array(merges, np.int64).reshape(-1, 3), keys, values)
    return keys, values


def room_for_pieces(slots: int) -> Memory:
    """A memory of half as many pieces (`slots` is a power of 2)."""
    entries = np.zeros(ENTRY_EIGHTS * slots, np.uint64)
    return entries, entries.view(np.int32), np.zeros(1, np.int64)


@compiled
def encode_texts(data, by_eight, offsets, classes, digits, bytes_ids, merges, whole, memory, ids, ends, gave_up):
    """The ids of each text into `ids`, where they end into `ends`. `data` has SPARE_BYTES behind the texts, `ids` has
    room for an id of each byte and MOST_IDS more.

    `bytes_ids` are the ids of single bytes, `whole` is a memory of pieces that are never merged.
    """
    entries, known_ids, _ = memory
    ranked = np.empty(LONGEST_PIECE, np.int64)
    put = 0
    for row in range(len(offsets) - 1):
        at, stop, first = offsets[row], offsets[row + 1], put
        while at < stop:
            end = piece_end(data, at, stop, classes, digits)
            slot, _, _, _, key_3 = _slot_of(by_eight, at, min(end, at + MOST_BYTES), entries)
            if end - at <= MOST_BYTES and entries[slot * ENTRY_EIGHTS + 3] == key_3:
                place = slot * ENTRY_IDS + FIRST_ID
                for step in range(MOST_IDS):  # without a look at how many: what is too much is written over
                    ids[put + step] = known_ids[place + step]
                put += known_ids[place - 1]
            elif end - at <= LONGEST_PIECE:
                put += _learn(data, by_eight, at, end, bytes_ids, merges, whole, memory, ids[put:], ranked)
            else:
                gave_up[row] = True
                put = first
                break
            at = end
        ends[row] = put


@compiled
def _learn(data, by_eight, at, end, bytes_ids, merges, whole, memory, ids, ranked):
    """How many ids a piece has that is not remembered; those are written, and remembered if they may be."""
    if end - at > MOST_BYTES:
        return _merged(data, at, end, bytes_ids, merges, ids, ranked)
    found = _slot_of(by_eight, at, end, whole[0])[0] * ENTRY_IDS + FIRST_ID
    count = whole[1][found - 1]
    if count:
        ids[0] = whole[1][found]
    else:
        count = _merged(data, at, end, bytes_ids, merges, ids, ranked)
    if count <= MOST_IDS:
        _keep(by_eight, at, end, ids, count, memory)
    return count


@compiled
def remember(data, by_eight, offsets, numbers, chosen, memory):
    """Keeps the chosen ones of those texts, each a piece with one id, that are short enough; how many were not."""
    too_long = 0
    for row in range(len(numbers)):
        at, end = offsets[row], offsets[row + 1]
        if chosen[row] and end - at <= MOST_BYTES:
            _keep(by_eight, at, end, numbers[row : row + 1], 1, memory)
        elif chosen[row]:
            too_long += 1
    return too_long


@compiled
def merged_to_one(data, offsets, bytes_ids, merges):
    """Which of those texts are one token after merging, each as one piece."""
    longest = np.max(offsets[1:] - offsets[:-1])
    ids, ranked = np.empty(longest, np.int32), np.empty(longest, np.int64)
    are_one = np.zeros(len(offsets) - 1, np.bool_)
    for row in range(len(are_one)):
        are_one[row] = _merged(data, offsets[row], offsets[row + 1], bytes_ids, merges, ids, ranked) == 1
    return are_one


@inlined
def _slot_of(by_eight, at, end, entries):
    """The slot where a piece of up to MOST_BYTES is, or would be; and its key, four numbers: its bytes, and how many
    they are, which is never 0, in the highest byte of the last."""
    length = end - at
    key_0 = by_eight[at] & FIRST_MASKS[min(length, EIGHT)]
    key_1 = by_eight[at + 8] & FIRST_MASKS[min(max(length - 8, 0), EIGHT)]
    key_2 = by_eight[at + 16] & FIRST_MASKS[min(max(length - 16, 0), EIGHT)]
    key_3 = by_eight[at + 24] & FIRST_MASKS[max(length - 24, 0)] | np.uint64(length) << LENGTH_BITS
    mixed = (key_0 ^ key_1 * MIX) * MIX
    mixed = (mixed ^ mixed >> HALF_BITS ^ key_2 * MIX ^ key_3) * MIX
    mask = np.int64(len(entries) // ENTRY_EIGHTS - 1)
    slot = np.int64(mixed >> HALF_BITS) & mask
    place = slot * ENTRY_EIGHTS
    while entries[place + 3] != NOTHING and (
        entries[place] != key_0
        or entries[place + 1] != key_1
        or entries[place + 2] != key_2
        or entries[place + 3] != key_3
    ):
        slot = slot + 1 & mask
        place = slot * ENTRY_EIGHTS
    return slot, key_0, key_1, key_2, key_3


@inlined
def _keep(by_eight, at, end, ids, count, memory):
    entries, known_ids, known = memory
    if 2 * known[0] * ENTRY_EIGHTS >= len(entries):
        entries[:] = NOTHING
        known[0] = 0
    slot, key_0, key_1, key_2, key_3 = _slot_of(by_eight, at, end, entries)
    place = slot * ENTRY_EIGHTS
    entries[place], entries[place + 1], entries[place + 2], entries[place + 3] = key_0, key_1, key_2, key_3
    known_ids[slot * ENTRY_IDS + FIRST_ID - 1] = count
    for step in range(count):
        known_ids[slot * ENTRY_IDS + FIRST_ID + step] = ids[step]
    known[0] += 1


@compiled
def _merged(data, at, end, bytes_ids, merges, symbols, ranked):
    """Merges a piece into `symbols`: how many are left. `ranked` are the merges of each and its right neighbour."""
    count = end - at
    for place in range(count):
        symbols[place] = bytes_ids[data[at + place]]
    for place in range(count - 1):
        ranked[place] = _merge_of(symbols[place], symbols[place + 1], merges)
    while count > 1:
        lowest, best = 0, ranked[0]
        for place in range(1, count - 1):
            if ranked[place] < best:
                lowest, best = place, ranked[place]
        if best == NEVER:
            break
        symbols[lowest] = best & LOW_32
        count -= 1
        for place in range(lowest + 1, count):
            symbols[place] = symbols[place + 1]
            ranked[place - 1] = ranked[place]
        if lowest:
            ranked[lowest - 1] = _merge_of(symbols[lowest - 1], symbols[lowest], merges)
        if lowest < count - 1:
            ranked[lowest] = _merge_of(symbols[lowest], symbols[lowest + 1], merges)
    return count


@inlined
def _merge_of(left, right, merges):
    """Rank and id of what two tokens become, NEVER where they stay apart."""
    keys, values = merges
    key = (np.uint64(left) << HALF_BITS | np.uint64(right)) + ONE
    mask = np.int64(len(keys) - 1)
    mixed = (key ^ key >> HALF_BITS) * MIX
    slot = np.int64(mixed >> HALF_BITS) & mask
    while keys[slot]:
        if keys[slot] == key:
            return values[slot]
        slot = slot + 1 & mask
    return NEVER


@compiled
def _fill_merges(merges, keys, values):
    mask = np.int64(len(keys) - 1)
    for rank in range(len(merges)):
        key = (np.uint64(merges[rank, 0]) << HALF_BITS | np.uint64(merges[rank, 1])) + ONE
        mixed = (key ^ key >> HALF_BITS) * MIX
        slot = np.int64(mixed >> HALF_BITS) & mask
        while keys[slot] and keys[slot] != key:
            slot = slot + 1 & mask
        keys[slot], values[slot] = key, rank * TWO_TO_32 | merges[rank, 2]
