"""Functions for a child of the tests: each shows one way in which work goes."""

import logging
import os
import resource
import signal
import threading
import time
from pathlib import Path
from uuid import uuid4

from domain.errors import ErrorCode, WorldFailure
from workers.steps import Step

KEPT: list[bytes] = []
FUNCTIONS = dict.fromkeys(
    (
        *("count", "fail", "stumble", "crash", "hang", "print_noise", "write", "find_damage", "save_and_discard"),
        *("blurt", "fill", "overflow", "log_aloud"),
    ),
    "tests.workers.sample_work",
)


def count(*, to, seconds=0.0, **_more):
    for done in range(1, to + 1):
        time.sleep(seconds)
        yield Step(done, to, "ROWS", committed=True)
    return {"counted": to, "pid": os.getpid()}


def fail(*, retryable, wait=None, **_more):
    yield Step(0, 1, "ROWS")
    message = "The Hub does not answer: try again later."
    raise WorldFailure(ErrorCode.HUB_UNAVAILABLE, message, retryable=retryable, retry_after_seconds=wait)


def stumble(**_more):
    yield Step(0, 1, "ROWS")
    raise ZeroDivisionError("a bug")


def crash(**_more):
    yield Step(0, 1, "ROWS")
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(**_more):
    yield Step(0, 1, "ROWS")
    time.sleep(600)
    return {}


def print_noise(**_more):
    print("a library says hello")
    yield Step(1, 1, "ROWS")
    return {"said": True}


def overflow(*, target, **_more):
    yield Step(0, 1, "ROWS")
    for number in range(1000):
        Path(f"{target}-{number}").write_text("x" * 100_000)
    return {}


def write(**_more):
    yield Step(1, 1, "ROWS")
    return {"file": f"{uuid4().hex}.arrow"}


def find_damage(*, file, **_more):
    yield Step(0, 1, "PIECES")
    raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, f"{file} was damaged.", retryable=True, damaged=(file,))


def save_and_discard(**_more):
    yield Step(1, 2, "BYTES", committed=True)
    raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, "Not what was told.", retryable=True, discarded=True)


def blurt(*, how, token=None, **_more):
    """Tells its token in one way or another, as a careless library would."""
    print(f"asking with {token}")
    logging.getLogger("a.library").warning("headers: %s", {"Authorization": f"Bearer {token}"})
    yield Step(1, 1, "ROWS")
    if how == "failure":
        raise WorldFailure(ErrorCode.HUB_UNAVAILABLE, f"GET with Bearer {token} failed.")
    if how == "bug":
        raise ZeroDivisionError(f"Bearer {token}")
    environ = "\n".join(f"{name}={value}" for name, value in os.environ.items())
    command = Path("/proc/self/cmdline").read_text()
    return {
        "told": token,
        "length": len(token or ""),
        "outside": bool(token) and token in environ + command,
        "key": os.environ.get("MISTUDIO_SECRET_KEY"),
        "core_bytes": resource.getrlimit(resource.RLIMIT_CORE)[0],
    }


def fill(*, megabytes, **_more):
    """Leaves memory to the C library in pieces that it keeps, below one that is still in use."""
    held = [bytes(50_000) for _ in range(megabytes * 20)]
    KEPT.append(held[-1])
    yield Step(1, 1, "ROWS")
    return {"filled": len(held)}


def log_aloud(**_more):
    """Here, and in a thread as libraries start them."""
    thread = threading.Thread(target=logging.getLogger("a library").warning, args=("in a thread",))
    logging.getLogger("a library").warning("here")
    thread.start()
    thread.join()
    yield Step(1, 1, "ROWS")
    return {}
