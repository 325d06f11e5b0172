"""The one definition of a word: a maximal run of Unicode letters and digits (categories L* and N*), casefolded.

Counts, vocabulary, index, query, highlights and the tests' oracle all come from here. The batch forms work
on the UTF-8 bytes of whole arrays (see word_runs.py); no Python loop sees a row.
"""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.adapters.word_runs import runs_of_rows
from domain.adapters.word_set import WordSet

# Python's \w is letters and digits (all of L* and N*) and the underscore.
WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Every word of a text, in order, casefolded."""
    return [run.casefold() for run in WORD.findall(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of `words` stand: (start, end) in code points, end exclusive."""
    return [match.span() for match in WORD.finditer(text)]


def count_words(array: Any) -> npt.NDArray[np.int64]:
    """Words of each row of a pyarrow string array or chunked array; a null row has 0."""
    counts = [runs.counts for runs in runs_of_rows(array)]
    return np.concatenate([np.empty(0, np.int64), *counts])


def distinct_words(array: Any) -> Any:
    """The distinct words of all rows: a pyarrow StringArray without nulls, in no order."""
    found = WordSet()
    found.count_and_add(array)
    return found.take()
