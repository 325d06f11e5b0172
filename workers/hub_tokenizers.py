"""The files of a tokenizer from a model repository of the Hub, at one commit, each checked."""

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from domain.errors import ErrorCode, WorldFailure
from workers.hub import Entry, Hub
from workers.hub_files import Body

DEFAULT_REVISION = "main"

Choice = Callable[[Mapping[str, int]], Sequence[str]]


class ModelHub(Hub):
    """The Hub's model repositories: the same answers at other addresses."""

    def _api(self, repository: str) -> str:
        return f"{self.endpoint}/api/models/{repository}"

    def _address(self, repository: str, commit: str, path: str) -> str:
        return f"{self.endpoint}/{repository}/resolve/{commit}/{quote(path)}"


def fetch_tokenizer(repository: str, revision: str | None, token: str | None, build: Path, choose: Choice) -> str:
    """Fetches into `build` what `choose` takes of the listing (path -> bytes); the commit that it was taken from.

    An unknown repository is TOKENIZER_NOT_FOUND, else the codes are those of `Hub`.
    """
    with _model_hub(token) as hub:
        commit = _commit(hub, repository, revision)
        entries = {entry.path: entry for entry in hub.files(repository, commit)}
        for path in choose({path: entry.size for path, entry in entries.items()}):
            with hub.content(repository, commit, path) as body:
                _save(body, entries[path], build / path)
        return commit


def commit_of(repository: str, revision: str | None, token: str | None) -> str:
    """The commit that a revision stands for now. Codes as above."""
    with _model_hub(token) as hub:
        return _commit(hub, repository, revision)


def _commit(hub: Hub, repository: str, revision: str | None) -> str:
    commit: str = hub.dataset(repository, revision or DEFAULT_REVISION)["sha"]
    return commit


@contextmanager
def _model_hub(token: str | None) -> Generator[Hub]:
    try:
        with ModelHub(token) as hub:
            yield hub
    except WorldFailure as failure:
        if failure.code is ErrorCode.REPOSITORY_NOT_FOUND:
            raise WorldFailure(ErrorCode.TOKENIZER_NOT_FOUND, failure.message) from failure
        raise


def _save(body: Body, entry: Entry, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256, git = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    with target.open("wb") as file:
        for block in body.blocks:
            file.write(block)
            sha256.update(block)
            git.update(block)
    if entry.sha256 not in (None, sha256.hexdigest()) or entry.git_oid not in (None, git.hexdigest()):
        message = f"{entry.path} of the tokenizer came otherwise than the Hub says it is: retry."
        raise WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True)
