"""The TokenStatistics of a tokenization that is being made: merged from the shards that its ledger has so far."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy import Engine

from domain.adapters.folders import work_of
from domain.adapters.token_figures import Counts, Piece, added, merged_counts, merged_piece, merged_statistics
from domain.adapters.views import finished_pieces_view, outcomes_view

RUNS_HELD = 16
NOTHING: Counts = np.zeros(0, np.int64)
PLAN_PIECE = "plan"


@dataclass(slots=True)
class Run:
    """What is merged already: the fences of its pieces, and by split one piece of all of them and how often each id was
    written. `plan` is what the run's plan came to."""

    plan: Mapping[str, Any] = field(default_factory=dict)
    fences: dict[str, int] = field(default_factory=dict)
    by_split: dict[str, Piece] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)

    def take(self, outcomes: Mapping[str, tuple[int, Mapping[str, Any]]], work: Path) -> None:
        """Merge more pieces. Raises FileNotFoundError when the run's files have gone meanwhile."""
        if PLAN_PIECE in outcomes:
            self.plan = outcomes[PLAN_PIECE][1]
        counted = [told for _, told in outcomes.values() if "figures" in told]
        for split in {told["split"] for told in counted}:
            mine = [told for told in counted if told["split"] == split]
            known = [self.by_split[split]] if split in self.by_split else []
            files = [work / told["frequencies"] for told in mine if told.get("frequencies")]
            self.counts[split] = added(self.counts.get(split, NOTHING), merged_counts(files))
            self.by_split[split] = merged_piece(split, [*known, *mine])
        self.fences |= {piece: fence for piece, (fence, _) in outcomes.items()}

    def statistics(self) -> dict[str, Any] | None:
        """None until there is a piece. What tokens say is told by the tokenizer, and so at the end."""
        if not self.by_split:
            return None
        counts = {split: self.counts.get(split, NOTHING) for split in self.plan["recipe"]["splits"]}
        return {
            **merged_statistics(list(self.by_split.values()), counts),
            "vocabularySize": self.plan["vocabularySize"],
            "specialTokens": [],
            "topTokens": [],
        }


class LiveStatistics:
    """Of the runs that were asked about last, each piece read once; safe to share between threads."""

    def __init__(self, engine: Engine, storage: Path) -> None:
        self._engine = engine
        self._storage = storage
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = Lock()

    def of_run(self, dataset_id: str, job_id: str) -> dict[str, Any] | None:
        """The figures so far; None where there are none yet, or no more."""
        with self._lock:
            try:
                run = self._current(self._runs.pop(job_id, None), dataset_id, job_id)
            except FileNotFoundError:  # the run was over, and cleared away, between the ledger and its files
                return None
            self._runs[job_id] = run
            while len(self._runs) > RUNS_HELD:
                self._runs.popitem(last=False)
            return run.statistics()

    def _current(self, run: Run | None, dataset_id: str, job_id: str) -> Run:
        finished = finished_pieces_view(self._engine, job_id)
        if run is None or not run.fences.items() <= finished.items():  # a piece is made again, or the whole run
            run = Run()
        new = [piece for piece in finished if piece not in run.fences]
        if new:
            run.take(outcomes_view(self._engine, job_id, new), work_of(self._storage, dataset_id, job_id))
        return run
