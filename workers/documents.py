"""The engine that tokenizing works with: documents that are no text are refused, large ones go another way."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ErrorCode
from workers.large_documents import LargeDocuments, TooLarge
from workers.proof import ProvedEngine
from workers.tokens import DocumentFailed, Ids, Mask, Tokens, replaced, tokens_of, unicode_of

LARGE_BYTES = 1 << 20
# So much of a large document is tokenized here too, so that the proof looks at it.
FRONT_CHARACTERS = 1 << 15
MEMORY_BYTES = 2 << 30


class DocumentEngine:
    """Tokens of documents of any size. What cannot be tokenized is DocumentFailed, with its row."""

    def __init__(self, proved: ProvedEngine, large: LargeDocuments) -> None:
        self._proved = proved
        self._large = large
        self._memory = MEMORY_BYTES

    def begin(self, row: int, memory: int = MEMORY_BYTES) -> None:
        """A shard that starts with this row of its split; a large document may need so many bytes of memory."""
        self._proved.begin(row)
        self._memory = memory

    @property
    def name(self) -> str:
        """Of the engine that is used now."""
        return self._proved.name

    @property
    def fallback(self) -> dict[str, Any] | None:
        """Where the proof failed since `begin`: {"row", "reason"}, the row None where it was a probe."""
        return self._proved.fallback

    @property
    def is_mixed(self) -> bool:
        """Whether some rows were given by an engine that differed later: do the shard again."""
        return self._proved.is_mixed

    def encode(self, texts: Any) -> Tokens:
        """The tokens of an Arrow array of text, a null as an empty text. After a DocumentFailed it is asked again,
        without that row."""
        row = self._proved.row
        try:
            return self._tokens(texts)
        except DocumentFailed:
            self._proved.row = row + 1
            raise

    def _tokens(self, texts: Any) -> Tokens:
        clean = unicode_of(texts)
        large: Mask = pc.greater(pc.binary_length(clean), LARGE_BYTES).to_numpy(zero_copy_only=False)
        if not large.any():
            return self._proved.encode(clean)
        fronts = pc.utf8_slice_codeunits(clean.filter(large), 0, FRONT_CHARACTERS)
        others = self._proved.encode(pc.replace_with_mask(clean, large, fronts))
        return replaced(others, large, tokens_of([self._alone(clean, int(row)) for row in np.flatnonzero(large)]))

    def close(self) -> None:
        """Ends the process of large documents."""
        self._large.close()

    def _alone(self, texts: Any, row: int) -> Ids:
        raw = texts[row].cast(pa.large_binary()).as_py()
        try:
            return self._large.encode(raw, self.name, self._memory)
        except TooLarge:
            reason = f"Its {len(raw):,} bytes are too many: they need more than {self._memory:,} bytes of memory."
            raise DocumentFailed(row, ErrorCode.DOCUMENT_TOO_LARGE, reason) from None
