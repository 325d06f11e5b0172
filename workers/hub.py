"""Talks to the Hub: what a repository is, which files a commit holds, and their bytes from any position.

Every failure is a WorldFailure whose message says what to do. Nothing is tried twice here, but an address that has
expired: retries are the domain's.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from domain.errors import WorldFailure
from workers.hub_connection import STALLED_AFTER_SECONDS, Connection
from workers.hub_files import Body, HubFile


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit. `sha256` is there where the Hub keeps the file as LFS; `git_oid` names its git blob."""

    path: str
    size: int
    sha256: str | None
    git_oid: str | None


class Hub:
    """HF_ENDPOINT as the token of one download sees it (None: HF_TOKEN, if there is one); a context manager."""

    def __init__(self, token: str | None = None, *, stalled_after_seconds: float = STALLED_AFTER_SECONDS) -> None:
        self._connection = Connection(token, stalled_after_seconds)
        self.endpoint = self._connection.endpoint

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def dataset(self, repository: str, revision: str) -> dict[str, Any]:
        """The Hub's description at a branch, tag or commit: `id`, `sha`, `gated`, `cardData`, ... as it words them.

        `id` is another name than the one that was asked for when the repository was renamed.
        """
        url = f"{self._api(repository)}/revision/{quote(revision, safe='')}"
        with self._connection.get(url, repository) as answer:
            described = self._decoded(answer.response, repository)
        if not isinstance(described, dict) or not isinstance(described.get("sha"), str):
            raise self._strange(repository)
        return described

    def files(self, repository: str, commit: str) -> Iterator[Entry]:
        """Every file of a commit, page by page."""
        url: httpx.URL | str | None = f"{self._api(repository)}/tree/{commit}?recursive=true&expand=false"
        while url:
            with self._connection.get(url, repository) as answer:
                page = self._decoded(answer.response, repository)
                url = self._next_page(answer.response, repository)
            if not isinstance(page, list):
                raise self._strange(repository)
            yield from (_entry(item) for item in page if item["type"] == "file")

    def read(self, repository: str, commit: str, path: str) -> bytes:
        """A small file whole."""
        with self.content(repository, commit, path) as body:
            return b"".join(body.blocks)

    def content(
        self, repository: str, commit: str, path: str, start: int = 0, stop: int | None = None
    ) -> AbstractContextManager[Body]:
        """One request for bytes of a file, as `HubFile.read` does it."""
        return self.file(repository, commit, path).read(start, stop)

    def file(self, repository: str, commit: str, path: str) -> HubFile:
        """A file of which more than one request is made."""
        return HubFile(self._connection, self._address(repository, commit, path), repository, path)

    def _api(self, repository: str) -> str:
        return f"{self.endpoint}/api/datasets/{repository}"

    def _address(self, repository: str, commit: str, path: str) -> str:
        return f"{self.endpoint}/datasets/{repository}/resolve/{commit}/{quote(path)}"

    def _next_page(self, response: httpx.Response, repository: str) -> httpx.URL | None:
        link = response.links.get("next", {}).get("url")
        if link is None:
            return None
        url = response.url.join(link)
        if not self._connection.is_of_hub(url):
            raise self._strange(repository)
        return url

    def _decoded(self, response: httpx.Response, repository: str) -> Any:
        response.read()
        try:
            return response.json()
        except ValueError as error:
            raise self._strange(repository) from error

    def _strange(self, repository: str) -> WorldFailure:
        return self._connection.strange(repository)


def _entry(item: dict[str, Any]) -> Entry:
    lfs = item.get("lfs") or {}
    return Entry(item["path"], lfs.get("size", item["size"]), lfs.get("oid"), None if lfs else item.get("oid"))
