"""A dataset that can be searched: rows of several types in two splits, indexed as the workers do it."""

import datetime
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from domain.adapters.folders import work_of
from domain.adapters.pieces import COMPLETE, PLAN, WORK, NewPiece
from domain.adapters.token_documents import index_of
from domain.index_commands import CompleteIndex
from tests.api.stories import Story
from tests.workers.indexes import build_index, built_parts
from workers.arrow_folder import write_stream
from workers.provenance import SCHEMA, index_batch
from workers.sequences import Spans

PART_BYTES = 500  # so that there are several parts
TEXT_COLUMNS = ["text", "title"]
SUBJECTS = ("the cat", "a dog", "no bird", "Straße 東京", "e-mail a/b")
ROWS = {"train": 30, "test": 20}


def row(number: int) -> dict[str, Any]:
    """The row of a number: text of 3 to 11 words, and columns of which some are null at times."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    return {
        "text": f"Here {subject} is" + " on the mat" * (number % 3) + f" number{number}",
        "title": None if number % 4 == 0 else f"Title {number}: {'cat' if number % 7 == 0 else 'mouse'}",
        "stars": None if number % 6 == 0 else number % 5,
        "score": float("nan") if number == 11 else number / 2,
        "good": number % 2 == 0,
        "when": datetime.datetime(2026, 1, 1 + number % 28, tzinfo=datetime.UTC),
        "deep": {"a": [number]},
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(number),
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """All rows by split: those of `test` are the numbers behind those of `train`."""
    return {"train": [row(number) for number in range(30)], "test": [row(30 + number) for number in range(20)]}


def is_indexed(story: Story) -> Story:
    """From the request for an index to its end."""
    return finishes(story.asks_for_an_index().starts())


def finishes(story: Story, statistics: Mapping[str, Any] | None = None) -> Story:
    """The index that is being built is whole; with it the figures of a text column that had none."""
    folder = f"datasets/{story.id}/index-{story.job}-1"
    storage, total = story.adapters.storage, sum(ROWS.values())
    data = storage / f"datasets/{story.id}/data"
    told = build_index(data, storage / folder, TEXT_COLUMNS, total, part_bytes=PART_BYTES)
    shutil.rmtree(storage / f"{folder}.work")
    story.does(
        CompleteIndex(
            dataset_id=story.id,
            job_id=story.job,
            folder=folder,
            language=None,
            size_bytes=told["sizeBytes"],
            rows=total,
            indexed_rows=told["indexedRows"],
            parts=len(list((storage / folder).glob("part-*"))),
            statistics=statistics,
        )
    )
    return story


def is_being_indexed(story: Story, parts: int) -> list[dict[str, Any]]:
    """From the request for an index until so many of its parts are done, which are given."""
    story.asks_for_an_index().starts()
    pieces = story.adapters.pieces
    work = work_of(story.adapters.storage, story.id, story.job)
    data = story.adapters.storage / f"datasets/{story.id}/data"
    ledgers = built_parts(data, work, TEXT_COLUMNS, part_bytes=PART_BYTES)
    told: list[dict[str, Any]] = [{**ledger, "file": ledger["file"].rpartition("/")[2]} for ledger in ledgers]
    names = [NewPiece("plan", PLAN), *(NewPiece(f"{number:05}", WORK) for number in range(len(told)))]
    for piece in [*names, NewPiece("complete", COMPLETE)]:
        pieces.add(story.job, story.id, "index_dataset", piece)
    for piece, outcome in zip(names, [{}, *told[:parts]], strict=False):
        lease = pieces.take(story.job, piece.piece, "a worker")
        assert lease is not None
        assert pieces.commit(lease, outcome)
    return told[:parts]


def write_documents(story: Story, tokens: dict[str, list[int]]) -> None:
    """An index of documents beside the tokens of a story: each row of a split is one sequence of so many."""
    folder = story.adapters.storage / "tokens"
    for split, lengths in tokens.items():
        path = folder / index_of(split)
        path.parent.mkdir(parents=True, exist_ok=True)
        numbers, zeros = np.arange(len(lengths)), np.zeros(len(lengths), np.int64)
        spans = Spans(np.arange(len(lengths) + 1), numbers, zeros, np.array(lengths, np.int64))
        with write_stream(path, SCHEMA) as stream:
            stream.write(index_batch(spans, zeros))


def mapped_below(part: str) -> list[str]:
    """What this process maps of files whose path has the part."""
    return [line for line in Path("/proc/self/maps").read_text().splitlines() if part in line]
