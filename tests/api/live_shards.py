"""A tokenization that is on its way: its shards, done one after the other."""

from typing import Any

import numpy as np

from domain.adapters import Adapters
from domain.adapters.folders import work_of
from domain.adapters.pieces import PLAN, WORK, NewPiece
from tests.api.figures import RECIPE
from tests.api.stories import Story

SHARDS: tuple[dict[str, Any], ...] = (
    {"split": "train", "lengths": [3, 4], "counts": [2, 1], "written": [5, 5, 0]},
    {"split": "test", "lengths": [4, 7], "counts": [1, 1], "written": [0, 9, 2]},
)


def plan(adapters: Adapters, story: Story) -> None:
    """It is known what shards there are."""
    adapters.pieces.add(story.job, story.id, "tokenize_dataset", NewPiece("plan", PLAN))
    lease = adapters.pieces.take(story.job, "plan", "here")
    assert lease is not None
    shards = [NewPiece(f"{number:05}", WORK) for number in range(len(SHARDS))]
    assert adapters.pieces.commit(lease, {"recipe": RECIPE, "vocabularySize": 384}, shards)


def commit(adapters: Adapters, story: Story, number: int) -> None:
    """A shard is done."""
    shard, lease = SHARDS[number], adapters.pieces.take(story.job, f"{number:05}", "here")
    assert lease is not None
    total = int(np.dot(shard["lengths"], shard["counts"]))
    counters = {"sequences": sum(shard["counts"]), "kept_tokens": total, "output_cells": total}
    figures = {"counters": counters, "lengths": {"lengths": shard["lengths"], "counts": shard["counts"]}}
    work = work_of(adapters.storage, story.id, story.job)
    work.mkdir(parents=True, exist_ok=True)
    np.save(work / f"{number}.npy", np.array(shard["written"]))
    outcome = {"split": shard["split"], "frequencies": f"{number}.npy", "figures": figures}
    assert adapters.pieces.commit(lease, outcome)
