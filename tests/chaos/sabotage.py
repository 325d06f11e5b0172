"""`python -m tests.chaos.sabotage [GUARD]`: takes away one guard at a time, and the verdicts must be red for each.

The same harm comes first while the guard is there, and is green: it is the guard that is missed. Without it the verdict
must be among those told that is about what this guard prevents.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.aimed import AIMS, APPEND_LOCK, Aim, Unharmed, unlock_appends
from tests.chaos.rounds import Rounds
from tests.chaos.world import world

SHOWN = 3
TOLD_BY: Mapping[str, str] = {
    APPEND_LOCK: "a subscriber missed",
    "fence check": "was finished under fence",
    "checkpoint after the send": "of the SUCCEEDED job",
    "rename before the completion": "is not there",
    "hash check of the ledger": "when nobody disturbs it",
    "read after a lost LISTEN": "a subscriber has heard",
}


def violations_of(guard: str) -> tuple[list[str], list[str]]:
    """What is violated with the guard, and without it."""
    with TemporaryDirectory() as folder:
        told = Path(folder, "guard")
        told.touch()
        Path(folder).chmod(0o755)
        with world(1, {"CHAOS_WITHOUT": str(told)}) as made:
            rounds = Rounds(made)
            aim = Aim(made, rounds.begin())
            AIMS[guard](aim)
            guarded = rounds.judge()
            told.write_text(guard)
            if guard == APPEND_LOCK:
                unlock_appends(made)
            AIMS[guard](aim)
            return guarded, rounds.judge()


def main(asked: Sequence[str]) -> int:
    failed = []
    for guard in asked or AIMS:
        try:
            guarded, unguarded = violations_of(guard)
        except Unharmed as trouble:
            guarded, unguarded = [], [f"no harm was done: {trouble}"]
        told = [one for one in unguarded if TOLD_BY[guard] in one]
        is_missed = bool(told) and not guarded
        failed += [] if is_missed else [guard]
        print(f"without the {guard}: {'red, as it must be' if is_missed else 'NOT TOLD APART'}", flush=True)
        print("".join(f"    with it: {one}\n" for one in guarded[:SHOWN]), end="")
        print("".join(f"    {one}\n" for one in (told or unguarded)[:SHOWN]), end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
