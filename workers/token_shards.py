"""What one shard of a tokenization writes: the sequences of its rows, or in mode PACK their part of the stream."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from domain.adapters.files import sha256_of, write_atomically
from domain.adapters.length_counts import LengthCounts
from domain.adapters.token_figures import Counts, added
from workers.arrow_folder import StreamFile, write_stream
from workers.conservation import Counters
from workers.provenance import SCHEMA as INDEX
from workers.provenance import index_batch
from workers.samples import Encoded
from workers.sequences import OVERLAP, Cutting, Sequences
from workers.token_counts import count_ids
from workers.token_rows import Layout, layout_of, list_column, unpadded_layout

SKIPPED_TOLD = 100


class Tally:
    """What sequences come to, counted while they are written."""

    def __init__(self, vocabulary_size: int, counters: Counters) -> None:
        self._vocabulary_size = vocabulary_size
        self.counters = counters
        self.lengths = LengthCounts.empty()
        self.frequencies: Counts = np.zeros(vocabulary_size, np.int64)

    def count(self, sequences: Sequences) -> None:
        """Rows as they are before padding; a token that windows repeat is counted once, where it stands first."""
        ids = sequences.tokens.ids
        repeats = sequences.roles == OVERLAP
        counted = count_ids(ids[~repeats] if repeats.any() else ids, self._vocabulary_size)
        self.counters.count(sequences, counted)
        self.lengths = self.lengths.merged(LengthCounts.of(sequences.tokens.lengths))
        self.frequencies = added(self.frequencies, counted)

    def write(self, stream: Any, batch: Any, padding_cells: int) -> None:
        """A record batch of finished rows; its cells are what its own offsets say."""
        stream.write(batch)
        offsets = batch.column("input_ids").offsets
        self.counters.output_cells += offsets[-1].as_py() - offsets[0].as_py()
        self.counters.padding_cells += padding_cells

    def figures(self) -> dict[str, Any]:
        """For the ledger."""
        return {"counters": self.counters.to_dict(), "lengths": self.lengths.to_json()}


@dataclass(frozen=True, slots=True)
class Form:
    """How a shard keeps rows: padded to `width` where that is known by now. `is_final`: nothing is added later."""

    layout: Layout
    width: int | None
    is_final: bool


def form_of(tokenizer: Any, recipe: Mapping[str, Any]) -> Form:
    """Of modes TRUNCATE and WINDOW."""
    padding = recipe.get("padding", "NONE")
    if padding == "LONGEST":
        return Form(unpadded_layout(tokenizer), None, is_final=False)
    return Form(layout_of(tokenizer, recipe), recipe["maxLength"] if padding == "MAX_LENGTH" else None, is_final=True)


class Shard(Protocol):
    """How the samples of a shard are written."""

    def write(self, samples: Encoded) -> None:
        """The next samples in row order."""
        ...

    def files(self, target: Path) -> dict[str, Any]:
        """Once all is written: what lies beside `target`, by name and sha256."""
        ...


class SequenceShard:
    """Sequences of modes TRUNCATE and WINDOW. Those that are padded to the LONGEST are finished by the completion."""

    def __init__(self, stream: StreamFile, index: StreamFile, cutting: Cutting, form: Form, tally: Tally) -> None:
        self._stream, self._index, self._cutting, self._form, self._tally = stream, index, cutting, form, tally

    def write(self, samples: Encoded) -> None:
        sequences = self._cutting.cut(samples.tokens, samples.texts)
        self._tally.count(sequences)
        spans = replace(sequences.spans, documents=samples.rows[sequences.spans.documents])
        layout, width = self._form.layout, self._form.width
        self._index.write(index_batch(spans, layout.shifts(sequences.tokens, width)))
        for batch, padding_cells in layout.batches(sequences.tokens, width):
            if self._form.is_final:
                self._tally.write(self._stream, batch, padding_cells)
            else:
                self._stream.write(batch)

    def files(self, target: Path) -> dict[str, Any]:
        frequencies = save_counts(target.with_suffix(".frequencies.npy"), self._tally.frequencies)
        return _named("frequencies", frequencies) | _named("documents", index_path(target))


class StreamShard:
    """The samples of mode PACK, as tokens alone: what is set around and between them, the completion sets."""

    def __init__(self, stream: StreamFile, schema: Any, id_type: str) -> None:
        self._stream, self._schema, self._id_type = stream, schema, id_type

    def write(self, samples: Encoded) -> None:
        tokens = list_column(samples.tokens.ids.astype(self._id_type), samples.tokens.offsets)
        self._stream.write(pa.record_batch([pa.array(samples.rows, pa.int64()), tokens], schema=self._schema))

    def files(self, target: Path) -> dict[str, Any]:
        return {"frequencies": None, "documents": None}


@contextmanager
def open_shard(
    target: Path, tokenizer: Any, recipe: Mapping[str, Any], cutting: Cutting | None, tally: Tally
) -> Generator[tuple[StreamFile, Shard]]:
    """The file `target` and what writes samples to it; `cutting` None: mode PACK."""
    if cutting is None:
        layout = unpadded_layout(tokenizer)
        schema = pa.schema([("row", pa.int64()), ("tokens", layout.schema.field("input_ids").type)])
        with write_stream(target, schema) as stream:
            yield stream, StreamShard(stream, schema, layout.id_type)
        return
    form = form_of(tokenizer, recipe)
    with write_stream(index_path(target), INDEX) as index, write_stream(target, form.layout.schema) as stream:
        yield stream, SequenceShard(stream, index, cutting, form, tally)


def index_path(target: Path) -> Path:
    """The shard's part of the index of documents, beside it under its name and fence."""
    return target.with_suffix(".documents.arrow")


def save_skipped(target: Path, skipped: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All samples that were skipped as JSON lines beside `target`, the first of them for the ledger."""
    told = {"skipped": list(skipped[:SKIPPED_TOLD]), "skipped_file": None}
    if not skipped:
        return told
    path = target.with_suffix(".skipped.jsonl")
    with write_atomically(path) as file:
        file.writelines(json.dumps(sample).encode() + b"\n" for sample in skipped)
    return told | _named("skipped_file", path)


def save_counts(path: Path, counts: Counts) -> Path:
    """How often each id was written: int64, the id is the index."""
    content = BytesIO()
    np.save(content, counts)  # into a real file numpy writes by itself, and does not tell that a disk is full
    with write_atomically(path) as file:
        file.write(content.getbuffer())
    return path


def _named(key: str, path: Path) -> dict[str, str]:
    return {key: path.name, f"{key}_sha256": sha256_of(path)}
