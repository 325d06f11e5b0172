"""What stands in the index for words: one token for each, and for a run of CJK one for each of its characters.

A run c1..cn becomes c1c2, c2c3, ..., c(n-1)cn, cn: a single character is looked for as the beginning of a token, two or
more as a phrase of pairs, and the last token says that the run ends there.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tantivy

from domain.adapters.search_terms import Term
from domain.adapters.search_words import CJK, Word
from domain.languages import LANGUAGES

# Tantivy refuses tokens of more than 65,530 bytes. A search has 10,000 characters at most, and each of them folds to 6
# bytes at most: it never reaches as far as what is left of a longer word.
KEPT_BYTES = 65_000

Stem = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Sought:
    """Tokens that follow each other, and the beginning of one more behind them (None: nothing more is asked)."""

    exact: Sequence[str]
    beginning: str | None = None


def stem_of(language: str | None) -> Stem:
    """What makes the stem of a casefolded word; without a language words stay as they are. ValueError: unknown."""
    if language is None:
        return lambda word: word
    if language not in LANGUAGES:
        raise ValueError(f"there are no stems of {language!r}, only of {', '.join(LANGUAGES)}")
    stemmer = tantivy.Filter.stemmer(language)
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(stemmer).build()

    def stem(word: str) -> str:
        # A stemmer of Turkish looks at word ends alone, and others may leave nothing of a word.
        return "".join(analyzer.analyze(word)) or word

    return stem


def token_of(piece: str, stem: Stem) -> str:
    """The token of a word without CJK, or of one or two characters of CJK, as they stand in a text."""
    return piece if CJK.match(piece) else _kept(stem(piece.casefold()))


def sought(term: Term, stem: Stem) -> Sought:
    """What to look for in an index of stems; a prefix is looked for as written: give it no stems."""
    exact = [token for word in term.words[:-1] for token in _tokens(word, stem)]
    last = term.words[-1]
    if last.is_cjk:
        *pairs, end = _tokens(last, stem)
        return Sought([*exact, *pairs]) if pairs else Sought(exact, end)
    if term.is_prefix:
        return Sought(exact, last.text)
    return Sought([*exact, *_tokens(last, stem)])


def _tokens(word: Word, stem: Stem) -> list[str]:
    text = word.text
    return [text[at : at + 2] for at in range(len(text))] if word.is_cjk else [_kept(stem(text))]


def _kept(token: str) -> str:
    if len(token) * 4 <= KEPT_BYTES or len(data := token.encode()) <= KEPT_BYTES:
        return token
    # No word holds a "#", so none of this length is the same.
    return data[:KEPT_BYTES].decode(errors="ignore") + "#" + hashlib.sha256(data).hexdigest()
