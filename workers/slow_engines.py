"""The engines for a tokenizer without a Rust backend: transformers text by text, and ByT5 by arrays."""

from functools import partial
from typing import Any

import numpy as np
from transformers import ByT5Tokenizer

from workers.backend_engines import Choice
from workers.fast_path import FastPath
from workers.tokenizers import load_tokenizer
from workers.tokens import Mask, Tokens, bytes_of, texts_of, tokens_of

BYT5_FIRST_ID = 3


class SlowEngine:
    """A tokenizer asked text by text."""

    name = "transformers"

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def encode(self, texts: Any) -> Tokens:
        rows = [np.asarray(self._ids(text), np.int32) for text in texts_of(texts)]
        return tokens_of(rows)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False, verbose=False)
        return ids


class BytesEngine:
    """ByT5: each byte is its own id, after the three of padding, end and unknown."""

    name = "bytes"

    def encode_most(self, texts: Any) -> tuple[Tokens, Mask]:
        data, offsets = bytes_of(texts)
        return Tokens(data.astype(np.int32) + BYT5_FIRST_ID, offsets), np.zeros(len(texts), np.bool_)


def slow_choice(tokenizer: Any) -> Choice:
    """What may tokenize for this tokenizer of transformers."""
    own = SlowEngine(tokenizer)
    if not isinstance(tokenizer, ByT5Tokenizer):
        return Choice(own)
    added = [token.content for token in tokenizer.added_tokens_decoder.values()]
    return Choice(own, {BytesEngine.name: partial(FastPath, BytesEngine(), own, added)})


def loaded_choice(reference: str) -> Choice:
    """The same for what `load_tokenizer` knows by this name."""
    return slow_choice(load_tokenizer(reference))
