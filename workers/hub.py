"""Talks to the Hub: what a repository is, which files a commit holds, and their bytes from any position.

Every failure is a WorldFailure whose message says what to do. Nothing is tried twice here: retries are the domain's.
"""

import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from httpx import codes

from domain.errors import ErrorCode, WorldFailure

DEFAULT_ENDPOINT = "https://huggingface.co"
CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
CONTENT_RANGE = re.compile(r"bytes (?P<first>[0-9]+)-[0-9]+/(?P<total>[0-9]+|\*)")
AGENT = {"User-Agent": "mistudio-datasets", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit. `sha256` is there where the Hub keeps the file as LFS; `git_oid` names its git blob."""

    path: str
    size: int
    sha256: str | None
    git_oid: str | None


@dataclass(frozen=True, slots=True)
class Body:
    """The answer to a request for content: it begins at byte `start` of a file of `total` bytes (None: not said)."""

    start: int
    total: int | None
    blocks: Iterator[bytes]


class RangeRefused(WorldFailure):
    """The file of the server ends before the byte that was asked for (416)."""

    def __init__(self) -> None:
        message = "The file at the Hub is shorter than the Hub's list says: retry later."
        super().__init__(ErrorCode.HUB_UNAVAILABLE, message, retryable=True)


class Hub:
    """A connection to HF_ENDPOINT with the token of one download, or else HF_TOKEN; a context manager.

    Tokens that other tools have saved on this machine are never used.
    """

    def __init__(self, token: str | None = None) -> None:
        self.endpoint = (os.environ.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")
        self.token = _usable(token or os.environ.get("HF_TOKEN") or None)
        headers = AGENT | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        # a redirect to another host goes without Authorization: httpx sees to it, a test of ours too
        self._client = httpx.Client(headers=headers, timeout=timeout, follow_redirects=True)

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def dataset(self, repository: str, revision: str) -> dict[str, Any]:
        """The Hub's description at a branch, tag or commit: `sha`, `gated`, `cardData`, ... as it words them."""
        answer = self._json(f"{self._api(repository)}/revision/{quote(revision, safe='')}", repository)
        if not isinstance(answer, dict) or not isinstance(answer.get("sha"), str):
            raise self._strange(repository)
        return answer

    def files(self, repository: str, commit: str) -> Iterator[Entry]:
        """Every file of a commit, page by page."""
        url: str | None = f"{self._api(repository)}/tree/{commit}?recursive=true&expand=false"
        while url:
            with self._get(url, repository) as response:
                page = self._decoded(response, repository)
                url = response.links.get("next", {}).get("url")
            if not isinstance(page, list) or not (url or self.endpoint).startswith(self.endpoint):
                raise self._strange(repository)
            yield from (_entry(item) for item in page if item["type"] == "file")

    def read(self, repository: str, commit: str, path: str) -> bytes:
        """A small file whole."""
        with self._get(self._address(repository, commit, path), repository) as response:
            return response.read()

    @contextmanager
    def content(self, repository: str, commit: str, path: str, start: int = 0) -> Generator[Body]:
        """A file from byte `start` to its end in one streaming request; a server may begin at 0 all the same.

        Raises RangeRefused. A connection that breaks inside the block is HUB_UNAVAILABLE too.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._get(self._address(repository, commit, path), repository, headers) as response:
            extent = _extent(response)
            if extent is None or extent[0] not in (0, start):
                raise self._strange(repository)
            yield Body(*extent, response.iter_raw())

    def _api(self, repository: str) -> str:
        return f"{self.endpoint}/api/datasets/{repository}"

    def _address(self, repository: str, commit: str, path: str) -> str:
        return f"{self.endpoint}/datasets/{repository}/resolve/{commit}/{quote(path)}"

    @contextmanager
    def _get(self, url: str, repository: str, headers: dict[str, str] | None = None) -> Generator[httpx.Response]:
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                if not response.is_success:
                    self._refuse(response, repository)
                yield response
        except (httpx.RequestError, httpx.InvalidURL) as error:
            message = f"The Hub at {self.endpoint} cannot be reached or broke off ({type(error).__name__}): "
            raise _later(ErrorCode.HUB_UNAVAILABLE, message + "check the network, or retry later.") from error

    def _json(self, url: str, repository: str) -> Any:
        with self._get(url, repository) as response:
            return self._decoded(response, repository)

    def _decoded(self, response: httpx.Response, repository: str) -> Any:
        response.read()
        try:
            return response.json()
        except ValueError as error:
            raise self._strange(repository) from error

    def _strange(self, repository: str) -> WorldFailure:
        message = f"{self.endpoint} does not answer about {repository} as a Hub does: check HF_ENDPOINT and proxies."
        return _later(ErrorCode.HUB_UNAVAILABLE, message)

    def _refuse(self, response: httpx.Response, repository: str) -> None:
        code = response.headers.get("X-Error-Code")
        status = response.status_code
        if status == codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise RangeRefused
        if status == codes.TOO_MANY_REQUESTS:
            wait = response.headers.get("Retry-After")
            advice = f"wait {wait} s" if wait else "wait some minutes"
            raise _later(ErrorCode.RATE_LIMITED, f"The Hub asks for fewer requests: {advice}, or give a token.")
        if status == codes.REQUEST_TIMEOUT or status >= codes.INTERNAL_SERVER_ERROR:
            raise _later(ErrorCode.HUB_UNAVAILABLE, f"The Hub answers {status}: retry later.")
        raise self._denied(code, status, response, repository)

    def _denied(self, code: str | None, status: int, response: httpx.Response, repository: str) -> WorldFailure:
        if code == "RevisionNotFound":
            asked = response.request.url.path.partition("/revision/")[2]
            message = f"{repository} has no revision {asked}: name a branch, a tag or a commit of it."
            return WorldFailure(ErrorCode.REVISION_NOT_FOUND, message)
        if code == "EntryNotFound":
            message = f"A file is no longer in this commit of {repository}: download it anew."
            return WorldFailure(ErrorCode.REVISION_NOT_FOUND, message)
        if code == "GatedRepo" or status == codes.FORBIDDEN:
            return self._access(repository)
        if status == codes.UNAUTHORIZED and code != "RepoNotFound":
            return self._access(repository)
        if status in (codes.UNAUTHORIZED, codes.NOT_FOUND):
            message = (
                f"{repository} is not on the Hub, or it is private: check the name, or give a token that reads it."
            )
            return WorldFailure(ErrorCode.REPOSITORY_NOT_FOUND, message)
        return WorldFailure(ErrorCode.HUB_UNAVAILABLE, f"The Hub answers {status} about {repository}: check the name.")

    def _access(self, repository: str) -> WorldFailure:
        if self.token is None:
            message = f"{repository} wants to know who reads it: accept its terms on the Hub, and give a token."
            return WorldFailure(ErrorCode.AUTHENTICATION_REQUIRED, message)
        message = f"This token may not read {repository}: ask for access on its page at the Hub, or give another token."
        return WorldFailure(ErrorCode.ACCESS_DENIED, message)


def _usable(token: str | None) -> str | None:
    """The token itself. One that cannot be sent is refused here: the client's own error would repeat it."""
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        message = "The token holds characters that no token has: copy it again."
        raise WorldFailure(ErrorCode.ACCESS_DENIED, message)
    return token


def _later(code: ErrorCode, message: str) -> WorldFailure:
    return WorldFailure(code, message, retryable=True)


def _entry(item: dict[str, Any]) -> Entry:
    lfs = item.get("lfs") or {}
    return Entry(item["path"], lfs.get("size", item["size"]), lfs.get("oid"), None if lfs else item.get("oid"))


def _extent(response: httpx.Response) -> tuple[int, int | None] | None:
    """First byte and whole size by Content-Range, or by Content-Length when the answer is the whole file.

    None when a part of the file comes without saying which.
    """
    if response.status_code == codes.PARTIAL_CONTENT:
        told = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if told is None:
            return None
        return int(told["first"]), int(told["total"]) if told["total"] != "*" else None
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None
