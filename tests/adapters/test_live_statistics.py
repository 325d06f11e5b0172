"""The figures of a tokenization that is being made are those of the shards that are done, exactly."""

import shutil
from pathlib import Path

import pytest

from domain.adapters import Adapters
from domain.adapters.folders import work_of
from domain.adapters.live_statistics import LiveStatistics
from domain.adapters.pieces import PLAN, WORK, NewPiece
from tests.domain.stories import DATASET, TOKENIZE_JOB
from tests.workers.tokenization import SPLITS, Run, save_splits, save_tokenizers

TOLD_AT_THE_END = {"topTokens": [], "specialTokens": []}


@pytest.fixture
def run(adapters: Adapters, tmp_path: Path) -> Run:
    """A tokenization whose shards are written where its run would have them, and which is planned in its ledger."""
    save_splits(tmp_path / "ingested", SPLITS)
    root = save_tokenizers(tmp_path / "tokenizers")
    made = Run(tmp_path / "ingested", root, tmp_path, "file:begun", maxLength=32)
    planned = made.plan()
    work_of(adapters.storage, DATASET, TOKENIZE_JOB).mkdir(parents=True)
    kept = {key: planned[key] for key in ("recipe", "vocabularySize")}
    pieces = [NewPiece(f"{number:05}", WORK, piece) for number, piece in enumerate(planned["pieces"])]
    adapters.pieces.add(TOKENIZE_JOB, DATASET, "tokenize_dataset", NewPiece("plan", PLAN))
    lease = adapters.pieces.take(TOKENIZE_JOB, "plan", "here")
    assert lease is not None
    assert adapters.pieces.commit(lease, kept, pieces)
    assert len(pieces) > 3
    return made


def commit(adapters: Adapters, run: Run, number: int) -> dict[str, object]:
    """Do a shard, as a worker would; what its ledger says."""
    lease = adapters.pieces.take(TOKENIZE_JOB, f"{number:05}", "here")
    assert lease is not None
    told = run.shard(number)
    shutil.copy(str(told["frequencies"]), work_of(adapters.storage, DATASET, TOKENIZE_JOB))
    names = {name: Path(str(told[name])).name for name in ("file", "frequencies")}
    assert adapters.pieces.commit(lease, told | names)
    return told


@pytest.fixture
def live(adapters: Adapters) -> LiveStatistics:
    return LiveStatistics(adapters.engine, adapters.storage)


def figures(live: LiveStatistics) -> dict[str, object] | None:
    return live.of_run(DATASET, TOKENIZE_JOB)


def test_they_grow_with_every_shard_to_what_they_are_in_the_end(adapters, run, live):
    assert figures(live) is None
    seen = []
    parts = []
    for number in reversed(range(len(run.planned["pieces"]))):
        parts.append(commit(adapters, run, number))
        seen.append(figures(live))
        assert figures(live) == figures(LiveStatistics(adapters.engine, adapters.storage)), "whoever merged them when"
    counts = [each["sequenceCount"] for each in seen]
    assert counts == sorted(counts)
    assert [sum(bin_["count"] for bin_ in each["histogram"]) for each in seen] == counts
    assert seen[-1] == run.complete(parts)["statistics"] | TOLD_AT_THE_END


def test_a_shard_that_is_made_again_counts_once(adapters, run, live):
    first, second = commit(adapters, run, 0), commit(adapters, run, 1)
    before = figures(live)
    adapters.pieces.redo(TOKENIZE_JOB, Path(str(first["file"])).name)
    assert figures(live)["sequenceCount"] == second["rows"]
    commit(adapters, run, 0)
    assert figures(live) == before


def test_of_a_run_that_is_over_there_are_none(adapters, run, live):
    commit(adapters, run, 0)
    shutil.rmtree(work_of(adapters.storage, DATASET, TOKENIZE_JOB))
    assert figures(live) is None, "its files have gone"
    adapters.pieces.forget(TOKENIZE_JOB)
    assert figures(live) is None
