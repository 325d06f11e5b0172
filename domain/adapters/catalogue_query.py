"""What a text searches for in the catalogue: as everywhere, but its last word may not be whole yet."""

import re

from domain.adapters.search_query import MOST_CHARACTERS, parse
from domain.adapters.search_terms import Query
from domain.errors import ErrorCode, Refused

# What is taken out of the result is a whole word, and so is `or`.
HALF_TYPED = re.compile(r"(?:^|\s)(?!-|or\Z)\S*[^\W_]\Z", re.IGNORECASE)
# Where the index cannot tell, every term is looked for in the lines of every row.
MOST_TERMS = 32
# Whoever changes what a filter finds must not change all, only because the search has nothing but signs.
NOTHING = Query(())


def understood(text: str) -> Query | None:
    """The search that a text asks for. None: it is blank, and all datasets are found; NOTHING: it has no words, and
    none is. INVALID_INPUT past the limits."""
    if not text.strip():
        return None
    is_half_typed = len(text) < MOST_CHARACTERS and HALF_TYPED.search(text)
    query = parse(f"{text}*" if is_half_typed else text, columns=()).query or NOTHING
    if (count := sum(map(len, query.alternatives))) > MOST_TERMS:
        message = f"A search has at most {MOST_TERMS} terms here; this one has {count:,}. A phrase is one term."
        raise Refused(ErrorCode.INVALID_INPUT, message, "search")
    return query
