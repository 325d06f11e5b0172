"""Questions whose answers go well, and every other way."""

import os
import signal
import time
from pathlib import Path

from domain.errors import ErrorCode, WorldFailure
from workers.answering import MOST_ANSWER_BYTES, keep_so_far
from workers.steps import Step, Work


def find(*, word: str, work: str, token: str | None = None) -> Work:
    yield Step(0, None, "PIECES")
    return {"found": word, "is_given": token == "hf_token", "work": work}


def hang(*, work: str, token: str | None = None) -> Work:
    keep_so_far(Path(work), {"found": "half", "told": f"by {token}"})
    yield Step(0, None, "PIECES")
    time.sleep(60)
    return {"found": "whole"}


def crash(*, work: str, token: str | None = None) -> Work:
    yield Step(0, None, "PIECES")
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def refuse(*, work: str, token: str | None = None) -> Work:
    yield Step(0, None, "PIECES")
    raise WorldFailure(ErrorCode.RATE_LIMITED, "Wait.", retryable=True)


def fall(*, work: str, token: str | None = None) -> Work:
    yield Step(0, None, "PIECES")
    return {"found": 1 // 0}


def flood(*, work: str, token: str | None = None) -> Work:
    yield Step(0, None, "PIECES")
    return {"found": "x" * MOST_ANSWER_BYTES}
