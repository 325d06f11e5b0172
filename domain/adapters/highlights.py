"""Where in a text the words stand for which it was found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from domain.adapters.search_terms import Query, Term
from domain.adapters.search_tokens import Stem, stem_of
from domain.adapters.search_words import Word, found_words

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
    by_stem, as_written = _Text(text, stem_of(language)), _Text(text, str)
    found = (each for term in here for each in (as_written if term.is_prefix else by_stem).ranges(term))
    return list(_merged(sorted(found)))


class _Text:
    """The words of a text as they are found: by their stems, and CJK by any part."""

    def __init__(self, text: str, stem: Stem) -> None:
        self._stem = stem
        self._found = found_words(text)
        self._words = [self._stemmed(found.word) for found in self._found]
        self._places: dict[Word, list[int]] = defaultdict(list)
        for place, word in enumerate(self._words):
            self._places[word].append(place)

    def ranges(self, term: Term) -> Iterator[Range]:
        """Every range that a term matches."""
        words = [self._stemmed(word) for word in term.words]
        for place in self._beginnings(words, is_prefix=term.is_prefix):
            if len(words) == 1:
                yield from self._within(place, words[0])
            elif self._follow(place, words, is_prefix=term.is_prefix):
                yield self._from_to(place, words)

    def _stemmed(self, word: Word) -> Word:
        return word if word.is_cjk else Word(self._stem(word.text))

    def _beginnings(self, words: Sequence[Word], *, is_prefix: bool) -> Iterable[int]:
        """The places where the first word of a term stands."""
        first, is_alone = words[0], len(words) == 1
        if not first.is_cjk and not (is_alone and is_prefix):
            return self._places.get(first, [])
        matches = _holds if first.is_cjk and is_alone else _ends if first.is_cjk else _begins
        return [place for word, places in self._places.items() if matches(word, first) for place in places]

    def _follow(self, place: int, words: Sequence[Word], *, is_prefix: bool) -> bool:
        """Whether behind the first word of a term come the others."""
        *between, last = words[1:]
        here = self._words[place + 1 : place + len(words)]
        if len(here) <= len(between) or here[:-1] != between:
            return False
        return _begins(here[-1], last) if is_prefix or last.is_cjk else here[-1] == last

    def _within(self, place: int, word: Word) -> Iterator[Range]:
        """Every part of a CJK run that is the word; another word is matched whole."""
        found = self._found[place]
        if not word.is_cjk:
            yield found.start, found.end
            return
        at = found.word.text.find(word.text)
        while at >= 0:
            yield found.start + at, found.start + at + len(word.text)
            at = found.word.text.find(word.text, at + 1)

    def _from_to(self, place: int, words: Sequence[Word]) -> Range:
        first, last = self._found[place], self._found[place + len(words) - 1]
        start = first.end - len(words[0].text) if words[0].is_cjk else first.start
        return start, last.start + len(words[-1].text) if words[-1].is_cjk else last.end


def _holds(word: Word, part: Word) -> bool:
    return word.is_cjk == part.is_cjk and part.text in word.text


def _begins(word: Word, part: Word) -> bool:
    return word.is_cjk == part.is_cjk and word.text.startswith(part.text)


def _ends(word: Word, part: Word) -> bool:
    return word.is_cjk == part.is_cjk and word.text.endswith(part.text)


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
