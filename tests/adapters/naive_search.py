"""What a search of samples should find, as a look at every row says it: slow, and of plain Python."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.adapters.search_words import Word, found_words
from domain.adapters.words import words

Bounds = tuple[Any, Any]


class Text:
    """The words of a text, found once."""

    def __init__(self, text: str | None) -> None:
        self.words = [found.word for found in found_words(text or "")]
        self.distinct = set(self.words)


@dataclass(frozen=True)
class Sought:
    """Words in a row; as a text a phrase where they are several."""

    words: str
    is_prefix: bool = False
    column: str | None = None
    is_negated: bool = False

    def spelled(self) -> str:
        column = "" if self.column is None else f"{self.column}:"
        return f'{"-" if self.is_negated else ""}{column}"{self.words}"{"*" if self.is_prefix else ""}'

    def holds(self, texts: Mapping[str, Text]) -> bool:
        wanted = [found.word for found in found_words(self.words)]
        columns = texts if self.column is None else [self.column]
        return any(self._stands_in(texts[name], wanted) for name in columns) != self.is_negated

    def _stands_in(self, text: Text, wanted: Sequence[Word]) -> bool:
        if not all(any(self._begins(word, each) for word in text.distinct) for each in wanted):
            return False
        places = range(len(text.words) - len(wanted) + 1)
        return any(self._fits(text.words[at : at + len(wanted)], wanted) for at in places)

    def _begins(self, word: Word, wanted: Word) -> bool:
        """Whether a word may be one of those wanted, at any place of them: a look that spares the longer one."""
        return wanted.text in word.text if wanted.is_cjk or self.is_prefix else word == wanted

    def _fits(self, words: Sequence[Word], wanted: Sequence[Word]) -> bool:
        last = len(wanted) - 1
        for place, (word, each) in enumerate(zip(words, wanted, strict=True)):
            if word.is_cjk != each.is_cjk:
                return False
            starts_here = place > 0 or not each.is_cjk
            ends_here = place < last or not (each.is_cjk or self.is_prefix)
            if starts_here and ends_here:
                fits = word.text == each.text
            elif starts_here:
                fits = word.text.startswith(each.text)
            else:
                fits = word.text.endswith(each.text) if ends_here else each.text in word.text
            if not fits:
                return False
        return True


@dataclass(frozen=True)
class Asked:
    """A predicate on a column: an operation by its name, and a value."""

    column: str
    operation: str
    value: Any

    def holds(self, row: Mapping[str, Any]) -> bool:
        cell = row[self.column]
        if self.operation == "is_null":
            return (cell is None) == self.value
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return False
        return OPERATIONS[self.operation](cell, self.value)


OPERATIONS = {
    "equals": lambda cell, value: cell == value,
    "one_of": lambda cell, value: cell in value,
    "contains": lambda cell, value: value in cell,
    "least": lambda cell, value: cell >= value,
    "most": lambda cell, value: cell <= value,
}


@dataclass(frozen=True)
class Wanted:
    """Everything that may be asked for, of which all must hold."""

    search: Sequence[Sequence[Sought]] = ()
    split: str | None = None
    words: Bounds = (None, None)
    tokens: Bounds = (None, None)
    where: Sequence[Asked] = ()


class Sample:
    """A row, and what is counted of it once."""

    def __init__(self, split: str, index: int, row: Mapping[str, Any], tokens: int | None) -> None:
        self.split, self.index, self.row, self.tokens = split, index, row, tokens
        self.words = len(words(row["text"] or ""))
        self.texts = {name: Text(row[name]) for name in ("text", "title")}

    def is_wanted(self, wanted: Wanted) -> bool:
        return (
            wanted.split in (None, self.split)
            and _within(self.words, wanted.words)
            and _within(self.tokens, wanted.tokens)
            and all(asked.holds(self.row) for asked in wanted.where)
            and (not wanted.search or any(all(each.holds(self.texts) for each in terms) for terms in wanted.search))
        )


def _within(count: int | None, bounds: Bounds) -> bool:
    least, most = bounds
    if count is None:
        return bounds == (None, None)
    return (least is None or least <= count) and (most is None or count <= most)


def histogram(lengths: Sequence[int]) -> list[tuple[int, int, int]]:
    """(from, to, count) of 20 bins as the design has them."""
    least, most = (min(lengths), max(lengths)) if lengths else (0, 0)
    width = max(1, math.ceil((most - least + 1) / 20))
    bins = [(least + number * width, least + (number + 1) * width) for number in range(20)]
    return [(start, stop, sum(start <= length < stop for length in lengths)) for start, stop in bins]
