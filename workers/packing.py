"""Mode PACK: the documents of a split as one stream in row order, cut into rows of one length.

The stream is, of each document, its tokens and then the endOfDocumentToken; the separatorToken stands between two. Each
row begins with the beginToken and stands within the tokenizer's own special tokens, so those are set once a row and
never in its middle; a beginToken that the tokenizer sets itself is not set again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workers.engines import Engine, Ids, Offsets, Tokens, engine_of
from workers.frames import NO_FRAME, Frame, frame_of, frame_with
from workers.sequences import TEXT, Roles, Sequences, Spans, roles_of
from workers.special_ids import id_of, invalid
from workers.windows import cells_of

BATCH_CELLS = 1 << 20


def packed_frame(tokenizer: Any, recipe: Mapping[str, Any], engine: Engine | None = None) -> Frame:
    """What is set around every row. INVALID_INPUT where the tokenizer's special tokens depend on the text."""
    own = frame_of(tokenizer, engine or engine_of(tokenizer)) if recipe["addSpecialTokens"] else NO_FRAME
    if own is None:
        message = "This tokenizer's special tokens depend on the text, so PACK cannot set them: addSpecialTokens false."
        raise invalid(message)
    begin = [] if recipe["beginToken"] is None else [id_of(tokenizer, recipe["beginToken"], "beginToken")]
    before = own.before.tolist()
    # a frame that is set once at the end of a text is set in every row: all are of one length
    return frame_with([*(token for token in begin if token not in before), *before], own.after.tolist())


def document_frame(tokenizer: Any, recipe: Mapping[str, Any]) -> Frame:
    """What is set around every document of the stream: the separator before it (of the first it is dropped)."""
    separator, end = (
        [] if recipe[name] is None else [id_of(tokenizer, recipe[name], name)]
        for name in ("separatorToken", "endOfDocumentToken")
    )
    return frame_with(separator, end)


@dataclass(slots=True)
class _Held:
    """Cells and spans of the stream that fill no batch yet; spans name the row that they are in."""

    ids: list[Ids]
    roles: list[Roles]
    cells: int
    spans: list[tuple[Offsets, ...]]  # sequence, document, start, stop


class Packer:
    """Cuts a stream that comes in parts. Batches have a fixed number of rows, however it comes."""

    def __init__(self, frame: Frame, documents: Frame, max_length: int) -> None:
        self._frame, self._documents = frame, documents
        self._budget = max_length - frame.size
        self._batch_rows = max(1, BATCH_CELLS // max_length)
        self._stream = 0  # cells of the stream so far
        self._rows = 0  # rows given so far
        self._begun = False
        self._held = _Held([], [], 0, [])

    def add(self, tokens: Tokens, documents: Offsets) -> Iterator[Sequences]:
        """Documents of the split that come next, by row; whatever full batches they lead to."""
        if not len(documents):
            return
        framed, inside = self._documents.around(tokens)
        dropped = 0 if self._begun else len(self._documents.before)
        self._begun = True
        starts = self._stream + framed.offsets[:-1] + len(self._documents.before) - dropped
        self._held.spans.append(self._spans(starts, tokens.lengths, documents))
        self._held.ids.append(framed.ids[dropped:])
        self._held.roles.append(roles_of(inside)[dropped:])
        self._held.cells += len(framed.ids) - dropped
        self._stream += len(framed.ids) - dropped
        yield from self._full(self._batch_rows)

    def finish(self, tail: str) -> tuple[Sequences, int]:
        """The last rows, the tail as the last of them unless it is dropped; and the text tokens that are dropped."""
        ids, roles = self._joined()
        tail_cells = len(ids) % self._budget
        whole = len(ids) - tail_cells
        if tail == "DROP" or not tail_cells:
            dropped = int(np.count_nonzero(roles[whole:] == TEXT))
            return self._rows_of(ids[:whole], roles[:whole]), dropped
        return self._rows_of(ids, roles), 0

    @property
    def has_full_rows(self) -> bool:
        """Whether the stream fills a row."""
        return self._stream >= self._budget

    def _full(self, rows: int) -> Iterator[Sequences]:
        cells = rows * self._budget
        if self._held.cells < cells:
            return
        ids, roles = self._joined()
        first = 0
        while len(ids) - first >= cells:
            yield self._rows_of(ids[first : first + cells], roles[first : first + cells])
            first += cells
        # copies: what was given is let go
        self._held.ids, self._held.roles = [ids[first:].copy()], [roles[first:].copy()]
        self._held.cells = len(ids) - first

    def _joined(self) -> tuple[Ids, Roles]:
        held = self._held
        if not held.ids:
            return np.empty(0, np.int32), np.empty(0, np.uint8)
        return np.concatenate(held.ids), np.concatenate(held.roles)

    def _spans(self, starts: Offsets, lengths: Offsets, documents: Offsets) -> tuple[Offsets, ...]:
        """The parts of each document by row: from `starts` of the stream on; a document without tokens has none."""
        filled = lengths > 0
        starts, stops, documents = starts[filled], (starts + lengths)[filled], documents[filled]
        first = starts // self._budget
        counts = (stops - 1) // self._budget - first + 1
        sequences = cells_of(first, counts)
        begin = sequences * self._budget
        before = len(self._frame.before)
        return (
            sequences,
            np.repeat(documents, counts),
            np.maximum(np.repeat(starts, counts) - begin, 0) + before,
            np.minimum(np.repeat(stops, counts) - begin, self._budget) + before,
        )

    def _rows_of(self, ids: Ids, roles: Roles) -> Sequences:
        """The next rows, of these cells of the stream, framed."""
        offsets = np.append(np.arange(0, len(ids), self._budget), len(ids)).astype(np.int64)
        tokens, inside = self._frame.around(Tokens(ids, offsets))
        framed = roles_of(inside)
        framed[inside] = roles
        spans = self._spans_until(self._rows + len(offsets) - 1)
        return Sequences(tokens, framed, spans, int((spans.stops - spans.starts).sum()))

    def _spans_until(self, rows: int) -> Spans:
        """Of the rows from those given so far to `rows`; they are given now."""
        columns = [np.concatenate(parts) for parts in zip(*self._held.spans, strict=True)] or [NONE] * 4
        cut = int(np.searchsorted(columns[0], rows))
        sequences, documents, starts, stops = (column[:cut] for column in columns)
        self._held.spans = [tuple(column[cut:] for column in columns)]
        offsets = np.searchsorted(sequences, np.arange(self._rows, rows + 1))
        self._rows = rows
        return Spans(offsets, documents, starts, stops)


NONE = np.empty(0, np.int64)
