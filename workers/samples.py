"""From texts to tokens: samples that cannot be tokenized are set apart, those that are too short left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from domain.errors import ErrorCode, WorldFailure
from workers.conservation import Counters
from workers.engines import DocumentFailed, Engine, Offsets, Tokens
from workers.row_texts import Texts
from workers.windows import offsets_after
from workers.windows import rows_of as rows_at

# Of a reason that quotes the sample, the beginning is told.
REASON_CHARACTERS = 500


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


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which samples remain: those of `min_tokens` or more. One that cannot be tokenized is skipped, or fails all."""

    min_tokens: int
    skips: bool

    @classmethod
    def of(cls, recipe: Mapping[str, Any]) -> "Keeping":
        """What a resolved recipe says."""
        return cls(recipe.get("minTokens") or 0, recipe.get("onError") == "SKIP")


@dataclass(slots=True)
class Samples:
    """Encodes the samples of one shard in order, from `row` of `split` on, and counts what becomes of each."""

    engine: Engine
    split: str
    row: int
    keeping: Keeping
    counters: Counters
    skipped: list[dict[str, Any]] = field(default_factory=list)

    def encode(self, texts: Texts) -> Encoded:
        """The samples that come next; where none is skipped a bad one is a WorldFailure that names it."""
        tokens, failures = self._tokens(texts)
        whole = Encoded(texts.texts, tokens, np.arange(self.row, self.row + len(tokens.lengths)))
        self.row += len(whole.rows)
        failed = np.zeros(len(whole.rows), np.bool_)
        failed[[failure.row for failure in failures]] = True
        short = ~failed & (tokens.lengths < self.keeping.min_tokens)
        self.counters.source_tokens += len(tokens.ids)
        self.counters.skipped_samples += len(failures)
        self.counters.filtered_samples += int(np.count_nonzero(short))
        self.counters.filtered_tokens += int(tokens.lengths[short].sum())
        remaining = whole.where(~failed & ~short) if failed.any() or short.any() else whole
        self.counters.kept_samples += len(remaining.rows)
        return remaining

    def _tokens(self, texts: Texts) -> tuple[Tokens, Sequence[DocumentFailed]]:
        """The tokens of every row, none of those that failed."""
        if not self.keeping.skips:
            if texts.failures:
                raise self._named(texts.failures[0])
            try:
                return self.engine.encode(texts.texts), ()
            except DocumentFailed as failure:
                raise self._named(failure) from failure
        tokens, failures = encode_each(self.engine, texts.texts)
        failures = sorted([*texts.failures, *failures], key=lambda failure: failure.row)
        self.skipped += [
            {"row": self.row + failure.row, "reason": failure.reason[:REASON_CHARACTERS], "code": str(failure.code)}
            for failure in failures
        ]
        return tokens, failures

    def _named(self, failure: DocumentFailed) -> WorldFailure:
        return cannot_be_tokenized(self.split, self.row + failure.row, failure.code, failure.reason)


def cannot_be_tokenized(split: str, row: int, code: ErrorCode, reason: str) -> WorldFailure:
    """What a sample is to blame for."""
    where, why = f"Row {row} of split {split}", reason[:REASON_CHARACTERS]
    message = f"{where} cannot be tokenized: {why}. Mend it, or leave such samples out: onError SKIP."
    return WorldFailure(code, message)


def encode_each(engine: Engine, texts: Any) -> tuple[Tokens, list[DocumentFailed]]:
    """The tokens of all texts but those that fail, which have none; a failure costs its neighbours one more try."""
    done: list[Tokens] = []
    failures: list[DocumentFailed] = []
    waiting = [(0, len(texts))] if len(texts) else []
    while waiting:
        first, last = waiting.pop()
        if first == last:
            done.append(NOTHING)  # where one failed
            continue
        try:
            done.append(engine.encode(texts.slice(first, last - first)))
        except DocumentFailed as failure:
            row = first + failure.row
            failures.append(DocumentFailed(row, failure.code, failure.reason))
            before, after = [(first, row)] if first < row else [], [(row + 1, last)] if row + 1 < last else []
            waiting += [*after, (row, row), *before]
    return joined(done), failures


NOTHING = Tokens(np.empty(0, np.int32), np.zeros(2, np.int64))


def joined(parts: Sequence[Tokens]) -> Tokens:
    """The rows of all parts, in order."""
    if len(parts) == 1:
        return parts[0]
    ids = np.concatenate([part.ids for part in parts]) if parts else np.empty(0, np.int32)
    lengths = np.concatenate([part.lengths for part in parts]) if parts else np.empty(0, np.int64)
    return Tokens(ids, offsets_after(lengths))
