"""Proof that a fast engine gives a tokenizer's own ids: on probes, on the first documents of a shard, on one in 1,000.

At the first difference the tokenizer's own way goes on.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workers.tokens import Engine, Offsets, Tokens

FIRST_ROWS = 256
FIRST_BYTES = 128 * 1024
ONE_IN = 1_000

PROBES = (
    *("", " ", "  ", "\n", "\n\n", " \n ", "\r\n\r\n", "\t\tx", "a", " a", "  a", "a ", "a  ", "   \n  a"),
    "\x00 \x07\x1b[0m\x00\x00",
    "I'm, you're, he's, we've, they'll, she'd, don't; I'M YOU'RE HE'S WE'VE THEY'LL SHE'D DON'T 'tis 'LLama 's",
    "'\u017f '\u017fx it'\u017f \u212a's \u0130's",  # equal to ASCII in some eyes: long s, the Kelvin sign, dotted I
    "1 12 123 1234 12345 123456 1,234.56 3.14e-10 x1y22z333",
    "\u0661\u0662\u0663\u0664 \u00bd\u00b2 \u2167 \uff11\uff12\uff13",
    "def f(x):\n\treturn {'a': [1, 2], \"b\": x**2}  # done\n\n\n    if a!=b: pass\r\n\r\n  ...!?!?\n\n!\r\r",
    "Gr\u00fc\u00dfe, na\u00efve caf\u00e9s; e\u0301 A\u030a \u0646\u0635\u0651 \u0e01\u0e33",
    "\u0928\u093f\u0928\u094d\u0926\u0940 \ud55c\uad6d\uc5b4 \u1112\u1161\u11ab",
    "\u6f22\u5b57\u304b\u306a\u4ea4\u3058\u308a\u6587\u3002\u3000",
    "\U0001f642\U0001f642 \U0001f469\u200d\U0001f4bb\U0001f1e9\U0001f1ea \U000e0001\U0010ffff",
    "\u2028\u2029\u0085\u00a0\u200b\ufeff x\u00a0y \u2003z",
    *(" " * 300 + "x" + " " * 300, "a" * 400, "!" * 100 + "\n" * 100 + "-=" * 100, "\U0001f642" * 50 + "\u6f22" * 200),
)


class ProvedEngine:
    """`fast` for as long as it agrees with `own`; None: there is none. `fallback` says where it did not agree, as
    {"row", "reason"}, the row None where it was a probe. `row` is the next one.
    """

    def __init__(self, own: Engine, fast: Engine | None = None, probes: Sequence[str] = ()) -> None:
        self._own = own
        self._fast = fast
        self._refuted = self._probed([*PROBES, *probes])
        self.begin(0)

    def begin(self, row: int) -> None:
        """A shard that starts with this row of its split: what is fast is proved anew."""
        self.row, self._rows_to_prove, self._bytes_to_prove, self._given = row, FIRST_ROWS, FIRST_BYTES, False
        self.fallback: dict[str, Any] | None = {"row": None, "reason": self._refuted} if self._refuted else None

    @property
    def is_fast(self) -> bool:
        """Whether the fast engine goes on."""
        return self._fast is not None and self.fallback is None

    @property
    def name(self) -> str:
        """Of the engine that goes on."""
        return self._fast.name if self._fast is not None and self.fallback is None else self._own.name

    @property
    def is_mixed(self) -> bool:
        """Whether the fast engine gave some rows before it differed: do the shard again."""
        return self._given and self.fallback is not None

    def encode(self, texts: Any) -> Tokens:
        tokens = self._encoded_fast(texts) if self.is_fast else None
        self.row += len(texts)
        return self._own.encode(texts) if tokens is None else tokens

    def _encoded_fast(self, texts: Any) -> Tokens | None:
        """The proved tokens; None where the proof failed."""
        assert self._fast is not None
        tokens = self._fast.encode(texts)
        rows = self._rows_to_compare(texts)
        differing = self._first_difference(texts, tokens, rows)
        if differing is not None:
            reason = f"{self._fast.name} gave other ids than {self._own.name}"
            self.fallback = {"row": self.row + differing, "reason": reason}
            return None
        self._given = True
        return tokens

    def _rows_to_compare(self, texts: Any) -> Offsets:
        """Those that are still among a shard's first, and one in ONE_IN of the others by its number."""
        sizes = np.cumsum(pc.binary_length(texts).to_numpy(zero_copy_only=False), dtype=np.int64)
        first = int(np.searchsorted(sizes[: self._rows_to_prove], self._bytes_to_prove, "right"))
        self._rows_to_prove -= first
        self._bytes_to_prove -= int(sizes[first - 1]) if first else 0
        others = np.arange(-self.row % ONE_IN, len(texts), ONE_IN)
        return np.union1d(np.arange(first), others)

    def _first_difference(self, texts: Any, tokens: Tokens, rows: Offsets) -> int | None:
        own, fast = self._own.encode(texts.take(pa.array(rows))), tokens.taken(rows)
        if own.same_as(fast):
            return None
        differ = (left != right for left, right in zip(own.rows(), fast.rows(), strict=True))
        return next(int(row) for row, differs in zip(rows, differ, strict=True) if differs)

    def _probed(self, probes: list[str]) -> str | None:
        """Why the fast engine is not used at all; None where it may be."""
        if self._fast is None:
            return None
        texts = pa.array(probes, pa.large_string())
        differing = self._first_difference(texts, self._fast.encode(texts), np.arange(len(probes)))
        if differing is None:
            return None
        return f"{self._fast.name} gave other ids than {self._own.name} for {probes[differing][:40]!r}"
