"""What the Hub's refusals are in our words: every answer that is none becomes a WorldFailure that says what to do."""

import math
import re
import time
from email.utils import parsedate_to_datetime

import httpx
from httpx import codes

from domain.errors import ErrorCode, WorldFailure

# How the Hub tells, beside `Retry-After` or instead of it, in how many seconds it counts requests anew.
RATE_LIMIT_ENDS = re.compile(r"\bt=(?P<seconds>[0-9]+)")
# What a host of files answers when the address that the Hub signed has expired or is unknown to it.
OF_AN_ADDRESS = {codes.UNAUTHORIZED, codes.FORBIDDEN, codes.NOT_FOUND, codes.GONE}


class RangeRefused(WorldFailure):
    """The file of the server ends before the byte that was asked for (416)."""

    def __init__(self) -> None:
        message = "The file at the Hub is shorter than the Hub's list says: retry later."
        super().__init__(ErrorCode.HUB_UNAVAILABLE, message, retryable=True)


class AddressRefused(WorldFailure):
    """The host that keeps the files does not take the address that the Hub signed: it expired, as they do."""

    def __init__(self, host: str, status: int) -> None:
        message = f"{host}, where the Hub keeps its files, answers {status} to the address that the Hub gave: retry."
        super().__init__(ErrorCode.HUB_UNAVAILABLE, message, retryable=True)


def refusal(response: httpx.Response, repository: str, *, of_hub: bool, with_token: bool) -> WorldFailure:
    """The failure that an answer without success stands for. `of_hub`: the Hub itself gave it, not a host of files."""
    status = response.status_code
    if status == codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        return RangeRefused()
    if status == codes.TOO_MANY_REQUESTS:
        return _rate_limited(response)
    if status == codes.REQUEST_TIMEOUT or status >= codes.INTERNAL_SERVER_ERROR:
        wait = _asked_wait(response)
        return later(ErrorCode.HUB_UNAVAILABLE, f"The Hub answers {status}: retry later.", retry_after_seconds=wait)
    if not of_hub and status in OF_AN_ADDRESS:
        return AddressRefused(response.request.url.host, status)
    return _denied(response, repository, with_token=with_token)


def later(code: ErrorCode, message: str, *, retry_after_seconds: float | None = None) -> WorldFailure:
    """A failure after which the same call may work."""
    return WorldFailure(code, message, retryable=True, retry_after_seconds=retry_after_seconds)


def _rate_limited(response: httpx.Response) -> WorldFailure:
    wait = _asked_wait(response)
    advice = f"wait {math.ceil(wait)} s" if wait is not None else "wait some minutes"
    message = f"The Hub asks for fewer requests: {advice}, or give a token."
    return later(ErrorCode.RATE_LIMITED, message, retry_after_seconds=wait)


def _asked_wait(response: httpx.Response) -> float | None:
    """Seconds by `Retry-After`, which counts them or names a date, else by the Hub's `RateLimit`."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        told = RATE_LIMIT_ENDS.search(response.headers.get("RateLimit", ""))
        return float(told["seconds"]) if told else None


def _denied(response: httpx.Response, repository: str, *, with_token: bool) -> WorldFailure:
    code, status = response.headers.get("X-Error-Code"), response.status_code
    if code == "RevisionNotFound":
        asked = response.request.url.path.partition("/revision/")[2]
        message = f"{repository} has no revision {asked}: name a branch, a tag or a commit of it."
        return WorldFailure(ErrorCode.REVISION_NOT_FOUND, message)
    if code == "EntryNotFound":
        message = f"A file is no longer in this commit of {repository}: download it anew."
        return WorldFailure(ErrorCode.REVISION_NOT_FOUND, message)
    if code == "GatedRepo" or status == codes.FORBIDDEN:
        return _access(repository, with_token=with_token)
    if status == codes.UNAUTHORIZED and code != "RepoNotFound":
        return _access(repository, with_token=with_token)
    if status in (codes.UNAUTHORIZED, codes.NOT_FOUND):
        return _unknown(repository, with_token=with_token)
    return WorldFailure(ErrorCode.HUB_UNAVAILABLE, f"The Hub answers {status} about {repository}: check the name.")


def _unknown(repository: str, *, with_token: bool) -> WorldFailure:
    """The Hub tells a repository that one may not see from one that is not there to nobody."""
    token = "another token that reads it" if with_token else "a token that reads it"
    message = f"{repository} is not on the Hub, or private: give {token}, or check the name."
    return WorldFailure(ErrorCode.REPOSITORY_NOT_FOUND, message)


def _access(repository: str, *, with_token: bool) -> WorldFailure:
    if not with_token:
        message = f"{repository} wants to know who reads it: accept its terms on the Hub, and give a token."
        return WorldFailure(ErrorCode.AUTHENTICATION_REQUIRED, message)
    message = f"This token may not read {repository}: ask for access on its page at the Hub, or give another token."
    return WorldFailure(ErrorCode.ACCESS_DENIED, message)
