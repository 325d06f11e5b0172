"""Words as 64-bit numbers, and tables of those that came by.

A word of up to 8 bytes is one number (a key), of up to 16 bytes a pair of them. Most words of a text came by before:
finding that out by a look into a table is several times faster than any set of strings. It is done some thousand
words at a time in arrays that are used again, so that it happens in the processor's cache.
"""

import numpy as np
import numpy.typing as npt

from domain.adapters.word_runs import Bytes, Flags, Numbers

KEY_BYTES = 8
KEY_MASKS = np.array([(1 << 8 * length) - 1 for length in range(KEY_BYTES + 1)], np.uint64)
MIX = np.uint64(0x9E3779B97F4A7C15)
SLOT_BITS = 16
PAIR_SLOT_BITS = 17
STEP_WORDS = 1 << 14

Keys = npt.NDArray[np.uint64]


class KeyReader:
    """Reads words as keys, into an array that the next reading overwrites."""

    def __init__(self) -> None:
        self._places = np.empty(STEP_WORDS, np.int64)
        self._bits = np.empty(STEP_WORDS, np.uint64)
        self._upper = np.empty(STEP_WORDS, np.uint64)
        self._keys = np.empty(STEP_WORDS, np.uint64)

    def read(self, data: Bytes, starts: Numbers, lengths: Numbers) -> Keys:
        """Up to 8 bytes from each of at most STEP_WORDS starts, little-endian, zero beyond the length.

        Each is put together from the two aligned numbers that it lies in. (A shift by 64 would be none, so the upper
        part shifts twice.) `data` is of whole 8 bytes, with 16 to spare.
        """
        count = len(starts)
        places, bits, upper, keys = (array[:count] for array in (self._places, self._bits, self._upper, self._keys))
        numbers = data.view("<u8")
        np.right_shift(starts, 3, out=places)
        np.bitwise_and(starts, 7, out=bits.view(np.int64))
        np.left_shift(bits, np.uint64(3), out=bits)
        numbers.take(places, out=keys, mode="clip")
        np.right_shift(keys, bits, out=keys)
        numbers[1:].take(places, out=upper, mode="clip")
        np.left_shift(upper, np.uint64(1), out=upper)
        np.subtract(np.uint64(63), bits, out=bits)
        np.left_shift(upper, bits, out=upper)
        np.bitwise_or(keys, upper, out=keys)
        KEY_MASKS.take(lengths, out=upper, mode="clip")
        return np.bitwise_and(keys, upper, out=keys)


class SeenKeys:
    """Some of the keys that came by, each in the one slot that its hash names; the first to come stays."""

    def __init__(self) -> None:
        self._table = np.zeros(1 << SLOT_BITS, np.uint64)
        self._slots = np.empty(STEP_WORDS, np.uint64)
        self._found = np.empty(STEP_WORDS, np.uint64)
        self._unknown = np.empty(STEP_WORDS, np.bool_)

    def new(self, keys: Keys, left_out: Flags) -> Keys:
        """Those of at most STEP_WORDS keys (none is 0) that are not known to have come by; some of them did.

        From now on they have come by. The keys marked as `left_out` are passed over.
        """
        slots, found, unknown = (array[: len(keys)] for array in (self._slots, self._found, self._unknown))
        np.multiply(keys, MIX, out=slots)
        np.right_shift(slots, np.uint64(64 - SLOT_BITS), out=slots)
        self._table.take(slots.view(np.int64), out=found, mode="clip")
        np.not_equal(found, keys, out=unknown)
        np.greater(unknown, left_out, out=unknown)
        places = np.flatnonzero(unknown)
        new: Keys = keys[places]
        free = np.flatnonzero(found[places] == 0)
        self._table[slots.view(np.int64)[places[free]]] = new[free]
        return new


class SeenPairs:
    """The same for pairs of keys."""

    def __init__(self) -> None:
        self._first = np.zeros(1 << PAIR_SLOT_BITS, np.uint64)
        self._second = np.zeros(1 << PAIR_SLOT_BITS, np.uint64)

    def new(self, first: Keys, second: Keys, is_pair: Flags) -> Numbers:
        """Places of the words that are not known to have come by; those that are not pairs never are."""
        slots = first * MIX
        np.bitwise_xor(slots, second, out=slots)
        np.multiply(slots, MIX, out=slots)
        np.right_shift(slots, np.uint64(64 - PAIR_SLOT_BITS), out=slots)
        places = slots.view(np.int64)
        known = (self._first.take(places, mode="clip") == first) & is_pair
        known &= self._second.take(places, mode="clip") == second
        new = np.flatnonzero(~known)
        free = new[(self._first[places[new]] == 0) & is_pair[new]]
        self._first[places[free]] = first[free]
        self._second[places[free]] = second[free]
        return new


def unique_keys(keys: Keys) -> Keys:
    """Each key once, ascending: numpy sorts numbers faster than Arrow hashes them."""
    ordered = np.sort(keys)
    first_of_its_kind = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first_of_its_kind[1:])
    return ordered[first_of_its_kind]
