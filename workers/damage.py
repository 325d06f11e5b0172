"""What is wrong with a source file, said so that it can be found: the file, the line or row, the reader's complaint."""

import codecs
import json
import lzma
import os
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import PurePosixPath
from typing import IO, Any

import pyarrow as pa

from domain.adapters.files import STORAGE_FULL
from domain.errors import ErrorCode, WorldFailure
from workers.bounded_bytes import LONGEST_LINE_BYTES

# How the readers of `datasets` fail over what is in a file; pa.ArrowInvalid, bad JSON and failed casts are ValueErrors.
# An OSError is one of them where it has no number: see `refuse_fault`.
UNREADABLE = (
    *(ValueError, TypeError, KeyError, EOFError, RecursionError, NotImplementedError, OSError, OverflowError),
    *(pa.ArrowException, zlib.error, lzma.LZMAError),
)
# Arrow says "not UTF-8" in several ways, Python in one.
ENCODING_COMPLAINTS = ("utf8", "utf-8")
PLACES_TOLD = 100
REASON_CHARACTERS = 200


@dataclass(slots=True)
class Skips:
    """What was left out: how many rows (1 for what nobody can count), and of the first of them where and why."""

    rows: int = 0
    places: list[dict[str, str]] = field(default_factory=list)

    def add(self, file: str, place: str, reason: str, rows: int = 1) -> None:
        """So many rows at a place ("line 7") of a file."""
        self.rows += rows
        if len(self.places) < PLACES_TOLD:
            self.places.append({"file": file, "place": place, "reason": reason[:REASON_CHARACTERS]})

    def told(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"rows": self.rows, "places": self.places}

    def copy(self) -> "Skips":
        """As it is now."""
        return Skips(self.rows, list(self.places))


def reason_of(error: BaseException) -> str:
    """The first line of what a reader complains of."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def refuse_fault(path: str, error: BaseException) -> None:
    """Raises what is no matter of a file's content: TRY_AGAIN where it could not be read at all. A full disk stays what
    it is, for who writes there tells it.

    What the system fails with has a number; what readers complain of in a file has none.
    """
    if not isinstance(error, OSError) or error.errno is None:
        return
    if error.errno in STORAGE_FULL:
        raise error
    message = (
        f"{path} could not be read ({os.strerror(error.errno)}), whatever is in it: check the disk or the mount of the "
        "storage, then retry."
    )
    raise WorldFailure(ErrorCode.TRY_AGAIN, message, retryable=True) from error


@contextmanager
def told_of(path: str, rows: int, place_of: Callable[[ErrorCode], str | None], read: str = "read") -> Generator[None]:
    """What a reader raises over the content of a file, as a failure of the world that names it.

    The place is what `place_of` finds for the code, or the rows that could be read before; `read` says how it was read.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        refuse_fault(path, error)
        reason = reason_of(error)
        encoding = isinstance(error, UnicodeDecodeError) or any(hint in reason.lower() for hint in ENCODING_COMPLAINTS)
        code = ErrorCode.INVALID_ENCODING if encoding else ErrorCode.CORRUPT_DATA
        place = place_of(code) or f"after row {rows:,}"
        if encoding:
            found, repair = f"{path} holds text that is not UTF-8 {place}", "convert it to UTF-8"
        else:
            found, repair = f"{path} cannot be {read} {place}", "repair or leave out the file"
        message = f"{found}: {repair}, or skip what is bad with onError: SKIP. ({reason})"
        raise WorldFailure(code, message) from error


def numbered_lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines of a binary file with their ends, counted from 1; of one that is too long only a byte more than may
    be."""
    at_once = LONGEST_LINE_BYTES + 1
    for number, line in enumerate(iter(partial(file.readline, at_once), b""), start=1):
        part = line
        while len(part) == at_once and not part.endswith(b"\n"):
            part = file.readline(at_once)
        yield number, line


def is_too_long(line: bytes) -> bool:
    """Whether only the front of a line was read."""
    return len(line) > LONGEST_LINE_BYTES and not line.endswith(b"\n")


def undecodable_line(file: IO[bytes], encoding: str) -> int | None:
    """The first line that is not in the encoding, None where none can be told."""
    if not has_plain_lines(encoding):
        return None
    return next((number for number, line in numbered_lines(file) if complaint(line.decode, encoding)), None)


def unparsable_line(file: IO[bytes], path: str) -> int | None:
    """The first line of JSON lines that is no object; None for other JSON."""
    numbered = numbered_lines(file)
    number, first = next(numbered, (1, b""))
    if not are_json_lines(first, path):
        return None
    bad = (number for number, line in chain([(number, first)], numbered) if line.strip() and json_complaint(line))
    return next(bad, None)


def are_json_lines(first: bytes, path: str) -> bool:
    """Is a file with this first line and name JSON lines, rather than one document? Damage may be in the first."""
    named = any(suffix in (".jsonl", ".ndjson") for suffix in PurePosixPath(path).suffixes)
    return not first.startswith(b"[") and (named or json_complaint(first) is None)


def json_complaint(line: bytes) -> str | None:
    """Why a line is not an object of JSON by itself."""
    return complaint(_object_of, line)


def _object_of(line: bytes) -> dict[str, Any]:
    found = json.loads(line.decode("utf-8").removeprefix("\ufeff"))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def complaint(read: Callable[..., object], *given: object) -> str | None:
    """Why reading fails, None where it does not."""
    try:
        read(*given)
    except (ValueError, TypeError, RecursionError) as error:
        return reason_of(error)
    return None


def has_plain_lines(encoding: str) -> bool:
    """Does a byte of a line's end stand for one in this encoding? It does not in UTF-16."""
    try:
        return codecs.encode("\n", encoding) == b"\n"
    except LookupError:
        return False
