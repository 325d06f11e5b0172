"""What the Hub tells of a repository before it is downloaded: the answer to the question `hub_dataset`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships no types

from domain.adapters.questions import error_of
from domain.errors import ErrorCode, WorldFailure
from workers.answering import keep_so_far
from workers.downloading import license_of, name_of, refuse_script
from workers.hub import Entry, Hub
from workers.hub_configs import Repository, describe_configs
from workers.layout import CARD, NOT_DATA, READ_FILES
from workers.steps import Step, Work

MOST_CARD_CHARACTERS = 20_000
REFUSED = {ErrorCode.AUTHENTICATION_REQUIRED, ErrorCode.ACCESS_DENIED}
FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)

Facts = dict[str, Any]


def hub_dataset(*, repository: str, revision: str, work: str, token: str | None = None) -> Work:
    """Looks a repository up, with the asker's token or none. `work` is a scratch folder.

    Returns the contract's HubDataset as far as the Hub knows it, with an `error` where something went wrong.
    """
    facts: Facts = {"accessible": False}
    try:
        with Hub(token) as hub:
            for _ in _look_up(facts, hub, repository, revision, Path(work)):
                keep_so_far(Path(work), facts)
                yield Step(0, None, "PIECES")
    except WorldFailure as failure:
        facts.setdefault("error", error_of(failure))
    return facts


def _look_up(facts: Facts, hub: Hub, repository: str, revision: str, work: Path) -> Iterator[None]:
    """Adds to the facts, and says so each time."""
    described = hub.dataset(repository, revision)
    facts |= _described(described)
    yield
    entries = {entry.path: entry for entry in hub.files(repository, facts["commit"])}
    facts["sizeBytes"] = sum(entry.size for entry in entries.values())
    refusal = _refusal(hub, repository, facts, entries)
    first = {"error": error_of(refusal)} if refusal else {}
    facts |= {"accessible": refusal is None, **first}
    contents = _contents_without_access(described) if refusal else _contents(hub, repository, facts["commit"], entries)
    facts |= _card(contents[CARD]) if refusal is None and CARD in contents else {}
    yield
    refuse_script(repository, entries)
    for configs in describe_configs(Repository(repository, entries, contents), work):
        facts |= configs | first
        yield


def _described(described: Mapping[str, Any]) -> Facts:
    found = {
        "commit": described["sha"],
        "gated": bool(described.get("gated")),
        "private": bool(described.get("private")),
        "license": license_of(dict(described)),
    }
    name = name_of(described)
    return found | ({"repository": name} if name else {})


def _refusal(hub: Hub, repository: str, facts: Facts, entries: Mapping[str, Entry]) -> WorldFailure | None:
    """Why the files of a gated repository cannot be read. Only asking for one tells; its description is for all."""
    if not facts["gated"] or not entries:
        return None
    smallest = min(entries.values(), key=lambda entry: (entry.path in NOT_DATA, entry.size))
    try:
        with hub.content(repository, facts["commit"], smallest.path):
            return None
    except WorldFailure as failure:
        if failure.code not in REFUSED:
            raise
        return failure


def _contents(hub: Hub, repository: str, commit: str, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    return {path: hub.read(repository, commit, path) for path in READ_FILES if path in entries}


def _contents_without_access(described: Mapping[str, Any]) -> dict[str, bytes]:
    """What stands at the head of a card is for all, and says what the configs are."""
    head = yaml.safe_dump(described.get("cardData") or {}, allow_unicode=True)
    return {CARD: f"---\n{head}---\n".encode()}


def _card(readme: bytes) -> Facts:
    text = FRONT_MATTER.sub("", readme.decode("utf-8", "replace"), count=1).strip()
    return {"card": text[:MOST_CARD_CHARACTERS], "cardTruncated": len(text) > MOST_CARD_CHARACTERS}
