"""The one definition of a word: a maximal run of Unicode letters and digits (categories L* and N*), casefolded.

Counts, vocabulary, index, query, highlights and the tests' oracle all come from here. For whole arrays of text the
workers have compiled loops that are made from the same definition.
"""

import re

# Python's \w is letters and digits (all of L* and N*) and the underscore.
WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Every word of a text, in order, casefolded."""
    return [run.casefold() for run in WORD.findall(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of `words` stand: (start, end) in code points, end exclusive."""
    return [match.span() for match in WORD.finditer(text)]
