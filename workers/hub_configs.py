"""Configs and splits of a repository with their sizes, by the code that plans a download: nothing of it is fetched."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships no types

from domain.adapters.questions import error_of
from domain.errors import WorldFailure
from workers.hub import Entry
from workers.layout import CARD, STANDALONE_CARD, build_skeleton, list_configs, read_layout

# Configs that are told by name; of how many their splits are looked up, and within how much time.
MOST_CONFIGS = 1_000
MOST_RESOLVED = 50
RESOLVED_WITHIN_SECONDS = 5.0
# Among more files `datasets` needs longer for one config than an asker waits.
MOST_FILES = 10_000
# Splits of one config that are told.
MOST_SPLITS = 50

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """What is known of a commit: its files by path, and the content of those that say how the others are read."""

    name: str
    entries: Mapping[str, Entry]
    contents: Mapping[str, bytes]


def describe_configs(repository: Repository, work: Path, seconds: float = RESOLVED_WITHIN_SECONDS) -> Iterator[Facts]:
    """`configs` (HubConfig of the contract) and `configCount`, more of it each time; the default config is the first.

    Splits are looked up as far as `seconds` last. There is an `error` too where the default config cannot be read.
    Raises UNSUPPORTED_FORMAT where none can.
    """
    until = time.monotonic() + seconds
    skeleton = _skeleton(repository, work)
    cards, default = list_configs(skeleton, repository.name)
    named = {str(card["config_name"]): card for card in cards}
    names = sorted(named or [default], key=lambda name: name != default)
    configs = [_named(name, is_default=name == default) for name in names[:MOST_CONFIGS]]
    told: Facts = {"configCount": len(names), "configs": configs}
    yield told
    for config in configs[:MOST_RESOLVED] if len(repository.entries) <= MOST_FILES else ():
        if time.monotonic() < until:
            _narrow(skeleton, named.get(config["name"]))
            config.update(_resolved(repository, skeleton, config["name"]))
            yield told | _said_of_default(configs, is_named=bool(named))


def _skeleton(repository: Repository, work: Path) -> Path:
    # a folder of this name holds no script of the folder's name, which `datasets` would refuse
    skeleton = work / "skeleton-of-a-repository"
    skeleton.mkdir()
    all_files = repository.entries if len(repository.entries) <= MOST_FILES else ()
    build_skeleton(skeleton, sorted({*repository.contents, *all_files}), dict(repository.contents))
    return skeleton


def _narrow(skeleton: Path, card: Mapping[str, Any] | None) -> None:
    """Leave nothing but this config in the card: `datasets` reads all of it for each, by the second for hundreds."""
    if card is not None:
        (skeleton / STANDALONE_CARD).unlink(missing_ok=True)
        head = yaml.safe_dump({"configs": [card]}, allow_unicode=True)
        (skeleton / CARD).write_text(f"---\n{head}---\n", encoding="utf-8")


def _named(name: str, *, is_default: bool) -> Facts:
    unknown: Facts = {"splits": [], "splitCount": None, "sizeBytes": None, "error": None}
    return {"name": name, "isDefault": is_default, **unknown}


def _resolved(repository: Repository, skeleton: Path, name: str) -> Facts:
    try:
        layout = read_layout(skeleton, repository.name, name, skeleton.with_name("cache"))
    except WorldFailure as failure:
        return {"error": error_of(failure)}
    splits = [_split(repository, split, paths) for split, paths in layout.splits.items()]
    size = _bytes(repository, {path for paths in layout.splits.values() for path in paths})
    return {"splits": splits[:MOST_SPLITS], "splitCount": len(splits), "sizeBytes": size}


def _split(repository: Repository, name: str, paths: list[str]) -> Facts:
    return {"name": name, "fileCount": len(paths), "sizeBytes": _bytes(repository, set(paths))}


def _bytes(repository: Repository, paths: set[str]) -> int:
    return sum(repository.entries[path].size for path in paths)


def _said_of_default(configs: list[Facts], *, is_named: bool) -> Facts:
    """What is wrong with it is wrong with the repository; one that no card names is then no config at all."""
    error = configs[0]["error"]
    if error is None:
        return {}
    return {"error": error} if is_named else {"error": error, "configs": [], "configCount": 0}
