"""Where in a text the words stand for which it was found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from domain.adapters.highlights_written import folded_alike, is_short, written_ranges
from domain.adapters.search_terms import Query, Term
from domain.adapters.search_tokens import Stem, stem_of
from domain.adapters.search_words import Word, placed_words

Range = tuple[int, int]
"""[start, end) of a text, in code points."""


def highlights(text: str, query: Query, column: str | None = None, language: str | None = None) -> list[Range]:
    """What the terms of a search match in a text of this column, in order; what overlaps is one range.

    A phrase is one range from its first word to its last, a word that a prefix begins is one whole. Negated terms and
    those of other columns match nothing here. `language`: of the stems by which words are found, as in the index.
    """
    terms = [term for terms in query.alternatives for term in terms if not term.is_negated]
    here = dict.fromkeys(term for term in terms if term.column in (None, column))
    # A prefix is looked for as it is written, where other words are found by their stems.
    stemmed = [term for term in here if language is not None and not term.is_prefix]
    written = [term for term in here if language is None or term.is_prefix]
    found = [] if not stemmed else _of_words(text, stemmed, stem_of(language))
    if written:
        folded = folded_alike(text) if is_short(written) else None
        found += _of_words(text, written, str) if folded is None else written_ranges(folded, written)
    return list(_merged(sorted(found)))


def _of_words(text: str, terms: Iterable[Term], stem: Stem) -> list[Range]:
    words = _Text(text, stem)
    return [each for term in terms for each in words.ranges(term)]


class _Text:
    """The words of a text as they are found, by their stems, and where each stands. No CJK has a stem."""

    def __init__(self, text: str, stem: Stem) -> None:
        self._stem = stem
        self._found = placed_words(text)
        self._words = [stem(word) for word, _, _ in self._found]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self._words):
            self._places[word].append(place)

    def ranges(self, term: Term) -> Iterator[Range]:
        """Every range that a term matches."""
        words = [word if word.is_cjk else Word(self._stem(word.text)) for word in term.words]
        for place in self._beginnings(words, is_prefix=term.is_prefix):
            if len(words) == 1:
                yield from self._within(place, words[0])
            elif self._follow(place, words, is_prefix=term.is_prefix):
                yield self._from_to(place, words)

    def _beginnings(self, words: Sequence[Word], *, is_prefix: bool) -> Iterable[int]:
        """The places where the first word of a term stands. What has a part of CJK is CJK, for words are cut there."""
        first, is_alone = words[0], len(words) == 1
        if not first.is_cjk and not (is_alone and is_prefix):
            return self._places.get(first.text, [])
        matches = str.__contains__ if first.is_cjk and is_alone else str.endswith if first.is_cjk else str.startswith
        return [place for word, places in self._places.items() if matches(word, first.text) for place in places]

    def _follow(self, place: int, words: Sequence[Word], *, is_prefix: bool) -> bool:
        """Whether behind the first word of a term come the others."""
        *between, last = words[1:]
        here = self._words[place + 1 : place + len(words)]
        if len(here) <= len(between) or here[:-1] != [word.text for word in between]:
            return False
        return here[-1].startswith(last.text) if is_prefix or last.is_cjk else here[-1] == last.text

    def _within(self, place: int, word: Word) -> Iterator[Range]:
        """Every part of a CJK run that is the word; another word is matched whole."""
        found, start, end = self._found[place]
        if not word.is_cjk:
            yield start, end
            return
        at = found.find(word.text)
        while at >= 0:
            yield start + at, start + at + len(word.text)
            at = found.find(word.text, at + 1)

    def _from_to(self, place: int, words: Sequence[Word]) -> Range:
        _, start, end = self._found[place]
        start = end - len(words[0].text) if words[0].is_cjk else start
        _, last, end = self._found[place + len(words) - 1]
        return start, last + len(words[-1].text) if words[-1].is_cjk else end


def _merged(ranges: Iterable[Range]) -> Iterator[Range]:
    """Sorted ranges, those that overlap or touch as one."""
    start, end = -1, -1
    for next_start, next_end in ranges:
        if next_start > end:
            if end >= 0:
                yield start, end
            start = next_start
        end = max(end, next_end)
    if end >= 0:
        yield start, end
