"""Where the loop asks the questions process: many wait at once, and none of them holds up another query."""

from typing import Any

from api.threads import Threads
from domain.adapters.questions import Answer, Questions, try_again

# Each waits in a thread of its own, for as long as an answer may take; more than so many are told so at once.
MOST_ASKED = 16


class Asking:
    """The questions of a process, in threads that nothing else waits for."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._threads = Threads(MOST_ASKED, "asking")
        self._asked = 0

    async def ask(self, name: str, token: str | None = None, **asked: Any) -> Answer:
        """The answer to a question by its name; an `error` in it where there is none. The token goes no further."""
        if self._asked >= MOST_ASKED:
            return try_again(f"{MOST_ASKED} others are waiting for an answer")
        self._asked += 1
        try:
            return await self._threads.run(self._questions.ask, name, asked, token)
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Answer whoever still waits with TRY_AGAIN."""
        self._questions.close()
        self._threads.close()
