"""Imported by a child that warms up: has numba compile the loops over text, or load what it compiled before."""

import pyarrow as pa

from workers.byte_level import GPT2_PATTERN, ByteLevel
from workers.compiled_engine import CompiledEngine
from workers.frequent_tokens import RowTokens
from workers.index_words import TokenTable
from workers.record_ends import OpenRecord
from workers.word_set import WordSet

_words = WordSet()
_words.count_and_add(pa.array(["Grüße, wordsoftwentyletters"]))
_words.add_folded(_words.take())

_bytes = ByteLevel(
    vocabulary={bytes([byte]): byte for byte in range(256)},
    merges=[],
    pattern=GPT2_PATTERN,
    prefix_space=False,
    is_normalized=False,
    ignore_merges=True,
    added=[],
)
CompiledEngine(_bytes).encode_most(pa.array(["Two words"], pa.large_string()))

_searched = TokenTable(str.casefold, is_folding=True)
_rows = _searched.number(pa.array(["Two words in 東京"] * 200))
_searched.texts(_rows)
_tokens = RowTokens()
_tokens.add(_rows, 1 << 20)
_tokens.sections(_searched.tokens())
OpenRecord(b",", b'"').take(b"two,words\n")
