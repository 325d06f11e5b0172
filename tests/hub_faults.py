"""What a test asks of the Hub to go wrong, what the Hub logs, and how it says no."""

from dataclasses import dataclass, field
from fnmatch import fnmatch
from threading import Event

from tests.snapshots import Commit

HUB, BLOBS = "hub", "blobs"


@dataclass
class Fault:
    """What goes wrong with requests whose path fits a pattern of `fnmatch`, the next `times` times (None: always).

    `host`: at the Hub, at the host of its large files, or (None) at both. A fault of a body waits for a request that is
    answered with one: a redirect to the signed address does not use it up.
    """

    path: str
    times: int | None = None
    method: str = "GET"
    host: str | None = None
    status: int | None = None  # answer with this status instead
    headers: dict[str, str] = field(default_factory=dict)
    redirect: str | None = None  # 302 to this address
    held: Event | None = None  # no answer before it is set
    stall_seconds: float = 0.0  # before the answer, or in its body
    stall_after: int | None = None  # bytes of the body before the stall
    cut_after: int | None = None  # bytes of the body, then the connection closes
    damage_at: int | None = None  # the byte of the file that is sent wrong
    ignore_range: bool = False
    etag: str | None = None  # another one than the file's
    size: int | None = None  # the file as though it had so many bytes: cut, or zeros added

    @property
    def is_of_body(self) -> bool:
        is_late = self.held or (self.stall_seconds and self.stall_after is None)
        return self.status is None and self.redirect is None and not is_late

    def fits(self, method: str, path: str, host: str, *, of_body: bool) -> bool:
        there = self.host in (None, host) and self.method in (method, "*") and fnmatch(path, self.path)
        return there and self.times != 0 and self.is_of_body == of_body


@dataclass
class Request:
    """One line of the log; `sent` counts the bytes of the body while they are written, `at_once` the bodies that were
    on their way when it began, itself among them."""

    host: str
    method: str
    path: str
    range: str | None
    authorization: str | None
    status: int = 0
    sent: int = 0
    at_once: int = 0


class Refusal(Exception):  # noqa: N818  the word of the answer
    """An answer that is an error, said as the Hub says it."""

    def __init__(self, status: int, code: str, message: str, commit: Commit | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {"X-Error-Code": code, "X-Error-Message": message}
        self.headers |= {"X-Repo-Commit": commit.sha} if commit else {}


class Moved(Exception):  # noqa: N818  the word of the answer
    """The repository has another name now; `location` is where what was asked for is."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location
