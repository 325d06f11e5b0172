"""Documents over 1 MB: each is tokenized alone in a process that may need only so much memory for it.

The parent writes a line of JSON and the text, and reads a line of JSON and the ids. The process is started for the
first such document and ends by itself when no other comes.
"""

import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from tokenizers import Tokenizer

from domain.adapters.processes import PR_SET_PDEATHSIG
from workers.backend_engines import Choice, backend_choice
from workers.child import ChildDied
from workers.tokens import Engine, Ids

IDLE_SECONDS = 30.0
# A thread each would take address space that no document needs; an end for want of memory is nothing to trace.
ENVIRONMENT: Mapping[str, str] = {
    "RAYON_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "RUST_BACKTRACE": "0",
}
# How a process ends that got no memory: by Rust's abort, by touching what is not there, or by the kernel.
OUT_OF_MEMORY = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGKILL)
PAGE_BYTES = resource.getpagesize()


class TooLarge(Exception):  # noqa: N818  what happened, not a fault
    """The document needs more memory than it may have."""


class LargeDocuments:
    """The process of one tokenizer: `describe` gives {"json", "splitsSpecial"} of a Rust backend, or {"reference"}."""

    def __init__(self, describe: Callable[[], Mapping[str, Any]]) -> None:
        self._describe = describe
        self._process: subprocess.Popen[bytes] | None = None

    def encode(self, text: bytes, engine: str, memory: int) -> Ids:
        """The ids of a text by the engine of this name, with `memory` bytes to spare. Raises TooLarge."""
        ids = None
        while ids is None:
            ids = self._asked(self._running(), {"engine": engine, "memory": memory, "bytes": len(text)}, text)
        return ids

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workers.large_documents"],
                env={**os.environ, **ENVIRONMENT},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            _write(_open(self._process.stdin), self._describe())
        return self._process

    def _asked(self, process: "subprocess.Popen[bytes]", question: Mapping[str, Any], text: bytes) -> Ids | None:
        """The ids; None where the process ended just before, for want of work."""
        try:
            _write(_open(process.stdin), question, text)
            answer = _read_line(_open(process.stdout))
        except BrokenPipeError:
            answer = None
        if answer is not None and not answer["failed"]:
            return np.frombuffer(_open(process.stdout).read(answer["bytes"]), np.int32)
        code = process.wait() if answer is None else None
        if code in (None, *OUT_OF_MEMORY):
            raise TooLarge
        if code:
            raise ChildDied(f"the process for large documents ended with exit code {code}")
        return None


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _write(pipe: IO[bytes], line: Mapping[str, Any], raw: bytes = b"") -> None:
    pipe.write(json.dumps(line).encode() + b"\n")
    pipe.write(raw)
    pipe.flush()


def _read_line(pipe: IO[bytes]) -> dict[str, Any] | None:
    """What the other side says; None where it ended, be it in the middle of a line."""
    line = pipe.readline()
    said: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
    return said


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the pipe closes or nothing comes for a while."""
    described = _read_line(questions)
    choice = None if described is None else _choice(described)
    engines: dict[str, Engine] = {}
    while choice is not None and select.select([questions], [], [], IDLE_SECONDS)[0]:
        question = _read_line(questions)
        if question is None:
            return
        name = question["engine"]
        engines[name] = engines.get(name) or choice.named(name)
        _answer(engines[name], question, questions.read(question["bytes"]), answers)


def _answer(engine: Engine, question: Mapping[str, Any], raw: bytes, answers: IO[bytes]) -> None:
    _limit_memory(question["memory"])
    ids: bytes | None = None
    try:
        ids = engine.encode(pa.array([raw], pa.large_binary()).cast(pa.large_string())).ids.tobytes()
    except BaseException as failure:
        # where memory ends Python raises the one, Rust the other, which is no Exception
        if not isinstance(failure, MemoryError) and type(failure).__name__ != "PanicException":
            raise
    _limit_memory(None)
    _write(answers, {"failed": ids is None, "bytes": len(ids or b"")}, ids or b"")


def _choice(described: Mapping[str, Any]) -> Choice:
    if "reference" in described:
        # with transformers, which takes seconds to load and most tokenizers do without
        choice: Choice = import_module("workers.slow_engines").loaded_choice(described["reference"])
        return choice
    return backend_choice(Tokenizer.from_str(described["json"]), splits_special=described["splitsSpecial"])


def _limit_memory(more: int | None) -> None:
    """Address space for so many bytes more than there are now; None: as much as there is."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (hard if more is None else pages * PAGE_BYTES + more, hard))


def main() -> None:
    """`python -m workers.large_documents`: what libraries print goes to stderr, only answers to the pipe."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
