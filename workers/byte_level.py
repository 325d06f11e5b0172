"""Byte-level BPE tokenizers as their own files describe them: tokens as bytes, merges, and how text is split."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from workers.tokens import Bytes, Ids, Offsets

GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
NORMALIZERS = ("NFC",)
SOME_TOKENS = 4_000
# What a model of the family has none of.
PLAIN = ("dropout", "continuing_subword_prefix", "end_of_word_suffix")
PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))


class NotByteLevel(Exception):  # noqa: N818  an answer, not a fault
    """The tokenizer is no byte-level BPE, or has a part that is not known here; the message says which."""


@dataclass(frozen=True, slots=True)
class ByteLevel:
    """`vocabulary` has what the model can give, as bytes -> id; `merges` pairs of ids in their order, with what they
    become; text is normalized (`is_normalized`: NFC), begun with a space (`prefix_space`), split by `pattern`. With
    `ignore_merges` a piece that is a token itself is never merged. `added` are the texts of tokens beside the model.
    """

    vocabulary: Mapping[bytes, int]
    merges: Sequence[tuple[int, int, int]]
    pattern: str
    prefix_space: bool
    is_normalized: bool
    ignore_merges: bool
    added: Sequence[str]

    @property
    def bytes_ids(self) -> Ids:
        """The ids of the 256 single bytes."""
        return np.array([self.vocabulary[bytes([byte])] for byte in range(256)], np.int32)

    def joined(self, spare: int) -> tuple[Bytes, Offsets]:
        """All tokens in a row, `spare` bytes of zero behind them, and where each begins and ends."""
        data = np.frombuffer(b"".join(self.vocabulary) + bytes(spare), np.uint8)
        return data, np.cumsum([0, *map(len, self.vocabulary)])

    def tokens(self) -> list[str]:
        """Some thousand tokens from all over the vocabulary, those that are a text by themselves."""
        chosen = islice(self.vocabulary, 0, None, max(1, len(self.vocabulary) // SOME_TOKENS))
        texts = (raw.decode(errors="replace") for raw in chosen)
        return [text for text in texts if "\ufffd" not in text]


def read_byte_level(tokenizer_json: str) -> ByteLevel:
    """What `tokenizer.json` describes. Raises NotByteLevel."""
    described = json.loads(tokenizer_json)
    model = described["model"]
    _check_model(model)
    pattern, prefix_space = _splitting(described["pre_tokenizer"])
    vocabulary = {raw: number for token, number in model["vocab"].items() if (raw := _raw(token)) is not None}
    merges = [_merge(model["vocab"], merge) for merge in model["merges"]]
    if any(bytes([byte]) not in vocabulary for byte in range(256)):
        raise NotByteLevel("a byte has no token")
    return ByteLevel(
        vocabulary=_made(vocabulary, merges, described["added_tokens"], model["ignore_merges"]),
        merges=merges,
        pattern=pattern,
        prefix_space=prefix_space,
        is_normalized=_is_normalized(described["normalizer"]),
        ignore_merges=model["ignore_merges"],
        added=[token["content"] for token in described["added_tokens"]],
    )


def _check_model(model: Mapping[str, Any]) -> None:
    if model["type"] != "BPE":
        raise NotByteLevel(f"its model is {model['type']}")
    if odd := [name for name in PLAIN if model.get(name)] or (["byte_fallback"] if model["byte_fallback"] else []):
        raise NotByteLevel(f"its model has {odd[0]}")


def _splitting(described: Mapping[str, Any] | None) -> tuple[str, bool]:
    """The pattern of pieces, and whether a text begins with a space."""
    match _steps(described, "pretokenizers"):
        case [{"type": "ByteLevel", "use_regex": True, "add_prefix_space": bool(prefix)}]:
            return GPT2_PATTERN, prefix
        case [
            {"type": "Split", "pattern": {"Regex": str(pattern)}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "use_regex": False, "add_prefix_space": False},
        ]:
            return pattern, False
    raise NotByteLevel("its pre-tokenizer is another")


def _is_normalized(described: Mapping[str, Any] | None) -> bool:
    steps = _steps(described, "normalizers")
    if any(step["type"] not in NORMALIZERS for step in steps):
        raise NotByteLevel("its normalizer is another")
    return bool(steps)


def _steps(described: Mapping[str, Any] | None, inside: str) -> list[Mapping[str, Any]]:
    if described is None:
        return []
    if described["type"] != "Sequence":
        return [described]
    return [step for part in described[inside] for step in _steps(part, inside)]


def _raw(token: str) -> bytes | None:
    """The bytes that a token of the vocabulary stands for; None where it can stand for none."""
    letters = _bytes_of_letters()
    return bytes(letters[letter] for letter in token) if all(letter in letters for letter in token) else None


@cache
def _bytes_of_letters() -> Mapping[str, int]:
    """As GPT-2 writes bytes: printable ones of Latin-1 as they are, the others from U+0100 on."""
    others = [byte for byte in range(256) if byte not in PRINTABLE]
    return {chr(byte): byte for byte in PRINTABLE} | {chr(0x100 + place): byte for place, byte in enumerate(others)}


def _merge(vocab: Mapping[str, int], merge: str | Sequence[str]) -> tuple[int, int, int]:
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return vocab[left], vocab[right], vocab[left + right]


def _made(
    vocabulary: Mapping[bytes, int],
    merges: Sequence[tuple[int, int, int]],
    added: Sequence[Mapping[str, Any]],
    ignore_merges: bool,
) -> dict[bytes, int]:
    """Without names of added tokens; and without what no merge makes, unless that is looked up whole."""
    names = {token["id"] for token in added}
    made = {number for *_, number in merges}
    return {
        raw: number
        for raw, number in vocabulary.items()
        if number not in names and (ignore_merges or number in made or len(raw) == 1)
    }
