"""A text's tokens with the characters that they stand for, as the sequences of a recipe have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import ByT5Tokenizer

from workers.frames import call

Span = tuple[int, int] | None
"""From a character on, before another, in Unicode code points; None: it stands for none of the text."""


@dataclass(frozen=True, slots=True)
class SpannedTokens:
    """Ids in order, and as many spans."""

    ids: Sequence[int]
    spans: Sequence[Span]


def spanned_tokens(tokenizer: Any, text: str, recipe: Mapping[str, Any]) -> SpannedTokens:
    """The tokens of a text. TRUNCATE: as they are written, cut to the longest length; else all of them, once.

    Special tokens are those that stand around the text in the recipe's sequences.
    """
    is_cut, is_packed = (recipe.get("mode", "TRUNCATE") == mode for mode in ("TRUNCATE", "PACK"))
    special = bool(recipe.get("addSpecialTokens", True)) and not is_packed
    asked = {"max_length": recipe["maxLength"] if is_cut else None, "add_special_tokens": special}
    if tokenizer.is_fast:
        found = _fast(tokenizer, text, asked)
    elif isinstance(tokenizer, ByT5Tokenizer):
        found = _of_bytes(tokenizer, text, asked)
    else:
        ids = call(tokenizer, [text], **asked)["input_ids"][0]
        found = SpannedTokens(ids, [None] * len(ids))
    return _packed(tokenizer, found, recipe) if is_packed else found


def _packed(tokenizer: Any, found: SpannedTokens, recipe: Mapping[str, Any]) -> SpannedTokens:
    """As in a stream: with the token that ends a document."""
    end = recipe.get("endOfDocumentToken")
    if end is None:
        return found
    return SpannedTokens([*found.ids, int(tokenizer.convert_tokens_to_ids(end))], [*found.spans, None])


def _fast(tokenizer: Any, text: str, asked: Mapping[str, Any]) -> SpannedTokens:
    told = call(tokenizer, [text], **asked, return_offsets_mapping=True, return_special_tokens_mask=True)
    (ids,), (offsets,), (special,) = (told[key] for key in ("input_ids", "offset_mapping", "special_tokens_mask"))
    return SpannedTokens(ids, [None if mask else tuple(span) for span, mask in zip(offsets, special, strict=True)])


def _of_bytes(tokenizer: Any, text: str, asked: Mapping[str, Any]) -> SpannedTokens:
    """ByT5 tells no offsets: each token is a byte of a character, or the text of a special token."""
    ids = call(tokenizer, [text], **asked)["input_ids"][0]
    bare = call(tokenizer, [text], None, add_special_tokens=False)["input_ids"][0]
    kept = len(ids) if ids == bare[: len(ids)] else len(ids) - 1
    spans = byte_spans(text, tokenizer.convert_ids_to_tokens(bare[:kept]))
    return SpannedTokens(ids, [*spans, *[None] * (len(ids) - kept)])


def byte_spans(text: str, tokens: Sequence[str]) -> list[Span]:
    """The span of each token: of a byte, its character; of a special token, its text, around which white space may
    have been left out. Where tokens do not go on as the text does, they have none."""
    content = text.encode()
    owners = [number for number, character in enumerate(text) for _ in character.encode()]
    spans: list[Span] = []
    place: int | None = 0
    for token in tokens:
        piece = token.encode("latin-1") if len(token) == 1 else token.encode()
        place = None if place is None else _next(text, content, owners, place, piece)
        if place is None:
            spans.append(None)
            continue
        end = place + len(piece)
        spans.append((owners[place], owners[end - 1] + 1))
        place = end
    return spans


def _next(text: str, content: bytes, owners: Sequence[int], place: int, piece: bytes) -> int | None:
    """Where the piece is, with nothing but white space before it; None where it is not."""
    while content[place : place + len(piece)] != piece:
        if place >= len(content) or not text[owners[place]].isspace():
            return None
        place += len(text[owners[place]].encode())
    return place
