"""What a text searches for in the catalogue: as everywhere, but its last word may not be whole yet."""

import re

from domain.adapters.search_query import MOST_CHARACTERS, parse
from domain.adapters.search_terms import Query

# What is taken out of the result is a whole word, and so is `or`.
HALF_TYPED = re.compile(r"(?:^|\s)(?!-|or\Z)\S*[^\W_]\Z", re.IGNORECASE)


def understood(text: str) -> Query | None:
    """The search that a text asks for; None: it has no words, and all datasets are found. Refused past the limits."""
    is_half_typed = len(text) < MOST_CHARACTERS and HALF_TYPED.search(text)
    return parse(f"{text}*" if is_half_typed else text, columns=()).query
