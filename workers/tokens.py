"""What every engine gives and takes: rows of token ids as arrays, and texts as Arrow gives them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import ErrorCode

Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


class DocumentFailed(Exception):  # noqa: N818  what happened, not a fault of the caller
    """One document cannot be tokenized: the `row` of the array that was given, a code, and why."""

    def __init__(self, row: int, code: ErrorCode, reason: str) -> None:
        super().__init__(f"row {row}: {reason}")
        self.row = row
        self.code = code
        self.reason = reason


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

    def first(self, count: int) -> "Tokens":
        """The first `count` rows."""
        return Tokens(self.ids[: self.offsets[count]], self.offsets[: count + 1])

    def taken(self, rows: Offsets) -> "Tokens":
        """The rows of these numbers, in this order: few of many."""
        return tokens_of([self.ids[self.offsets[row] : self.offsets[row + 1]] for row in rows])

    def same_as(self, other: "Tokens") -> bool:
        """Whether all rows are equal."""
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.ids, other.ids)


class Engine(Protocol):
    """One way to tokenize, chosen by proof that its ids are those of transformers."""

    @property
    def name(self) -> str:
        """How the ledger calls it."""
        ...

    def encode(self, texts: Any) -> Tokens:
        """The tokens of a pyarrow StringArray; a null is an empty text. Raises DocumentFailed."""
        ...


def texts_of(texts: Any) -> list[str]:
    """A pyarrow StringArray as Python strings; a null becomes an empty text."""
    filled: list[str] = pc.fill_null(texts, "").to_pylist()
    return filled


def unicode_of(texts: Any) -> Any:
    """The same texts as a LargeStringArray without nulls that is Unicode throughout. Raises DocumentFailed."""
    filled = pc.fill_null(texts.cast(pa.large_string()), "")
    try:
        filled.validate(full=True)
    except pa.ArrowInvalid:
        raise _not_unicode(filled) from None
    return filled


def _not_unicode(texts: Any) -> DocumentFailed:
    """Arrow files may hold bytes that are no text, such as lone surrogates; `texts` holds some."""
    for row, raw in enumerate(texts.cast(pa.large_binary())):
        try:
            raw.as_py().decode()
        except UnicodeDecodeError as damage:
            place = f"byte {damage.start} of its {len(raw.as_py()):,} is no UTF-8 ({damage.reason})"
            return DocumentFailed(row, ErrorCode.INVALID_ENCODING, f"The text is not Unicode: {place}.")
    raise AssertionError("every text is Unicode")


def bytes_of(texts: Any, spare: int = 0) -> tuple[Bytes, Offsets]:
    """The UTF-8 of what `unicode_of` gave, `spare` bytes of zero behind it, and where each text begins and ends."""
    _, starts, data = texts.buffers()
    offsets = np.frombuffer(starts, np.int64, len(texts) + 1, texts.offset * 8)
    size = int(offsets[-1] - offsets[0])
    copy = np.zeros(size + spare, np.uint8)
    if size:
        copy[:size] = np.frombuffer(data, np.uint8, size, int(offsets[0]))
    return copy, offsets - offsets[0]


def offsets_after(lengths: Offsets) -> Offsets:
    """Offsets of rows that have these lengths."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def offsets_of(lengths: Iterable[int], count: int) -> Offsets:
    """Offsets of `count` rows from lengths that are no array."""
    return offsets_after(np.fromiter(lengths, np.int64, count))


def tokens_of(rows: list[Ids]) -> Tokens:
    """Rows that are arrays already, joined."""
    ids = np.concatenate(rows) if rows else np.empty(0, np.int32)
    return Tokens(ids, offsets_of(map(len, rows), len(rows)))


def joined(parts: Sequence[Tokens]) -> Tokens:
    """The rows of all parts, in order."""
    if len(parts) == 1:
        return parts[0]
    ids = np.concatenate([part.ids for part in parts]) if parts else np.empty(0, np.int32)
    lengths = np.concatenate([part.lengths for part in parts]) if parts else np.empty(0, np.int64)
    return Tokens(ids, offsets_after(lengths))


def replaced(tokens: Tokens, apart: Mask, these: Tokens) -> Tokens:
    """The same rows, but where `apart` is true those of `these`, in order."""
    lengths = tokens.lengths
    stays = np.repeat(~apart, lengths)
    lengths[apart] = these.lengths
    offsets = offsets_after(lengths)
    cells = np.repeat(apart, lengths)
    ids = np.empty(int(offsets[-1]), np.int32)
    ids[cells], ids[~cells] = these.ids, tokens.ids[stays]
    return Tokens(ids, offsets)
