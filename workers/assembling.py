"""What can only be done once all shards of a split are there: padding to the longest sequence, packing a stream.

Both stream: whatever the number of rows, a few batches are in memory. Batches and files have a fixed number of rows, so
the bytes are the same wherever shards end.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from domain.adapters.length_counts import LengthCounts
from domain.adapters.token_figures import Counts, Piece, merged_lengths
from workers.arrow_folder import StreamFile, write_stream
from workers.conservation import Counters
from workers.engines import Offsets, Tokens
from workers.packing import Packer, document_frame, packed_frame
from workers.provenance import SCHEMA as INDEX
from workers.provenance import index_batch, spans_in
from workers.sequences import Sequences
from workers.special_ids import id_bound
from workers.steps import Step
from workers.token_rows import (
    BATCH_CELLS,
    FILE_CELLS,
    Layout,
    RowFiles,
    batches_in,
    in_rows,
    layout_of,
    require_room,
    tokens_in,
)
from workers.token_shards import Tally

NO_FIGURES: Mapping[str, Any] = {"counters": {}, "lengths": LengthCounts.empty().to_json()}


@dataclass(frozen=True, slots=True)
class Assembled:
    """The files of a split in row order, their hashes and rows; and what is counted only now, beyond the shards."""

    files: Sequence[Path]
    hashes: Sequence[str]
    rows: int
    figures: Mapping[str, Any] = field(default_factory=lambda: NO_FIGURES)
    counts: Counts = field(default_factory=lambda: np.zeros(0, np.int64))


def pad_split(
    tokenizer: Any, recipe: Mapping[str, Any], pieces: Sequence[Piece], scratch: Path, index: Path
) -> Generator[Step, None, Assembled]:
    """The sequences that the shards wrote, padded to the longest of them; its index in the file `index`."""
    layout, width = layout_of(tokenizer, recipe), merged_lengths(pieces).longest
    rows = sum(piece["rows"] for piece in pieces)
    to = f"the longest of {width:,}"
    require_room(scratch.parent.parent, rows, width, layout.id_type, to, "give a smaller maxLength")
    tally = Tally(0, Counters())
    with RowFiles(scratch, layout.schema, _rows_a_file(width)) as files, write_stream(index, INDEX) as spans:
        for tokens in in_rows(_written(pieces, layout, width, spans), max(1, BATCH_CELLS // max(1, width))):
            yield Step(0, None, "PIECES")
            for batch, padding_cells in layout.batches(tokens, width):
                tally.write(files, batch, padding_cells)
    return _assembled(files, tally)


def _written(pieces: Sequence[Piece], layout: Layout, width: int, spans: StreamFile) -> Iterator[Tokens]:
    """The rows of all shards in order; their index is written as they pass."""
    for piece in pieces:
        indexed = batches_in(Path(piece["documents"]))
        for batch in batches_in(Path(piece["file"])):
            tokens = tokens_in(batch.column("input_ids"))
            spans.write(index_batch(spans_in(next(indexed).column("documents")), layout.shifts(tokens, width)))
            yield tokens


def pack_split(
    tokenizer: Any, recipe: Mapping[str, Any], pieces: Sequence[Piece], scratch: Path, index: Path
) -> Generator[Step, None, Assembled]:
    """The samples that the shards wrote as one stream, cut into rows; its index in the file `index`."""
    layout, length = layout_of(tokenizer, recipe), recipe["maxLength"]
    packer = Packer(packed_frame(tokenizer, recipe), document_frame(tokenizer, recipe), length)
    tally = Tally(id_bound(tokenizer), Counters())
    with RowFiles(scratch, layout.schema, _rows_a_file(length)) as files, write_stream(index, INDEX) as spans:
        for tokens, rows in _samples(pieces):
            yield Step(0, None, "PIECES")
            for sequences in packer.add(tokens, rows):
                _write(sequences, layout, length, tally, files, spans)
        sequences, tally.counters.tail_tokens = packer.finish(recipe["tail"])
        _write(sequences, layout, _tail_width(recipe, packer, sequences), tally, files, spans)
    return _assembled(files, tally)


def _samples(pieces: Sequence[Piece]) -> Iterator[tuple[Tokens, Offsets]]:
    """Tokens and rows of the samples of all shards, in order."""
    for piece in pieces:
        for batch in batches_in(Path(piece["file"])):
            yield tokens_in(batch.column("tokens")), batch.column("row").to_numpy()


def _tail_width(recipe: Mapping[str, Any], packer: Packer, last: Sequences) -> int:
    """How wide the last rows become: LONGEST is the tail itself where nothing is longer."""
    if recipe["padding"] == "LONGEST" and recipe["tail"] != "PAD" and not packer.has_full_rows:
        return int(last.tokens.lengths.max(initial=0))
    return int(recipe["maxLength"])


def _write(sequences: Sequences, layout: Layout, width: int, tally: Tally, files: RowFiles, spans: StreamFile) -> None:
    tally.count(sequences)
    spans.write(index_batch(sequences.spans, layout.shifts(sequences.tokens, width)))
    for batch, padding_cells in layout.batches(sequences.tokens, width):
        tally.write(files, batch, padding_cells)


def _assembled(files: RowFiles, tally: Tally) -> Assembled:
    hashes = [stream.sha256() for stream in files.streams]
    return Assembled(files.paths, hashes, files.rows, tally.figures(), tally.frequencies)


def _rows_a_file(width: int) -> int:
    return max(1, FILE_CELLS // max(1, width))
