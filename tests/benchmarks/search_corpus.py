"""Rows to search: sentences of CORPUS, or of the standard library, sampled with a seed; and words by their shares.

`acme/rows` has a million rows of about 590 characters and a few scalar columns, `acme/lines` a million of a sentence.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from domain.adapters.words import words
from tests.benchmarks.ingest import paragraphs

ROWS = 1_000_000
MEAN_CHARACTERS = 590
BATCH = 20_000
COUNTED_ROWS = 20_000
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")
KINDS = ("encyclopedia", "dictionary", "news", "forum")
SEED = 20


def sentences() -> list[str]:
    corpus = os.environ.get("CORPUS")
    texts = (pq.read_table(corpus, columns=["text"]) if corpus else paragraphs()).column("text").to_pylist()
    return [found for text in texts for sentence in SENTENCE_END.split(text) if (found := sentence.strip())]


def _batches(pool: Sequence[str], mean: int) -> Iterator[pa.RecordBatch]:
    """Rows of 1 to `2 * mean - 1` sentences each."""
    chance = np.random.default_rng(SEED)
    for first in range(0, ROWS, BATCH):
        sizes = chance.integers(1, 2 * mean, BATCH)
        chosen = iter(chance.integers(0, len(pool), sizes.sum()).tolist())
        texts = [" ".join(pool[next(chosen)] for _ in range(size)) for size in sizes.tolist()]
        kinds = [KINDS[number] for number in chance.integers(0, len(KINDS), BATCH).tolist()]
        columns = {
            "text": texts,
            "kind": kinds,
            "score": chance.random(BATCH),
            "number": np.arange(first, first + BATCH),
        }
        yield pa.RecordBatch.from_pydict(columns)


def write_rows(path: Path, pool: Sequence[str], characters: int) -> None:
    """A parquet file of ROWS rows of about so many characters; 0: of one sentence each."""
    mean = max(1, round(characters * len(pool) / sum(map(len, pool))))
    path.parent.mkdir(parents=True)
    batches = _batches(pool, mean)
    first = next(batches)
    with pq.ParquetWriter(path, first.schema) as writer:
        for batch in (first, *batches):
            writer.write_batch(batch)


@dataclass(frozen=True)
class Vocabulary:
    """What share of the rows has each word; which words follow each other, and in which share of the rows."""

    shares: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float] = field(repr=False)

    def between(self, least: float, most: float, many: int = 10) -> list[str]:
        """Words that so many of the rows have, the most frequent first."""
        found = [word for word, share in self.shares.items() if least <= share <= most and word.isascii()]
        return sorted(found, key=lambda word: -self.shares[word])[:many]

    def phrases(self, *, of_common_words: bool, many: int = 10) -> list[str]:
        """Pairs that follow each other, the most frequent first: of words that more than 5 % of the rows have, or with
        one that fewer have."""
        common = {word for word, share in self.shares.items() if share > 0.05}
        found = [pair for pair in self.pairs if (common >= set(pair)) == of_common_words]
        return [f'"{" ".join(pair)}"' for pair in sorted(found, key=lambda pair: -self.pairs[pair])[:many]]


def vocabulary_of(path: Path) -> Vocabulary:
    """From the first rows of a file of `write_rows`."""
    rows = next(pq.ParquetFile(path).iter_batches(COUNTED_ROWS, columns=["text"])).column(0).to_pylist()
    singles: Counter[str] = Counter()
    doubles: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found = words(row)
        singles.update(set(found))
        doubles.update(set(pairwise(found)))
    many = len(rows)
    return Vocabulary(
        {word: count / many for word, count in singles.items()},
        {pair: count / many for pair, count in doubles.most_common(2_000)},
    )
