"""What is counted of a file's text while it is written: words and characters of the rows, and the vocabulary."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from domain.adapters.length_counts import LengthCounts
from workers.arrow_folder import write_stream
from workers.word_vocabulary import Vocabulary

GROUPS_WAITING = 2  # bounds the memory of rows that are read and not yet counted


class TextFigures:
    """Counts tables in a thread of its own beside their writing; numpy and Arrow let both run at once."""

    def __init__(self, column: str | None) -> None:
        self._column = column
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[tuple[LengthCounts, int]]] = deque()
        self._words = LengthCounts.empty()
        self._characters = 0
        self._vocabulary = Vocabulary()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        try:
            while failure is None and self._waiting:
                self._take_up()
        finally:
            self._thread.shutdown(cancel_futures=True)

    def add(self, table: Any) -> None:
        """The rows of a pyarrow table; waits while too many do."""
        if self._column is None:
            return
        while len(self._waiting) >= GROUPS_WAITING:
            self._take_up()
        self._waiting.append(self._thread.submit(self._count, table[self._column]))

    def _count(self, text: Any) -> tuple[LengthCounts, int]:
        words = LengthCounts.of(self._vocabulary.count_and_add(text))
        characters = pc.utf8_length(text.cast(pa.large_string()))  # of views of strings pyarrow does not count them
        return words, pc.sum(characters).as_py() or 0

    def _take_up(self) -> None:
        words, characters = self._waiting.popleft().result()
        self._words = self._words.merged(words)
        self._characters += characters

    def save(self, target: Path) -> dict[str, Any]:
        """After the last row: writes the vocabulary as an Arrow stream file, {"figures", "words": its name}.

        Both are None without a text column.
        """
        if self._column is None:
            return {"figures": None, "words": None}
        table = self._vocabulary.table()
        with write_stream(target, table.schema) as stream:
            stream.write(table)
        figures = {
            "words": self._words.to_json(),
            "characters": self._characters,
            "wordsBytes": stream.bytes,
            "wordsSha256": stream.sha256(),
        }
        return {"figures": figures, "words": target.name}
