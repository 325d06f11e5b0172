"""Byte-level BPE by loops of our own, for the patterns that they know: some ten times as fast as tiktoken on text.

Most pieces of a text were seen before: their ids are looked up, and merged only once.
"""

from typing import Any

import numpy as np

from workers.byte_level import ByteLevel, NotByteLevel
from workers.merging import MOST_IDS, SPARE_BYTES, encode_texts, merges_table, remember, room_for_pieces
from workers.piece_ends import STYLES, character_classes
from workers.tokens import Mask, Tokens, bytes_of
from workers.word_table import eights

PIECE_SLOTS = 1 << 19


class CompiledEngine:
    """Gives up on a text with a piece of more than 1,024 bytes."""

    name = "compiled"

    def __init__(self, described: ByteLevel) -> None:
        """Raises NotByteLevel where the pattern is another, or a long token is never merged."""
        if described.pattern not in STYLES:
            raise NotByteLevel("its pattern is not one of those that are compiled")
        self._digits = STYLES[described.pattern]
        self._bytes_ids = np.array([described.vocabulary[bytes([byte])] for byte in range(256)], np.int32)
        self._merges = merges_table(described.merges)
        self._whole = room_for_pieces(2)
        if described.ignore_merges:
            self._remember_whole(described)
        self._memory = room_for_pieces(PIECE_SLOTS)

    def _remember_whole(self, described: ByteLevel) -> None:
        offsets = np.cumsum([0, *map(len, described.vocabulary)])
        data = np.frombuffer(b"".join(described.vocabulary) + bytes(SPARE_BYTES), np.uint8)
        numbers = np.array([*described.vocabulary.values()], np.int32)
        self._whole = room_for_pieces(1 << (2 * len(numbers)).bit_length())
        if remember(data, eights(data), offsets, numbers, self._bytes_ids, self._merges, self._whole):
            raise NotByteLevel("a long token is one that merging does not give")

    def encode_most(self, texts: Any) -> tuple[Tokens, Mask]:
        data, offsets = bytes_of(texts, SPARE_BYTES)
        ids = np.empty(int(offsets[-1]) + MOST_IDS, np.int32)
        ends = np.zeros(len(offsets), np.int64)
        gave_up = np.zeros(len(texts), np.bool_)
        tables = self._bytes_ids, self._merges, self._whole, self._memory
        encode_texts(data, eights(data), offsets, character_classes(), self._digits, *tables, ids, ends[1:], gave_up)
        return Tokens(ids[: ends[-1]], ends), gave_up
