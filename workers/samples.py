"""From texts to tokens: samples that cannot be tokenized are set apart, those that are too short left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from domain.errors import WorldFailure
from workers.conservation import Counters
from workers.documents import Texts
from workers.engines import DocumentFailed, Engine, Offsets, Tokens
from workers.windows import offsets_after
from workers.windows import rows_of as rows_at

SKIP = "SKIP"


@dataclass(frozen=True, slots=True)
class Encoded:
    """The samples that remain: row i of `texts` and `tokens` is row `rows[i]` of the split."""

    texts: Any
    tokens: Tokens
    rows: Offsets

    def where(self, remains: Any) -> "Encoded":
        """Those for which the boolean array says so."""
        tokens = rows_at(self.tokens, self.tokens.offsets[:-1][remains], self.tokens.lengths[remains])
        return Encoded(self.texts.filter(pa.array(remains)), tokens, self.rows[remains])


@dataclass(slots=True)
class Samples:
    """Encodes the samples of one shard, and counts what became of each. `split` is for what is told of a bad one."""

    engine: Engine
    split: str
    on_error: str
    min_tokens: int
    counters: Counters
    skipped: list[dict[str, Any]] = field(default_factory=list)

    def encode(self, texts: Texts, first_row: int) -> Encoded:
        """The samples of the rows from `first_row` of the split on. With onError FAIL a bad one is a WorldFailure."""
        tokens, failures = self._tokens(texts, first_row)
        whole = Encoded(texts.texts, tokens, np.arange(first_row, first_row + len(tokens.lengths)))
        failed = np.zeros(len(whole.rows), np.bool_)
        failed[[failure.row for failure in failures]] = True
        short = ~failed & (tokens.lengths < self.min_tokens)
        self.counters.source_tokens += len(tokens.ids)
        self.counters.skipped_samples += len(failures)
        self.counters.filtered_samples += int(np.count_nonzero(short))
        self.counters.filtered_tokens += int(tokens.lengths[short].sum())
        remaining = whole.where(~failed & ~short) if failed.any() or short.any() else whole
        self.counters.kept_samples += len(remaining.rows)
        return remaining

    def _tokens(self, texts: Texts, first_row: int) -> tuple[Tokens, Sequence[DocumentFailed]]:
        """The tokens of every row, none of those that failed."""
        failures = list(texts.failures)
        if self.on_error != SKIP:
            if failures:
                raise self._named(failures[0], first_row)
            try:
                return self.engine.encode(texts.texts), ()
            except DocumentFailed as failure:
                raise self._named(failure, first_row) from failure
        tokens, more = encode_each(self.engine, texts.texts)
        failures = sorted([*failures, *more], key=lambda failure: failure.row)
        self.skipped += [
            {"row": first_row + failure.row, "reason": failure.reason, "code": str(failure.code)}
            for failure in failures
        ]
        return tokens, failures

    def _named(self, failure: DocumentFailed, first_row: int) -> WorldFailure:
        where = f"Row {first_row + failure.row} of split {self.split}"
        message = f"{where} cannot be tokenized: {failure.reason}. Mend it, or leave such samples out: onError SKIP."
        return WorldFailure(failure.code, message)


def encode_each(engine: Engine, texts: Any) -> tuple[Tokens, list[DocumentFailed]]:
    """The tokens of all texts but those that fail, which have none; a failure costs its neighbours one more try."""
    done: list[Tokens] = []
    failures: list[DocumentFailed] = []
    waiting = [(0, len(texts))] if len(texts) else []
    while waiting:
        first, last = waiting.pop()
        if first == last:
            done.append(NOTHING)
            continue
        try:
            done.append(engine.encode(texts.slice(first, last - first)))
        except DocumentFailed as failure:
            row = first + failure.row
            failures.append(DocumentFailed(row, failure.code, failure.reason))
            rest, before = (row + 1, last), (first, row)
            waiting += [part for part in (rest, (row, row), before) if part == (row, row) or part[0] < part[1]]
    return joined(done), failures


NOTHING = Tokens(np.empty(0, np.int32), np.zeros(2, np.int64))


def joined(parts: Sequence[Tokens]) -> Tokens:
    """The rows of all parts, in order."""
    if len(parts) == 1:
        return parts[0]
    ids = np.concatenate([part.ids for part in parts]) if parts else np.empty(0, np.int32)
    lengths = np.concatenate([part.lengths for part in parts]) if parts else np.empty(0, np.int64)
    return Tokens(ids, offsets_after(lengths))
