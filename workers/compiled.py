"""Imported by a child that warms up: has numba compile the loops over text, or load what it compiled before."""

import pyarrow as pa

from workers.word_set import WordSet

_words = WordSet()
_words.count_and_add(pa.array(["Grüße, wordsoftwentyletters"]))
_words.add_folded(_words.take())
