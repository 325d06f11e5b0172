"""Places in the log as clients know them: a string that also names the log, so that another one's is told apart."""

import re

from api.errors import bad_input, cursor_expired
from api.scalars import Position

BEGINNING = "0"
POSITION = re.compile(r"([0-9A-Za-z-]+):(0|[1-9][0-9]{0,17})")


def position_of(identity: str, place: int) -> Position:
    """A place of the log with this identity."""
    return Position(f"{identity}:{place}")


def place_of(position: str | None, identity: str) -> int:
    """The place that a position names, None or "0": before the first event.

    Raises BAD_USER_INPUT for what is no position, CURSOR_EXPIRED for one of another log.
    """
    if position is None or position == BEGINNING:
        return 0
    found = POSITION.fullmatch(position)
    if found is None:
        raise bad_input(f'{position[:100]!r} is no position: give one that an answer gave, or "{BEGINNING}".')
    if found[1] != identity:
        raise cursor_expired("This position is of another log: read everything again and begin with its position.")
    return int(found[2])
