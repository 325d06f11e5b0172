"""A set of casefolded words that grows by whole arrays of text."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.adapters.word_keys import KEY_BYTES, STEP_WORDS, KeyReader, Keys, SeenKeys, SeenPairs, unique_keys
from domain.adapters.word_runs import LINE_FEED, Bytes, Numbers, Runs, runs_of_rows

HIGH_BITS = np.uint64(0x8080808080808080)
LETTER_BITS = np.uint64(0x4040404040404040)
PENDING_WORDS = 1 << 17
PENDING_BYTES = 1 << 22
FOLDED_BYTES = 1 << 20  # of words casefolded in one go


class WordSet:
    """Distinct words, casefolded, of all arrays added since the last `take`."""

    def __init__(self) -> None:
        self._reader = KeyReader()
        self._seen = SeenKeys()
        self._seen_pairs = SeenPairs()
        self._clear()

    def _clear(self) -> None:
        self._keys = np.empty(0, np.uint64)  # of words of up to 8 ASCII letters and digits
        self._strings = pa.array([], pa.string())  # all others
        self._pending_keys: list[Keys] = []
        self._pending_strings: list[Any] = []
        self._pending_words = self._pending_bytes = 0

    def count_and_add(self, array: Any) -> Numbers:
        """Words of each row of a pyarrow string array or chunked array (null: 0); all of them join the set."""
        counts = [np.empty(0, np.int64)]
        longer = [pa.array([], pa.string())]
        for runs in runs_of_rows(array):
            counts.append(runs.counts)
            longer.append(self._add(runs))
        self._pend(strings=_casefold(pc.unique(pa.concat_arrays(longer))))
        return np.concatenate(counts)

    def add_folded(self, words: Any) -> None:
        """A pyarrow StringArray of words that are casefolded already."""
        self._pend(strings=words)

    @property
    def size(self) -> int:
        """Distinct words known so far; those of the latest arrays may not be among them yet."""
        return len(self._keys) + len(self._strings)

    @property
    def bytes(self) -> int:
        return int(self._keys.nbytes + self._strings.nbytes)

    def take(self) -> Any:
        """The words as a pyarrow StringArray in no order.

        Afterwards the set is empty, and takes up again only some of the words that it had.
        """
        self._compact()
        return pc.unique(self.drain())

    def drain(self) -> Any:
        """As `take`, but words may be told several times: cheaper for a reader who does not mind."""
        ascii_only, others = _split(np.concatenate([np.empty(0, np.uint64), *self._pending_keys]))
        strings = [self._strings, _casefold(_from_keys(others)), *self._pending_strings]
        keys = np.concatenate((self._keys, _lower(ascii_only)))
        self._clear()
        return pa.concat_arrays([_from_keys(keys), *strings])

    def _add(self, runs: Runs) -> Any:
        """Takes up the words of one key, and gives back the others as strings."""
        lengths = runs.ends - runs.starts
        longer = lengths > KEY_BYTES
        for begin in range(0, len(lengths), STEP_WORDS):
            step = slice(begin, begin + STEP_WORDS)
            keys = self._reader.read(runs.data, runs.starts[step], lengths[step])
            self._pend(keys=self._seen.new(keys, longer[step]))
        places = self._new_longer(runs, lengths, np.flatnonzero(longer))
        return _strings(runs.data, runs.starts[places], runs.ends[places])

    def _new_longer(self, runs: Runs, lengths: Numbers, longer: Numbers) -> Numbers:
        """Those of the words of more than one key that are not known to have come by."""
        new = [np.empty(0, np.int64)]
        for begin in range(0, len(longer), STEP_WORDS):
            places = longer[begin : begin + STEP_WORDS]
            starts, sizes = runs.starts[places], lengths[places]
            first = self._reader.read(runs.data, starts, sizes).copy()
            second = self._reader.read(runs.data, starts + KEY_BYTES, sizes - KEY_BYTES)
            new.append(places[self._seen_pairs.new(first, second, sizes <= 2 * KEY_BYTES)])
        return np.concatenate(new)

    def _pend(self, *, keys: Keys | None = None, strings: Any = None) -> None:
        if keys is not None:
            self._pending_keys.append(keys)
            self._pending_words += len(keys)
        if strings is not None:
            self._pending_strings.append(strings)
            self._pending_words += len(strings)
            self._pending_bytes += strings.nbytes
        words_due = self._pending_words > max(PENDING_WORDS, self.size // 2)
        if words_due or self._pending_bytes > max(PENDING_BYTES, self._strings.nbytes // 2):
            self._compact()

    def _compact(self) -> None:
        ascii_only, others = _split(unique_keys(np.concatenate([np.empty(0, np.uint64), *self._pending_keys])))
        self._keys = unique_keys(np.concatenate((self._keys, _lower(ascii_only))))
        strings = [self._strings, _casefold(_from_keys(others)), *self._pending_strings]
        self._strings = pc.unique(pa.concat_arrays(strings))
        self._pending_keys, self._pending_strings = [], []
        self._pending_words = self._pending_bytes = 0


def _from_keys(keys: Keys) -> Any:
    characters = keys.astype("<u8", copy=False).view(np.uint8)
    lengths = np.count_nonzero(characters.reshape(-1, KEY_BYTES), axis=1)
    return _string_array(characters[characters != 0], np.concatenate(([0], np.cumsum(lengths))))


def _split(keys: Keys) -> tuple[Keys, Keys]:
    """The keys of ASCII letters and digits alone, and the others."""
    ascii_only = keys & HIGH_BITS == 0
    return keys[ascii_only], keys[~ascii_only]


def _lower(keys: Keys) -> Keys:
    """ASCII letters and digits: only letters have bit 0x40, small ones 0x20 too."""
    return keys | (keys & LETTER_BITS) >> np.uint64(1)


def _strings(data: Bytes, starts: Numbers, ends: Numbers) -> Any:
    """The words at these places, copied out by Arrow from words and gaps as one array over `data`."""
    if not len(starts):
        return pa.array([], pa.string())
    edges = np.stack((starts, ends), axis=1).reshape(-1)
    return _string_array(data, edges).take(pa.array(np.arange(0, len(edges), 2)))


def _casefold(words: Any) -> Any:
    """Strings, each casefolded, many in one go: a line feed is in no word and folds to itself."""
    step = max(1, len(words) * FOLDED_BYTES // max(words.nbytes, 1))
    parts = [_casefold_part(words.slice(first, step)) for first in range(0, len(words), step)]
    return pa.concat_arrays([pa.array([], pa.string()), *parts])


def _casefold_part(words: Any) -> Any:
    lines = pc.binary_join(pa.ListArray.from_arrays([0, len(words)], words), "\n")[0].as_py() + "\n"
    folded = np.frombuffer(lines.casefold().encode(), np.uint8)
    line_ends = np.flatnonzero(folded == LINE_FEED)
    offsets = np.concatenate(([0], line_ends - np.arange(len(line_ends))))
    return _string_array(folded[folded != LINE_FEED], offsets)


def _string_array(data: Bytes, offsets: Numbers) -> Any:
    buffers = (pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(data)))
    return pa.StringArray.from_buffers(len(offsets) - 1, *buffers)
