"""Engines: texts in, token ids and offsets out as arrays. What follows (specials, cutting) is no business of theirs.

An engine gives the ids of the text alone, whole, without special tokens around it; the text of a special token
inside a document becomes its id, as transformers does. Which one is used is decided by proof alone.
"""

import logging
from functools import lru_cache
from typing import Any

from workers.backend_engines import Choice, backend_choice
from workers.byte_level import NotByteLevel
from workers.documents import DocumentEngine
from workers.large_documents import LargeDocuments
from workers.proof import ProvedEngine
from workers.slow_engines import slow_choice
from workers.tokenizers import BYT5
from workers.tokens import DocumentFailed, Engine, Ids, Mask, Offsets, Tokens, offsets_of, texts_of, tokens_of

__all__ = [
    "DocumentEngine",
    "DocumentFailed",
    "Engine",
    "Ids",
    "Mask",
    "Offsets",
    "Tokens",
    "engine_of",
    "offsets_of",
    "texts_of",
    "tokens_of",
]

log = logging.getLogger("mistudio.engines")


@lru_cache(maxsize=1)
def engine_of(tokenizer: Any) -> DocumentEngine:
    """The engine of a loaded transformers tokenizer: the same one when asked again."""
    if not tokenizer.is_fast:
        large = LargeDocuments(lambda: {"reference": tokenizer.name_or_path or BYT5})
        return DocumentEngine(proved(slow_choice(tokenizer)), large)
    backend, splits_special = tokenizer.backend_tokenizer, bool(tokenizer.split_special_tokens)
    large = LargeDocuments(lambda: {"json": backend.to_str(), "splitsSpecial": splits_special})
    return DocumentEngine(proved(backend_choice(backend, splits_special=splits_special)), large)


def proved(choice: Choice) -> ProvedEngine:
    """The fastest engine that passes the probes; where only such ones are that do not, the last of them has failed."""
    engine = ProvedEngine(choice.own)
    for name, make in choice.fast.items():
        try:
            fast = make()
        except NotByteLevel as reason:
            log.info("%s is not for this tokenizer: %s", name, reason)
            continue
        engine = ProvedEngine(choice.own, fast, choice.probes())
        if engine.is_fast:
            break
    return engine
