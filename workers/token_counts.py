"""How often each id was written, and ids told in text: what a token says, which ids are special tokens."""

from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import decoders

from domain.adapters.token_figures import Counts

TOP_TOKENS = 100
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def count_ids(ids: npt.NDArray[np.int32], vocabulary_size: int) -> Counts:
    """How often each id occurs; ids past the vocabulary's size make the counts longer."""
    return np.bincount(ids, minlength=vocabulary_size)


def top_tokens(tokenizer: Any, counts: Counts) -> list[dict[str, Any]]:
    """The most frequent tokens as the contract's TokenFrequency, at most 100; equal counts by id."""
    order = np.argsort(-counts, kind="stable")[:TOP_TOKENS]
    return _told(tokenizer, [int(token) for token in order if counts[token]], counts)


def special_tokens(tokenizer: Any, counts: Counts) -> list[dict[str, Any]]:
    """SpecialTokenCount of the tokenizer's named special tokens, and of every other special token that was written."""
    names = (token for token in tokenizer.special_tokens_map.values() if isinstance(token, str))
    named = {int(tokenizer.convert_tokens_to_ids(token)) for token in names}
    known = {token for token, text in tokenizer.added_tokens_decoder.items() if text.special}
    written = {token for token in known | set(tokenizer.all_special_ids) if token < len(counts) and counts[token]}
    return _told(tokenizer, sorted(named | written), counts)


def token_text(tokenizer: Any, token: int) -> str:
    """A token as a reader knows it: its text where it has one, a byte as `<0xE2>`, else as the vocabulary spells it."""
    spelling = str(tokenizer.convert_ids_to_tokens(token))
    if len(spelling) == 1 and not tokenizer.is_fast and not _is_readable(spelling):
        return f"<0x{ord(spelling):02X}>"
    if tokenizer.is_fast and isinstance(tokenizer.backend_tokenizer.decoder, decoders.ByteLevel):
        text = str(tokenizer.decode([token]))
        spelling = text if text and UNREADABLE not in text else spelling
    return spelling.replace("\0", "<0x00>")  # a database refuses NUL


def _is_readable(character: str) -> bool:
    return character.isascii() and character.isprintable()


def _told(tokenizer: Any, tokens: list[int], counts: Counts) -> list[dict[str, Any]]:
    return [
        {"id": token, "token": token_text(tokenizer, token), "count": int(counts[token]) if token < len(counts) else 0}
        for token in tokens
    ]
