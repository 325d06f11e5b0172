"""The process gives back what it does not need while it goes on."""

import asyncio

from api.threads import Threads
from domain.adapters.spare_memory import give_back

EVERY_SECONDS = 15.0


async def give_back_for_ever(threads: Threads) -> None:
    """Now and then. An answer may take 10 MB for a moment, in holes that the C library keeps between what stays."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await threads.run(give_back)
