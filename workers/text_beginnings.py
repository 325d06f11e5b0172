"""Long texts by their beginnings: for an estimate, which cannot wait until all of a text is tokenized."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workers.engines import Engine, Tokens, tokens_of
from workers.tokens import replaced

# Of a longer text so many bytes are tokenized.
BEGINNING_BYTES = 64 * 1024

Sizes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BeginningEngine:
    """Tokens of texts, and of a long one those of its beginning, again and again until they are as many as it may have.

    A text is given `most_tokens` at most.
    """

    engine: Engine
    most_tokens: int

    @property
    def name(self) -> str:
        return self.engine.name

    def encode(self, texts: Any) -> Tokens:
        beginnings = beginnings_of(texts)
        tokens = self.engine.encode(beginnings)
        factors = _bytes(texts) / np.maximum(1, _bytes(beginnings))
        lengths = np.rint(tokens.lengths * np.maximum(1.0, factors)).astype(np.int64)
        wanted = np.minimum(lengths, self.most_tokens)
        changes = wanted != tokens.lengths
        if not changes.any():
            return tokens
        rows = np.flatnonzero(changes)
        resized = [np.resize(ids, wanted[row]) for row, ids in zip(rows, _rows(tokens, rows), strict=True)]
        return replaced(tokens, changes, tokens_of(resized))


def beginnings_of(texts: Any) -> Any:
    """The pyarrow array of text with long ones cut off, at the end of a character; the others as they are."""
    parts, start = [], 0
    for row in np.flatnonzero(_bytes(texts) > BEGINNING_BYTES).tolist():
        parts += [texts.slice(start, row - start), pa.array([_beginning(texts[row])], texts.type)]
        start = row + 1
    return pa.concat_arrays([*parts, texts.slice(start)]) if parts else texts


def _beginning(text: Any) -> str:
    """The first bytes of a pyarrow string; what they cut in two is left out."""
    raw: bytes = text.as_buffer().slice(0, BEGINNING_BYTES).to_pybytes()
    return raw.decode("utf-8", "ignore")


def _bytes(texts: Any) -> Sizes:
    sizes: Sizes = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return sizes


def _rows(tokens: Tokens, rows: Sizes) -> list[Any]:
    return [tokens.ids[tokens.offsets[row] : tokens.offsets[row + 1]] for row in rows]
