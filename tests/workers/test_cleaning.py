"""What the clean-up of a run takes along, and what it leaves."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.adapters import Adapters
from domain.adapters.pieces import CLEAN, NewPiece
from domain.dataset import stream_of
from domain.log import Append, Trace
from tests.domain.stories import DATASET, INGEST_JOB, ready
from workers.cleaning import clean_run


def ingested(adapters: Adapters, *, originals_kept: bool) -> Path:
    """A dataset that is ready, its originals and what its ingest left."""
    *before, done = ready()
    story = [*before, replace(done, originals_kept=originals_kept)]
    adapters.log.append(Append(stream_of(DATASET), 0, story, Trace("command", "story")))
    for name in ("datasets/source", "datasets/data", f"datasets/{DATASET}/work-{INGEST_JOB}"):
        (adapters.storage / name).mkdir(parents=True)
        (adapters.storage / name / "file").touch()
    return adapters.storage


@pytest.mark.parametrize("keep_originals", [False, True])
def test_originals_go_after_their_ingest_unless_they_are_to_be_kept(adapters: Adapters, keep_originals: bool) -> None:
    # given an ingest that succeeded, whose clean-up comes next
    storage = ingested(adapters, originals_kept=keep_originals)
    adapters.pieces.add(INGEST_JOB, DATASET, "clean_run", NewPiece("clean", CLEAN))
    lease = adapters.pieces.take(INGEST_JOB, "clean", "here")
    assert lease is not None

    # when it is cleaned up
    clean_run(adapters, lease)

    # then the originals are there where they were asked for, the data always, the pieces never
    assert (storage / "datasets/source/file").exists() is keep_originals
    assert (storage / "datasets/data/file").exists()
    assert not (storage / "datasets" / DATASET / f"work-{INGEST_JOB}").exists()
    assert adapters.pieces.take(INGEST_JOB, "clean", "here") is None
