"""What the clean-up of a run takes along, and what it leaves."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.adapters import Adapters
from domain.adapters.pieces import CLEAN, WORK, Lease, NewPiece
from domain.dataset import stream_of
from domain.log import Append, Trace
from domain.tokenization_events import TokenizationDeleted, TokenizationPurged
from domain.trash import purge_job_id
from tests.domain.stories import DATASET, INGEST_JOB, TOKENIZATION, TOKENIZE_JOB, ready, tokenized
from workers.cleaning import clean_attempt, clean_run


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


@pytest.mark.parametrize("is_purged", [False, True])
def test_what_a_purge_is_about_to_count_is_left_to_it(adapters: Adapters, is_purged: bool) -> None:
    # given tokens that were deleted before their run was cleaned up after
    removal = purge_job_id(TOKENIZATION)
    more = {"tokenizer": "file:bpe", "jobs": (TOKENIZE_JOB,), "tokenizations_left": 0}
    story = [*tokenized(), TokenizationDeleted(tokenization_id=TOKENIZATION, job_id=removal, **more)]
    if is_purged:
        story.append(TokenizationPurged(tokenization_id=TOKENIZATION, job_id=removal, bytes_freed=0))
    adapters.log.append(Append(stream_of(DATASET), 0, story, Trace("command", "story")))
    tokens = adapters.storage / "datasets" / DATASET / f"tokens-{TOKENIZE_JOB}-1"
    tokens.mkdir(parents=True)
    adapters.pieces.add(TOKENIZE_JOB, DATASET, "clean_run", NewPiece("clean", CLEAN))
    lease = adapters.pieces.take(TOKENIZE_JOB, "clean", "here")
    assert lease is not None

    # when it is cleaned up after
    clean_run(adapters, lease)

    # then they are there as long as the purge goes on, and whatever it left goes
    assert tokens.exists() is not is_purged
    assert adapters.pieces.take(TOKENIZE_JOB, "clean", "here") is None


def test_what_only_a_late_attempt_wrote_goes_with_it_whatever_it_is_called(adapters: Adapters) -> None:
    # given a job that is over, and what two attempts have written of a file whose name has no suffix
    work = ingested(adapters, originals_kept=False) / "datasets" / DATASET / f"work-{INGEST_JOB}"
    for name in ("00000.12", "00000.12.part", "00000.12.chunks", "00000.1", "00000.123"):
        (work / name).touch()

    # when one of them lets go
    late = Lease(
        job_id=INGEST_JOB,
        piece="00000",
        dataset_id=DATASET,
        actor="ingest_dataset",
        stage=WORK,
        spec={},
        amount=None,
        fence=12,
        holder="here",
        progressed=False,
    )
    clean_attempt(adapters, late)

    # then nothing of its own is left, and all of the other
    assert sorted(path.name for path in work.iterdir()) == ["00000.1", "00000.123", "file"]
