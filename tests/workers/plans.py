"""A dataset that is large enough for a part of it to tell about the whole."""

from pathlib import Path

from tests.texts import texts
from tests.workers.tokenization import save_splits


def save_large(folder: Path) -> None:
    """6 MB, in splits that differ: `long` has texts ten times as long, `short` is a hundredth of it."""
    rows = texts(600)
    long = [" ".join(rows[number % 60 : number % 60 + 10]) for number in range(1_000)]
    save_splits(folder, {"long": long, "short": rows[:600], "one": ["a"]})
