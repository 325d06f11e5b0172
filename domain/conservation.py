"""The equations that token statistics must satisfy before anyone sees them. Each term was counted on its own."""

from collections.abc import Mapping
from typing import Any

from domain.errors import ErrorCode, Refused

# left side = sum of the right side
EQUATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("sourceTokens", ("keptTokens", "truncatedTokens", "filteredTokens", "tailTokens")),
    ("outputCells", ("realCells", "specialCells", "overlapCells", "paddingCells")),
    ("keptTokens", ("realCells",)),
    ("tokenCount", ("realCells", "specialCells")),
)


def check_conservation(statistics: Mapping[str, Any]) -> None:
    """Refuses with TOKENIZATION_FAILED and the first equation that does not hold."""
    for whole, parts in EQUATIONS:
        total = sum(int(statistics[part]) for part in parts)
        if int(statistics[whole]) != total:
            equation = f"{whole} = {' + '.join(parts)}"
            raise Refused(
                ErrorCode.TOKENIZATION_FAILED,
                f"The counts do not add up: {equation} is {statistics[whole]} = {total}.",
            )
