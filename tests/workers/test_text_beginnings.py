"""Of a long text the beginning tells how many tokens it has."""

import numpy as np
import pyarrow as pa

from workers.engines import texts_of, tokens_of
from workers.text_beginnings import BEGINNING_BYTES, BeginningEngine, beginnings_of


class Recording:
    """An engine that remembers how long the texts were."""

    name = "recording"

    def __init__(self):
        self.longest = 0

    def encode(self, given):
        encoded = [text.encode() for text in texts_of(given)]
        self.longest = max([self.longest, *map(len, encoded)])
        return tokens_of([np.frombuffer(text, np.uint8).astype(np.int32) for text in encoded])


def test_of_long_texts_the_beginnings_are_tokenized_and_counted_as_often_as_they_go_in():
    engine = Recording()
    given = pa.array(["short", "é" * 200_000, None, "x" * 300_001, ""])

    found = BeginningEngine(engine, most_tokens=350_000).encode(given)
    few = BeginningEngine(engine, most_tokens=3).encode(given)

    assert found.lengths.tolist() == [5, 350_000, 0, 300_001, 0]
    assert few.lengths.tolist() == [3, 3, 0, 3, 0]
    assert engine.longest == BEGINNING_BYTES
    assert set(found.ids[found.offsets[1] : found.offsets[2]].tolist()) == {0xC3, 0xA9}
    assert beginnings_of(given)[1].as_py() == "é" * (BEGINNING_BYTES // 2)
