"""Engines: texts in, token ids and offsets out as arrays. What follows (specials, cutting) is no business of theirs.

An engine gives the ids of the text alone, whole, without special tokens around it; the text of a special token
inside a document becomes its id, as transformers does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from domain.errors import ErrorCode

Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Rows of token ids: row i is `ids[offsets[i]:offsets[i + 1]]`; `offsets` has one entry more than rows."""

    ids: Ids
    offsets: Offsets

    @property
    def lengths(self) -> Offsets:
        """Tokens of each row."""
        return np.diff(self.offsets)

    def rows(self) -> Iterator[list[int]]:
        """Each row as a list: for probes, not for documents."""
        for start, stop in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            yield self.ids[start:stop].tolist()


@dataclass(eq=False)
class DocumentFailed(Exception):  # noqa: N818  the domain's word, not a fault
    """One document cannot be tokenized: `row` is its place in the array that was given."""

    row: int
    code: ErrorCode
    reason: str


class Engine(Protocol):
    """One way to tokenize, chosen by proof that its ids are those of transformers."""

    name: str

    def encode(self, texts: Any) -> Tokens:
        """The tokens of a pyarrow StringArray; a null is an empty text."""
        ...


class FastEngine:
    """The Rust backend of a transformers tokenizer, on as many threads as it is allowed."""

    name = "tokenizers"

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def encode(self, texts: Any) -> Tokens:
        encodings = self._backend().encode_batch_fast(texts_of(texts), add_special_tokens=False)
        offsets = offsets_of(map(len, encodings), len(encodings))
        ids = chain.from_iterable(encoding.ids for encoding in encodings)
        return Tokens(np.fromiter(ids, np.int32, int(offsets[-1])), offsets)

    def _backend(self) -> Any:
        # tokenizer.json may bring cutting and padding of its own, and each call of the tokenizer sets them anew
        backend = self._tokenizer.backend_tokenizer
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = self._tokenizer.split_special_tokens
        return backend


class SlowEngine:
    """A tokenizer without a fast form (ByT5), asked text by text."""

    name = "transformers"

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def encode(self, texts: Any) -> Tokens:
        rows = [np.asarray(self._ids(text), np.int32) for text in texts_of(texts)]
        return tokens_of(rows)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False, verbose=False)
        return ids


def engine_of(tokenizer: Any) -> Engine:
    """The engine of a loaded transformers tokenizer."""
    return FastEngine(tokenizer) if tokenizer.is_fast else SlowEngine(tokenizer)


def texts_of(texts: Any) -> list[str]:
    """A pyarrow StringArray as Python strings; a null becomes an empty text."""
    filled: list[str] = pc.fill_null(texts, "").to_pylist()
    return filled


def offsets_of(lengths: Iterable[int], count: int) -> Offsets:
    """Offsets of `count` rows from their lengths."""
    offsets = np.zeros(count + 1, np.int64)
    np.cumsum(np.fromiter(lengths, np.int64, count), out=offsets[1:])
    return offsets


def tokens_of(rows: list[Ids]) -> Tokens:
    """Rows that are arrays already, joined."""
    ids = np.concatenate(rows) if rows else np.empty(0, np.int32)
    return Tokens(ids, offsets_of(map(len, rows), len(rows)))
