"""The engines for a tokenizer with a Rust backend: its own way, and faster ones for byte-level BPE."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from workers.byte_level import ByteLevel, NotByteLevel, read_byte_level
from workers.compiled_engine import CompiledEngine
from workers.fast_path import FastEngine, FastPath
from workers.shards import parts_of
from workers.tiktoken_engine import TiktokenEngine
from workers.tokens import Engine, Tokens, joined, offsets_of, texts_of

# What the backend makes of a text takes some hundred times its bytes until its ids are taken out.
PART_BYTES = 512 * 1024


class Kind(Protocol):
    """A kind of engine for byte-level BPE, made of its description, or NotByteLevel."""

    name: str

    def __call__(self, described: ByteLevel) -> FastEngine: ...


# The fastest first; one more is one file and its place in here.
KINDS: list[Kind] = [CompiledEngine, TiktokenEngine]


@dataclass(frozen=True, slots=True)
class Choice:
    """A tokenizer's own way, what may be faster by name, the fastest first, and texts to prove that with.

    Each of `fast` raises NotByteLevel where it is not for this tokenizer.
    """

    own: Engine
    fast: Mapping[str, Callable[[], Engine]] = field(default_factory=dict)
    probes: Callable[[], list[str]] = list

    def named(self, name: str) -> Engine:
        """The engine of this name."""
        return self.own if name == self.own.name else self.fast[name]()


class BackendEngine:
    """The Rust backend, on as many threads as it is allowed. `splits_special`: special tokens in a text are text."""

    name = "tokenizers"

    def __init__(self, backend: Any, *, splits_special: bool) -> None:
        self._backend = backend
        self._splits_special = splits_special

    def encode(self, texts: Any) -> Tokens:
        # tokenizer.json may bring cutting and padding of its own, and each call of the tokenizer sets them anew
        self._backend.no_truncation()
        self._backend.no_padding()
        self._backend.encode_special_tokens = self._splits_special
        rows = pa.table([texts], ["text"])
        return joined([self._encoded(texts.slice(start, stop - start)) for start, stop in parts_of(rows, PART_BYTES)])

    def _encoded(self, texts: Any) -> Tokens:
        encodings = self._backend.encode_batch_fast(texts_of(texts), add_special_tokens=False)
        offsets = offsets_of(map(len, encodings), len(encodings))
        ids = chain.from_iterable(encoding.ids for encoding in encodings)
        return Tokens(np.fromiter(ids, np.int32, int(offsets[-1])), offsets)


def backend_choice(backend: Any, *, splits_special: bool) -> Choice:
    """What may tokenize for this `tokenizers.Tokenizer`."""
    own = BackendEngine(backend, splits_special=splits_special)
    try:
        described = read_byte_level(backend.to_str())
    except NotByteLevel:
        return Choice(own)
    fast = {kind.name: partial(_fast_path, kind, described, own) for kind in KINDS}
    return Choice(own, fast, described.tokens)


def _fast_path(kind: Kind, described: ByteLevel, own: Engine) -> FastPath:
    return FastPath(
        kind(described),
        own,
        described.added,
        prefix_space=described.prefix_space,
        is_normalized=described.is_normalized,
    )
