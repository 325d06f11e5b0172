"""Long texts, before they are indexed or instead of it: their words, and the memory that it would take."""

from collections.abc import Sequence

import numpy as np

from workers.index_words import cut_text, room_for_words, words_of
from workers.piece_numbers import PieceNumbers
from workers.word_numbers import SPACE
from workers.word_table import SPARE_BYTES, Bytes, eights

COPIED_BYTES = 1 << 20
# What a text takes while it is indexed, measured: for each of its bytes, for each byte of its tokens with a space
# behind each (as bytes, as a str, in Tantivy), for each piece (where it begins and ends, its number), and for each
# distinct piece (in the tables that find and name it, as a posting of Tantivy).
TEXT_BYTES, TOKEN_BYTES, PIECE_BYTES, DISTINCT_BYTES = 3, 5, 16, 200
# Where the next byte goes on with a character of UTF-8.
GOES_ON_MASK, GOES_ON = 0xC0, 0x80
LONGEST_CHARACTER = 4


def count_words(text: Bytes) -> int:
    """The words of one long text, of which only some is copied at once where it has spaces."""
    spans, count, first = room_for_words(), 0, 0
    while first < len(text):
        spaces = np.flatnonzero(text[first : first + COPIED_BYTES] == SPACE)
        is_last = len(text) - first <= COPIED_BYTES or not len(spaces)
        some = text[first:] if is_last else text[first : first + spaces[-1] + 1]
        data = _with_spare(some)
        count += sum(len(starts) for starts, _ in words_of(data, eights(data), spans))
        first += len(some)
    return count


def needed_bytes(texts: Sequence[Bytes], most: int) -> int:
    """About how many bytes of memory it takes to index the long texts of a row; beyond `most` any number above.

    A word may be cut where only some is looked at: that is one piece more in a million bytes.
    """
    pieces, spans, needed = PieceNumbers(), room_for_words(), TEXT_BYTES * sum(map(len, texts))
    for text in texts:
        first = 0
        while first < len(text) and needed + DISTINCT_BYTES * pieces.size <= most:
            last = _end(text, first)
            data = _with_spare(text[first:last])
            for _, starts, ends in cut_text(data, eights(data), spans):
                pieces.numbers(eights(data), starts, ends)
                needed += TOKEN_BYTES * int((ends - starts).sum()) + (TOKEN_BYTES + PIECE_BYTES) * len(starts)
            first = last
    return needed + DISTINCT_BYTES * pieces.size


def _end(text: Bytes, first: int) -> int:
    """Where some of the text from there on ends: behind a character, which has LONGEST_CHARACTER bytes at most."""
    end = first + COPIED_BYTES
    if end >= len(text):
        return len(text)
    goes_on = text[end - LONGEST_CHARACTER : end + 1] & GOES_ON_MASK == GOES_ON
    return end - int(np.argmin(goes_on[::-1]))


def _with_spare(text: Bytes) -> Bytes:
    return np.concatenate((text, np.zeros(SPARE_BYTES, np.uint8)))
