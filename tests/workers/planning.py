"""Datasets to plan for, and the figures of a run by the names of its plan."""

from pathlib import Path
from typing import Any

from tests.workers.tokenization import SPLITS, save_splits, save_tokenizers


def make_home(home: Path) -> Path:
    """Fills the folder: tokenizers and, in its storage, a dataset."""
    save_splits(home / "storage" / "data", SPLITS)
    save_tokenizers(home / "tokenizers")
    return home


def shares(told: dict[str, Any]) -> dict[str, Any]:
    """Of a plan's figures those that statistics have too, and what they are there."""
    cut = told["truncatedTokens"] + told["tailTokens"]
    return {
        "sequenceCount": told["sequenceCount"],
        "tokenCount": told["tokenCount"],
        "truncatedShare": cut / told["sourceTokens"],
        "paddingShare": told["paddingCells"] / max(1, told["outputCells"]),
        "sampledRows": sum(map(len, SPLITS.values())),
    }


def save(home: Path, name: str, splits: dict[str, list[Any]]) -> str:
    """A dataset of this name, made once."""
    if not (home / "storage" / name).exists():
        save_splits(home / "storage" / name, splits)
    return name
