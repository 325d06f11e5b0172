"""`python -m tests.chaos`: CHAOS_ROUNDS rounds from CHAOS_SEED, and the table of what was in flight at each kill.

SIGTERM makes the round under way the last one, and the exit code that of whoever is ended by it.
"""

import os
import signal
import sys
import time

from tests.chaos.report import MANY_ROUNDS
from tests.chaos.rounds import Rounds
from tests.chaos.world import world


def main() -> int:
    seed = int(os.environ.get("CHAOS_SEED") or 1)
    count = int(os.environ.get("CHAOS_ROUNDS") or MANY_ROUNDS)
    print(f"CHAOS_SEED={seed} CHAOS_ROUNDS={count}", flush=True)
    began = time.monotonic()
    with world(seed) as made:
        rounds = Rounds(made)
        signal.signal(signal.SIGTERM, lambda _number, _frame: setattr(rounds, "is_enough", True))
        rounds.play(count, lambda line: print(line, flush=True))
        acknowledged, cut = len(made.commands.acknowledged), made.subscriber.connections
        print("\n".join(rounds.report.lines()))
        print(
            f"{rounds.report.rounds} rounds in {time.monotonic() - began:.0f} s: {acknowledged} commands, "
            f"{rounds.events} events, {len(rounds.known)} outputs compared, {cut} connections of a subscriber."
        )
        last, code = rounds.report.ending(count)
        print(last, flush=True)
        if not rounds.report.is_green:
            raise SystemExit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
