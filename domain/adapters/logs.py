"""One log format for all rooms. What a process writes to stderr goes through here, so that no token is shown in it."""

import io
import logging
import os
import sys

from domain.adapters.redaction import Redaction

FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s"
STDERR = 2


class RedactedStream(io.TextIOWrapper):
    """A stream whose texts lose the operator's token, and the one that was learned last."""

    def learn(self, token: str | None) -> None:
        """Keep this token out from now on; None: the operator's alone."""
        self.redaction = Redaction([token, os.environ.get("HF_TOKEN")])

    def write(self, text: str) -> int:
        return super().write(self.redaction.text(text))


def begin_logging() -> RedactedStream:
    """What a process of ours does first; its starter keeps its stderr as the log."""
    stream = RedactedStream(os.fdopen(STDERR, "wb", closefd=False), "utf-8", "backslashreplace", line_buffering=True)
    stream.learn(None)
    sys.stderr = stream
    logging.basicConfig(level=logging.INFO, format=FORMAT, stream=stream)
    logging.captureWarnings(capture=True)
    # they tell every request with its address
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return stream
