"""Byte-level BPE by loops of our own, for the patterns that they know: some ten times as fast as tiktoken on text.

Most pieces of a text were seen before: their ids are looked up, and merged only once.
"""

from typing import Any

import numpy as np

from workers.byte_level import ByteLevel, NotByteLevel
from workers.merging import (
    MOST_IDS,
    SPARE_BYTES,
    Memory,
    Merges,
    encode_texts,
    merged_to_one,
    merges_table,
    remember,
    room_for_pieces,
)
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
        self._bytes_ids = described.bytes_ids
        self._merges = merges_table(described.merges)
        self._whole = _never_merged(described, self._merges) if described.ignore_merges else room_for_pieces(2)
        self._memory = room_for_pieces(PIECE_SLOTS)

    def encode_most(self, texts: Any) -> tuple[Tokens, Mask]:
        data, offsets = bytes_of(texts, SPARE_BYTES)
        ids = np.empty(int(offsets[-1]) + MOST_IDS, np.int32)
        ends = np.zeros(len(offsets), np.int64)
        gave_up = np.zeros(len(texts), np.bool_)
        tables = self._bytes_ids, self._merges, self._whole, self._memory
        encode_texts(data, eights(data), offsets, character_classes(), self._digits, *tables, ids, ends[1:], gave_up)
        return Tokens(ids[: ends[-1]], ends), gave_up


def _never_merged(described: ByteLevel, merges: Merges) -> Memory:
    """Tokens that are only found when they are looked up whole."""
    data, offsets = described.joined(SPARE_BYTES)
    chosen = ~merged_to_one(data, offsets, described.bytes_ids, merges)
    memory = room_for_pieces(1 << max(1, (2 * int(chosen.sum())).bit_length()))
    numbers = np.array([*described.vocabulary.values()], np.int32)
    if remember(data, eights(data), offsets, numbers, chosen, memory):
        raise NotByteLevel("a long token is one that merging does not give")
    return memory
