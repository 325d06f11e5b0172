"""Finds the answer to one question, in a warm child that is ended when its time is over.

A child that hangs, loops or crashes costs its own question, whatever native code it runs; the next finds a new child.
"""

import json
import logging
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Any
from uuid import uuid4

import redis

from domain.adapters.files import part_of, remove_tree
from domain.adapters.questions import Answer, error_of, job_error, try_again, waiting
from domain.adapters.secrets import Secrets
from domain.errors import ErrorCode, WorldFailure
from workers.child import Child, ChildBug, ChildDied
from workers.steps import Work

# So much earlier than its asker gives up, for the way back.
MARGIN_SECONDS = 0.5
# Of a process that ended in the middle: no question takes so long.
SCRATCH_LEFT_SECONDS = 600.0
MOST_ANSWER_BYTES = 4 * 1024 * 1024
SO_FAR = "so-far.json"

log = logging.getLogger("mistudio.questions")


@dataclass(frozen=True, slots=True)
class Call:
    """What a child is asked, and until when on the clock of `time.monotonic`."""

    function: str
    arguments: Mapping[str, Any]
    deadline: float


class Answering:
    """As many questions at once as there are children; the one that was used last is taken first, so it is warm."""

    def __init__(self, client: redis.Redis, secrets: Secrets, children: Sequence[Child], scratch: Path) -> None:
        self._client = client
        self._secrets = secrets
        self._children = children
        self._scratch = scratch
        self._idle: LifoQueue[Child] = LifoQueue()
        for child in reversed(children):
            self._idle.put(child)
        self._stopping = False

    def answer(self, function: str, question: str, asked: Mapping[str, Any]) -> Answer | None:
        """What the child finds out, an error in its place, or None where nobody waits any more.

        Of what was asked, `secret` is the handle of a token or None: the function is given the `token`. And it is given
        `work`, a scratch folder that is gone afterwards.
        """
        deadline = time.monotonic() + self._client.pttl(waiting(question)) / 1000 - MARGIN_SECONDS
        if deadline < time.monotonic():
            return None
        arguments = dict(asked)
        handle = arguments.pop("secret")
        arguments["token"] = handle and self._secrets.open(handle)
        if handle and arguments["token"] is None:
            return try_again("The token is not known here any more")
        child = self._idle.get()
        try:
            with self._scratch_folder() as work:
                call = Call(function, arguments | {"work": str(work)}, deadline)
                return _bounded(function, self._call(child, call))
        finally:
            self._idle.put(child)

    def stop(self) -> None:
        """End what is in hand, with an answer that says so."""
        self._stopping = True
        for child in self._children:
            child.kill()

    def _call(self, child: Child, call: Call) -> Answer:
        timer = threading.Timer(call.deadline - time.monotonic(), child.kill)
        timer.start()
        try:
            return _result(child.call(call.function, call.arguments))
        except WorldFailure as failure:
            return {"error": error_of(failure)}
        except ChildBug as bug:
            return internal(call.function, str(bug))
        except ChildDied as death:
            return self._cut_short(call, death)
        finally:
            timer.cancel()
            if not self._stopping:
                child.start()

    def _cut_short(self, call: Call, death: ChildDied) -> Answer:
        """What was found out until then, with the error that it named itself, or else why there is no more."""
        so_far = _so_far(Path(call.arguments["work"]))
        if self._stopping or time.monotonic() >= call.deadline:
            message = "Not all of it could be found out in time: ask again in a moment."
            return {"error": job_error(ErrorCode.TRY_AGAIN, message, retryable=True)} | so_far
        message = f"Not all of it could be found out, for {death}: ask again, and look into the log if that stays so."
        return {"error": job_error(ErrorCode.WORKER_LOST, message, retryable=True)} | so_far

    @contextmanager
    def _scratch_folder(self) -> Generator[Path]:
        """A folder of this question, gone at its end; those of processes that were killed go with a later one."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        for left in self._scratch.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > SCRATCH_LEFT_SECONDS:
                    remove_tree(left)
        folder = self._scratch / uuid4().hex
        folder.mkdir()
        try:
            yield folder
        finally:
            remove_tree(folder)


def _result(work: Work) -> Answer:
    while True:
        try:
            next(work)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def keep_so_far(work: Path, answer: Answer) -> None:
    """For a function to call: what it has found out, should it not come to its end. `work` is what it was given."""
    part = part_of(work / SO_FAR)
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.replace(work / SO_FAR)


def _so_far(work: Path) -> Answer:
    with suppress(FileNotFoundError):
        answer: Answer = json.loads((work / SO_FAR).read_text(encoding="utf-8"))
        return answer
    return {}


def _bounded(function: str, answer: Answer) -> Answer:
    size = len(json.dumps(answer))
    return answer if size <= MOST_ANSWER_BYTES else internal(function, f"an answer of {size} bytes")


def internal(function: str, why: str) -> Answer:
    """The answer where the fault is ours; `why` is for the log alone."""
    error_id = uuid4().hex
    log.error("error %s in %s: %s", error_id, function, why)
    message = f"Something went wrong inside. The log has the details under error {error_id}."
    return {"error": job_error(ErrorCode.INTERNAL, message, error_id=error_id)}
