"""A dataset that is large enough for a part of it to tell about the whole, and what is estimated of it."""

from pathlib import Path
from typing import Any

from tests.texts import texts
from tests.workers.tokenization import save_splits
from workers.estimates import told
from workers.recipes import Tokenizer, resolve_recipe
from workers.row_texts import Column
from workers.shards import split_names
from workers.token_samples import Making, take_sample
from workers.tokenizers import BYT5, load_tokenizer
from workers.tokenizing import making_of


def save_large(folder: Path) -> None:
    """6 MB, in splits that differ: `long` has texts ten times as long, `short` is a hundredth of it."""
    rows = texts(600)
    long = [" ".join(rows[number % 60 : number % 60 + 10]) for number in range(1_000)]
    save_splits(folder, {"long": long, "short": rows[:600], "one": ["a"]})


def making(folder: Path, tokenizer: str = BYT5, **recipe: Any) -> tuple[Path, Making]:
    """The folder, and how a run would make its sequences."""
    loaded, documents = load_tokenizer(tokenizer), Column("text")
    known, splits = Tokenizer(loaded), split_names(folder)
    resolved = resolve_recipe(recipe, tokenizer=known, documents=documents, splits=splits)
    return folder, making_of(loaded, resolved, documents)


def patient(folder: Path, way: Making) -> Any:
    """The figures and the plan where there is time for all of the sample, however busy the machine is."""
    return told(way, take_sample(folder, way, most_seconds=60.0), tokenizer_bytes=0, workers=1)
