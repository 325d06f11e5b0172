"""Finds the answer to one question, in a warm child that is ended when its time is over.

A child that hangs, loops or crashes costs its own question, whatever native code it runs; the next finds another child.
Getting warm is no part of a question's time: where a busy machine takes long for it, the child is left to it.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, LifoQueue, SimpleQueue
from typing import Any
from uuid import uuid4

import redis

from domain.adapters.files import part_of, remove_tree
from domain.adapters.questions import Answer, error_of, job_error, try_again, waiting
from domain.adapters.redaction import Redaction
from domain.adapters.secrets import Secrets
from domain.errors import ErrorCode, WorldFailure
from workers.child import Child, ChildBug, ChildDied
from workers.steps import Step, Work

# So much earlier than its asker gives up, for the way back.
MARGIN_SECONDS = 0.5
# Of a process that ended in the middle: no question takes so long.
SCRATCH_LEFT_SECONDS = 600.0
MOST_ANSWER_BYTES = 4 * 1024 * 1024
POLL_SECONDS = 0.05
WARM_AGAIN_AFTER_SECONDS = 1.0
SO_FAR = "so-far.json"
# Beside the questions, what every child is asked.
READY: Mapping[str, str] = {"ready": "workers.answering"}

log = logging.getLogger("mistudio.questions")


@dataclass(frozen=True, slots=True)
class Call:
    """What a child is asked, and until when on the clock of `time.monotonic`."""

    function: str
    arguments: Mapping[str, Any]
    deadline: float
    token: str | None = field(repr=False)


class Answering:
    """As many questions at once as there are children. One is warmed up when no warm one is idle, not before."""

    def __init__(self, client: redis.Redis, secrets: Secrets, children: Sequence[Child], scratch: Path) -> None:
        self._client = client
        self._secrets = secrets
        self._scratch = scratch
        self._children = children
        self._cold = deque(children)
        self._idle: LifoQueue[Child] = LifoQueue()  # the warm ones: who was used last is taken first
        self._to_warm: SimpleQueue[Child | None] = SimpleQueue()
        self._stopping = False
        self._warming = threading.Thread(target=self._warm_up, daemon=True)
        self._warming.start()

    def answer(self, function: str, question: str, asked: Mapping[str, Any]) -> Answer | None:
        """What the child finds out, an error in its place, or None where nobody waits any more.

        Of what was asked, `secret` is the handle of a token or None: the function is given the `token`, if any. And it
        is given `work`, a scratch folder that is gone afterwards.
        """
        deadline = time.monotonic() + self._client.pttl(waiting(question)) / 1000 - MARGIN_SECONDS
        if deadline < time.monotonic():
            return None
        arguments = dict(asked)
        handle = arguments.pop("secret")
        token = handle and self._secrets.open(handle)
        if handle and token is None:
            return try_again("The token is not known here any more")
        child = self._take(deadline)
        if child is None:
            return try_again("Who answers is still getting ready")
        try:
            with self._scratch_folder() as work:
                call = Call(function, arguments | {"work": str(work)}, deadline, token)
                return _bounded(function, self._call(child, call))
        finally:
            self._give_back(child)

    def warm_up(self) -> None:
        """Make one more child ready, if there is one that is not, while the caller goes on."""
        with suppress(IndexError):
            self._to_warm.put(self._cold.popleft())

    def stop(self) -> None:
        """End what is in hand, with an answer that says so."""
        self._stopping = True
        self._to_warm.put(None)
        while self._warming.is_alive():  # it may be about to start a child
            for child in self._children:
                child.kill()
            self._warming.join(POLL_SECONDS)
        for child in self._children:
            child.kill()

    def _take(self, deadline: float) -> Child | None:
        """A warm child, as soon as there is one; None where there is none in time."""
        with suppress(Empty):
            return self._idle.get_nowait()
        self.warm_up()
        with suppress(Empty):
            return self._idle.get(timeout=max(0.0, deadline - time.monotonic()))
        return None

    def _warm_up(self) -> None:
        """One after the other, in a thread that stays: a child ends with the thread that has started it."""
        while (child := self._to_warm.get()) and not self._stopping:
            try:
                _result(child.call("ready", {}))
                self._idle.put(child)
            except (ChildBug, ChildDied) as trouble:
                log.warning("a child did not get warm: %s", trouble)
                self._cold.append(child)
            except Exception:  # the shell of the thread: without it no child would get warm any more
                log.exception("a child did not get warm")
                self._cold.append(child)
                time.sleep(WARM_AGAIN_AFTER_SECONDS)

    def _give_back(self, child: Child) -> None:
        if child.lives:
            self._idle.put(child)
        else:
            self._cold.append(child)
            self.warm_up()

    def _call(self, child: Child, call: Call) -> Answer:
        timer = threading.Timer(call.deadline - time.monotonic(), child.kill)
        timer.start()
        try:
            return _result(child.call(call.function, call.arguments, call.token))
        except WorldFailure as failure:
            return {"error": error_of(failure)}
        except ChildBug as bug:
            return internal(call.function, str(bug))
        except ChildDied as death:
            return self._cut_short(call, death)
        finally:
            timer.cancel()

    def _cut_short(self, call: Call, death: ChildDied) -> Answer:
        """What was found out until then, with the error that it named itself, or else why there is no more."""
        so_far: Answer = Redaction([call.token]).data(_so_far(Path(call.arguments["work"])))
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


def ready() -> Work:
    """What a child is asked first: it answers once it is warm."""
    yield Step(0, None, "PIECES")
    return {}


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
