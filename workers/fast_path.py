"""A fast engine where it may be used, and the tokenizer's own way for the documents that are beyond it.

Those are: documents with the text of an added token in them (special or not: how it takes in the space around it is
left to the tokenizer), documents that its normalizer would change, and whatever the fast engine gives up on.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workers.tokens import Engine, Mask, Tokens, replaced

# The characters that mean something to RE2.
MEANING = re.compile(r"[\\.+*?()|\[\]{}^$]")


class FastEngine(Protocol):
    """Does most documents, and says which it gave up on."""

    name: str

    def encode_most(self, texts: Any) -> tuple[Tokens, Mask]:
        """The tokens of a LargeStringArray without nulls; rows where the mask is true are still to be done."""
        ...


class FastPath:
    """`added` are the texts of added tokens; `prefix_space`: the tokenizer begins every text with a space;
    `is_normalized`: it makes every text NFC.
    """

    def __init__(
        self,
        fast: FastEngine,
        own: Engine,
        added: Iterable[str],
        *,
        prefix_space: bool = False,
        is_normalized: bool = False,
    ) -> None:
        self._fast = fast
        self._own = own
        self._added = "|".join(sorted(MEANING.sub(r"\\\g<0>", text) for text in added if text))
        self._prefix_space = prefix_space
        self._is_normalized = is_normalized

    @property
    def name(self) -> str:
        return self._fast.name

    def encode(self, texts: Any) -> Tokens:
        tokens, apart = self._fast.encode_most(_spaced(texts) if self._prefix_space else texts)
        apart = apart | self._beyond(texts)
        if not apart.any():
            return tokens
        return replaced(tokens, apart, self._own.encode(texts.filter(apart)))

    def _beyond(self, texts: Any) -> Mask:
        beyond: Mask = np.zeros(len(texts), np.bool_)
        if self._added:
            beyond |= _mask(pc.match_substring_regex(texts, self._added))
        if self._is_normalized:
            foreign = ~_mask(pc.string_is_ascii(texts))
            some = texts.filter(foreign)
            beyond[foreign] |= _mask(pc.not_equal(some, pc.utf8_normalize(some, "NFC")))
        return beyond


def _spaced(texts: Any) -> Any:
    begun = pc.or_(pc.starts_with(texts, " "), pc.equal(texts, ""))
    spaced = pc.binary_join_element_wise(pa.scalar("", texts.type), texts, pa.scalar(" ", texts.type))
    return pc.if_else(begun, texts, spaced)


def _mask(booleans: Any) -> Mask:
    mask: Mask = booleans.to_numpy(zero_copy_only=False)
    return mask
