"""Datasets by their words: a search as conditions of a query, and of a row that is held. A test keeps the two alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, false, func, not_, or_
from sqlalchemy.dialects.postgresql import TSQUERY

from domain.adapters.catalogue import WORDS, spelled
from domain.adapters.search_terms import Query, Term
from domain.adapters.tables import datasets

# So many words of a phrase tell well enough which rows are worth a look.
TELLING_WORDS = 16


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """As a query has it. The index finds the rows, and where it cannot tell whether one is found, its lines do.
    Without alternatives none is found."""
    if not query.alternatives:
        return [false()]
    told = [_operands(terms) for terms in query.alternatives]
    found: list[ColumnElement[bool]] = []
    if all(told):
        asked = " | ".join(f"({' & '.join(operands)})" for operands in told)
        found.append(datasets.c.catalogue.bool_op("@@")(cast(asked, TSQUERY)))
    if not all(_is_one_word(term) for terms in query.alternatives for term in terms):
        found.append(or_(*(and_(*map(_condition, terms)) for terms in query.alternatives)))
    return found


def holds(query: Query, row: Mapping[str, Any]) -> bool:
    """As a row has it."""
    lines = "".join(row[name] for name in WORDS)
    return any(all((_part(term) in lines) != term.is_negated for term in terms) for terms in query.alternatives)


def _condition(term: Term) -> ColumnElement[bool]:
    lines = func.concat(*(datasets.c[name] for name in WORDS))
    is_found: ColumnElement[bool] = func.strpos(lines, _part(term)) > 0
    return not_(is_found) if term.is_negated else is_found


def _part(term: Term) -> str:
    """What the lines of a row that has the term have in them."""
    begins_anywhere = term.words[0].is_cjk
    ends_anywhere = term.is_prefix or term.words[-1].is_cjk
    words = " ".join(map(spelled, term.words))
    return f"{'' if begins_anywhere else ' '}{words}{'' if ends_anywhere else ' '}"


def _is_one_word(term: Term) -> bool:
    return len(term.words) == 1 and not term.words[0].is_cjk


def _operands(terms: Sequence[Term]) -> list[str]:
    """What the index is asked for, of terms that must all hold: whatever it can tell of them."""
    return [operand for term in terms for operand in _operands_of(term)]


def _operands_of(term: Term) -> list[str]:
    """Words have letters and digits alone, which need no escapes."""
    if _is_one_word(term):
        operand = f"'{spelled(term.words[0])}'{':*' if term.is_prefix else ''}"
        return [f"!{operand}" if term.is_negated else operand]
    if term.is_negated:
        return []
    *words, last = dict.fromkeys(part for word in term.words for part in spelled(word).split("\t"))
    return [*(f"'{word}'" for word in words[:TELLING_WORDS]), f"'{last}'{':*' if term.is_prefix else ''}"]
