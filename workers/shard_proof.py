"""A shard's tokens with their proof: where a faster engine differs in the middle, the whole shard is made again."""

from typing import Any

from workers import tokenizing
from workers.documents import MEMORY_BYTES
from workers.engines import engine_of
from workers.steps import Work
from workers.tokenizers import load_tokenizer


def tokenize_shard(*, document_memory: int = MEMORY_BYTES, **arguments: Any) -> Work:
    """`tokenizing.tokenize_shard`; a text over 1 MB may need `document_memory` bytes.

    Returns what that returns, and {"engine": whose ids they are, "fallback": {"row", "reason"} or None}.
    """
    engine = engine_of(load_tokenizer(arguments["tokenizer"]))
    work = tokenizing.tokenize_shard(**arguments)
    first = next(work)  # how its sequences are made was tried out by now, on texts that are no rows
    engine.begin(arguments["start"], document_memory)
    yield first
    try:
        outcome = yield from work
        if engine.is_mixed:  # it goes on with the tokenizer's own
            outcome = yield from tokenizing.tokenize_shard(**arguments)
    finally:
        engine.close()
    return outcome | {"engine": engine.name, "fallback": engine.fallback}
