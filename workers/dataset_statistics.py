"""The contract's DatasetStatistics, merged from what the pieces of an ingest counted."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from domain.adapters.length_counts import LengthCounts
from workers.steps import Step
from workers.word_vocabulary import Vocabulary

Piece = Mapping[str, Any]


@dataclass
class _Sum:
    """What some pieces counted together."""

    words: LengthCounts = field(default_factory=LengthCounts.empty)
    characters: int = 0
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def add(self, piece: Piece) -> None:
        self.words = self.words.merged(LengthCounts.from_json(piece["figures"]["words"]))
        self.characters += piece["figures"]["characters"]
        with pa.memory_map(piece["words"]) as mapped, pa.ipc.open_stream(mapped) as batches:
            for batch in batches:
                self.vocabulary.absorb(batch)

    def figures(self) -> dict[str, Any]:
        vocabulary = self.vocabulary.size()
        return {
            "rowCount": self.words.rows,
            "wordCount": self.words.total,
            "characterCount": self.characters,
            "meanWords": self.words.mean,
            "medianWords": self.words.median,
            "minWords": self.words.shortest,
            "maxWords": self.words.longest,
            "vocabularySize": vocabulary.words,
            "vocabularyIsExact": vocabulary.is_exact,
            "histogram": self.words.histogram(),
        }


def dataset_statistics(splits: Sequence[str], pieces: Sequence[Piece]) -> Generator[Step, None, dict[str, Any]]:
    """DatasetStatistics of the pieces' ledgers ("words" absolute), `bySplit` in the given order with a `name` each."""
    whole = _Sum()
    by_split = []
    done = 0
    for name in splits:
        part = _Sum()
        for piece in (piece for piece in pieces if piece["split"] == name):
            part.add(piece)
            whole.add(piece)
            done += 1
            yield Step(done, len(pieces), "PIECES")
        by_split.append({"name": name, **part.figures()})
    return {**whole.figures(), "bySplit": by_split}
