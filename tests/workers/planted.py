"""An engine that is wrong about one word, and the same child function with it as the fastest of all."""

from typing import Any

import numpy as np

from workers import backend_engines, shard_proof, tokenizing
from workers.byte_level import ByteLevel
from workers.compiled_engine import CompiledEngine
from workers.tokens import Mask, Tokens, texts_of

FUNCTIONS = dict.fromkeys(("plan_tokenization", "tokenize_shard"), "tests.workers.planted")
WRONG_ABOUT = "zyzzyva"


class WrongEngine:
    """Right about all but documents with one rare word, of which it changes the first id."""

    name = "wrong"

    def __init__(self, described: ByteLevel) -> None:
        self._right = CompiledEngine(described)

    def encode_most(self, texts: Any) -> tuple[Tokens, Mask]:
        tokens, gave_up = self._right.encode_most(texts)
        wrong = np.array([WRONG_ABOUT in text for text in texts_of(texts)], np.bool_)
        ids = tokens.ids.copy()
        ids[tokens.offsets[:-1][wrong]] += 1
        return Tokens(ids, tokens.offsets), gave_up


def plan_tokenization(**arguments: Any) -> Any:
    _plant()
    return tokenizing.plan_tokenization(**arguments)


def tokenize_shard(**arguments: Any) -> Any:
    _plant()
    return shard_proof.tokenize_shard(**arguments)


def _plant() -> None:
    if backend_engines.KINDS[0] is not WrongEngine:
        backend_engines.KINDS.insert(0, WrongEngine)
