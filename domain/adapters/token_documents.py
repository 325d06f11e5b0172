"""Which row of a dataset the text at a place of a tokenized sequence comes from."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

# no split can have this name: a dash is not for them
FOLDER = "document-index"


class DocumentSpan(NamedTuple):
    """Cells [start, stop) of a sequence hold text of `row` of the sequence's split."""

    row: int
    start: int
    stop: int


def index_of(split: str) -> str:
    """The name of a split's index in the folder of a tokenization."""
    return f"{FOLDER}/{split}.arrow"


def documents_in(folder: Path, split: str, sequence: int) -> list[DocumentSpan]:
    """The documents of a sequence, in order. IndexError past the last; FileNotFoundError in a folder without index."""
    with pa.memory_map(str(folder / index_of(split))) as file, pa.ipc.open_stream(file) as reader:
        column = reader.read_all().column("documents")
        if not 0 <= sequence < len(column):
            raise IndexError(f"{split} has {len(column)} sequences, none is number {sequence}")
        return [DocumentSpan(**span) for span in column[sequence].as_py()]


def document_at(folder: Path, split: str, sequence: int, position: int) -> tuple[str, int] | None:
    """(split, row) whose text is at `position` of a sequence; None for special tokens that were set, and padding."""
    spans = documents_in(folder, split, sequence)
    return next(((split, span.row) for span in spans if span.start <= position < span.stop), None)
