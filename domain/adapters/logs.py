"""One log format for all rooms. What a process writes to stderr goes through here, so that no token is shown in it.

A program reads it as JSON, a line for each record; a person at a terminal reads the same as text.
"""

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from domain.adapters.redaction import Redaction

AUTO, JSON, TEXT = "auto", "json", "text"
FORMATS = (AUTO, JSON, TEXT)
FORMAT_VARIABLE = "MISTUDIO_LOG_FORMAT"
LINE = "%(asctime)s %(name)s %(levelname)s %(message)s"
STDERR = 2

_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)
_correlation_of_all: str | None = None


@contextmanager
def correlated(correlation_id: str | None) -> Iterator[None]:
    """What is logged within belongs to this story: the same as the correlation id of its events."""
    before = _correlation.set(correlation_id)
    try:
        yield
    finally:
        _correlation.reset(before)


@contextmanager
def all_correlated(correlation_id: str | None) -> Iterator[None]:
    """The same for every thread of a process that does one thing at a time, those of libraries included."""
    global _correlation_of_all  # noqa: PLW0603  threads that others start inherit no ContextVar
    _correlation_of_all = correlation_id
    try:
        yield
    finally:
        _correlation_of_all = None


def correlation_id() -> str | None:
    """The story that what is done here and now belongs to, where it belongs to one."""
    return _correlation.get() or _correlation_of_all


def told(**facts: Any) -> dict[str, Any]:
    """As the `extra` of a record: facts that are members of its JSON."""
    return {"facts": facts}


class RedactedStream(io.TextIOWrapper):
    """A stream whose texts lose the operator's token, and the one that was learned last."""

    def learn(self, token: str | None) -> None:
        """Keep this token out from now on; None: the operator's alone."""
        self.redaction = Redaction([token, os.environ.get("HF_TOKEN")])

    def write(self, text: str) -> int:
        return super().write(self.redaction.text(text))


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Its texts lose tokens before they are spelled as JSON."""

    def __init__(self, room: str, stream: RedactedStream) -> None:
        super().__init__()
        self._room = room
        self._stream = stream

    def format(self, record: logging.LogRecord) -> str:
        """As logging has it."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "room": self._room,
            "process": record.process,
            "logger": record.name,
            "message": record.getMessage(),
            "correlationId": correlation_id(),
            **getattr(record, "facts", {}),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        kept = {name: value for name, value in line.items() if value is not None}
        return json.dumps(self._stream.redaction.data(kept), default=str)


def begin_logging(room: str) -> RedactedStream:
    """What a process of ours does first; its starter keeps its stderr as the log. `room` says what it is."""
    stream = RedactedStream(os.fdopen(STDERR, "wb", closefd=False), "utf-8", "backslashreplace", line_buffering=True)
    stream.learn(None)
    sys.stderr = stream
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(room, stream) if _is_json() else logging.Formatter(LINE))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_the_end
    threading.excepthook = _log_the_end_of_a_thread
    # they tell every request with its address
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return stream


def _is_json() -> bool:
    asked = os.environ.get(FORMAT_VARIABLE) or AUTO
    return asked == JSON or (asked != TEXT and not os.isatty(STDERR))


def _log_the_end(kind: type[BaseException], bug: BaseException, trace: Any) -> None:
    logging.getLogger("mistudio").critical("ended by %s: %s", kind.__name__, bug, exc_info=(kind, bug, trace))


def _log_the_end_of_a_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is SystemExit:
        return
    name = ended.thread.name if ended.thread else "a thread"
    trace = None if ended.exc_value is None else (ended.exc_type, ended.exc_value, ended.exc_traceback)
    logging.getLogger("mistudio").critical("%s ended by %s", name, ended.exc_type.__name__, exc_info=trace)


def words_of(line: str) -> str:
    """What a line of a log says to a person, in either format."""
    try:
        message = json.loads(line)["message"]
    except (ValueError, TypeError, KeyError):
        return line.strip()
    return str(message)
