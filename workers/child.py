"""The warm child that does native work, and the parent's hold on it.

The parent writes one JSON line for each call and reads JSON lines: steps, then a result, a failure of the world, or a
bug. A token goes this way and no other, and whatever comes back goes without it. The child lives in a process of its
own, so a crash of native code is a failed attempt and a cancel is a kill.
"""

import ctypes
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from domain.adapters.files import full_storage_is_told
from domain.adapters.logs import RedactedStream, all_correlated, begin_logging, correlation_id
from domain.adapters.processes import PR_SET_PDEATHSIG, end_first
from domain.adapters.redaction import Redaction
from domain.adapters.spare_memory import give_back
from domain.errors import ErrorCode, WorldFailure
from workers.functions import FUNCTIONS
from workers.steps import Step, Work

# Jobs never take the cores from the API, the database and the dispatcher.
NICENESS = 5
KILLED_WITHIN_SECONDS = 5
IDLE_AFTER_SECONDS = 1.0

# Libraries in a child advise nobody and phone nowhere, and use large pages, unless the environment says so.
ENVIRONMENT: Mapping[str, str] = {
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    # An index build looks up every word of a text in tables of many MB: in pages of 2 MB that is 10 % quicker.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
WRITTEN = ("target", "final", "work")  # the arguments that name what a function writes
# What a child, with all that libraries do in it, has no need of.
WITHHELD = ("MISTUDIO_SECRET_KEY",)


class ChildDied(Exception):  # noqa: N818  what happened, not a fault of the caller
    """The child ended in the middle of a call; the message names the signal or exit code."""


class ChildBug(Exception):  # noqa: N818  what happened, not a fault of the caller
    """The function raised what it should not; the message is its traceback."""


class Child:
    """One child process, started when first needed and after it died. One call at a time; `kill` from any thread."""

    def __init__(
        self, functions: Mapping[str, str] = FUNCTIONS, warm: Sequence[str] = (), niceness: int = NICENESS
    ) -> None:
        self._options = json.dumps({"functions": dict(functions), "warm": list(warm), "niceness": niceness})
        self._process: subprocess.Popen[str] | None = None
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the process where none lives; it warms up while the caller goes on."""
        with self._starting:
            if self._process is None or self._process.poll() is not None:
                self._close_pipes()
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "workers.child", self._options],
                    env={**ENVIRONMENT, **{name: os.environ[name] for name in os.environ if name not in WITHHELD}},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                )

    def call(
        self, function: str, arguments: Mapping[str, Any], token: str | None = None
    ) -> Generator[Step, None, dict[str, Any]]:
        """Run a function: yields its steps, returns its result. Raises WorldFailure, ChildBug, ChildDied.

        A `token` is the function's argument of that name.

        A call that is left before its end (close the generator) kills the child: what it would still say belongs to
        this call, and must not be taken for the answer to the next.
        """
        self.start()
        process = self._process
        assert process is not None
        answered = False
        try:
            for answer in self._answers(process, _question(function, arguments, token)):
                if "step" not in answer:
                    answered = True
                    return _result(answer)
                yield Step(**answer["step"])
        finally:
            if not answered:
                self.kill()
        raise ChildDied(self._epitaph(process))

    def _answers(self, process: subprocess.Popen[str], question: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """What the child says, line by line; a line without its end was cut off by its death."""
        self._ask(process, question)
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("\n"):
                yield json.loads(line)

    def _ask(self, process: subprocess.Popen[str], question: Mapping[str, Any]) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise ChildDied(self._epitaph(process)) from None

    def _epitaph(self, process: subprocess.Popen[str]) -> str:
        try:
            code = process.wait(KILLED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait(KILLED_WITHIN_SECONDS)
        if code < 0:
            return f"the working process was ended by {signal.Signals(-code).name}"
        return f"the working process ended with exit code {code}"

    @property
    def pid(self) -> int | None:
        """The process id while there is one."""
        return self._process.pid if self._process else None

    @property
    def lives(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End the process at once, whatever native code it runs."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(KILLED_WITHIN_SECONDS)

    def close(self) -> None:
        """Kill, and give back the pipes."""
        self.kill()
        self._close_pipes()

    def _close_pipes(self) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    _close(pipe)


def _question(function: str, arguments: Mapping[str, Any], token: str | None) -> dict[str, Any]:
    given = {} if token is None else {"token": token}
    return {"function": function, "arguments": {**arguments, **given}, "correlationId": correlation_id()}


def _close(pipe: IO[str]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # unsent bytes of a call to a dead child
        return


def _result(answer: Mapping[str, Any]) -> dict[str, Any]:
    if "failure" in answer:
        failure = answer["failure"]
        code, message = ErrorCode(failure.pop("code")), failure.pop("message")
        raise WorldFailure(code, message, **failure | {"damaged": tuple(failure["damaged"])})
    if "bug" in answer:
        raise ChildBug(answer["bug"])
    result: dict[str, Any] = answer["result"]
    return result


def serve(
    functions: Mapping[str, str],
    warm: Sequence[str],
    questions: IO[str],
    tell: Callable[[dict[str, Any]], None],
    log: RedactedStream,
) -> None:
    """Answer calls until the pipe closes; the process ends with it, even in the middle of a call."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(questions, waiting), daemon=True).start()
    for module in warm:
        import_module(module)
    before = None
    while True:
        question = _next(waiting)
        log.learn(question["arguments"].get("token"))
        if question["function"] != before:
            give_back()  # what pieces of one kind need they need again, work of another kind does not
        before = question["function"]
        with all_correlated(question["correlationId"]):
            told = _answer(functions, question, tell, log.redaction)
        tell(told)


def _next(waiting: "queue.SimpleQueue[dict[str, Any]]") -> dict[str, Any]:
    """The next call; a process that waits for it holds on to nothing."""
    try:
        return waiting.get(timeout=IDLE_AFTER_SECONDS)
    except queue.Empty:
        give_back()
    return waiting.get()


def _read(questions: IO[str], waiting: "queue.SimpleQueue[dict[str, Any]]") -> None:
    for line in questions:
        waiting.put(json.loads(line))
    os._exit(0)


def _answer(
    functions: Mapping[str, str],
    question: Mapping[str, Any],
    tell: Callable[[dict[str, Any]], None],
    redaction: Redaction,
) -> dict[str, Any]:
    name = question["function"]
    try:
        work: Work = getattr(import_module(functions[name]), name)(**question["arguments"])
        with full_storage_is_told(_place(question["arguments"])):
            return {"result": redaction.data(_drive(work, tell))}
    except WorldFailure as failure:
        names = ("code", "retryable", "discarded", "damaged", "retry_after_seconds")
        told = {name: getattr(failure, name) for name in names}
        return {"failure": told | {"message": redaction.text(failure.message)}}
    except Exception:  # noqa: BLE001  the shell of the child: every bug is told to the parent
        return {"bug": redaction.text(traceback.format_exc())}


def _place(arguments: Mapping[str, Any]) -> Path:
    """A folder that is there, on the disk that a function writes to."""
    told = Path(next((arguments[name] for name in WRITTEN if name in arguments), "."))
    return next(folder for folder in told.absolute().parents if folder.is_dir())


def _drive(work: Work, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            result: dict[str, Any] = end.value
            return result
        told = {"done": step.done, "total": step.total, "unit": step.unit, "committed": step.committed}
        tell({"step": told})


def main() -> None:
    """`python -m workers.child OPTIONS`: what libraries print goes to stderr, only answers to the pipe."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the token
    options = json.loads(sys.argv[1])
    os.nice(options["niceness"])
    end_first()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    log = sys.stdout = begin_logging("child")

    def tell(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    serve(options["functions"], options["warm"], sys.stdin, tell, log)


if __name__ == "__main__":
    main()
