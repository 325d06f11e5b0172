"""From a sample to what a run would come to: the contract's TokenizationPlan."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from workers.packing import document_frame, packed_frame
from workers.recipes import is_padded
from workers.special_ids import id_bound, id_type_of
from workers.token_samples import Making, Sample, Sampled

# What a run takes beside its tokens: to be planned, to begin, to be put together and published.
START_SECONDS = 1.5
WRITTEN_BYTES_A_SECOND = 200_000_000
# What stands in a folder beside its rows: schemas, descriptions, and of each split its files' heads.
FOLDER_BYTES = 2_500
SPLIT_BYTES = 2_500
OFFSET_BYTES = 4
SPAN_BYTES = 16
COUNT_BYTES = 8


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one split or all; counts are estimates where not all rows were tried. `cells` include padding; `lost` tokens
    are those cut off or dropped with a tail, and `filtered` ones."""

    sequences: float = 0.0
    tokens: float = 0.0
    source: float = 0.0
    cut: float = 0.0
    filtered: float = 0.0
    cells: float = 0.0
    padding: float = 0.0
    spans: float = 0.0
    text_bytes: float = 0.0

    def plus(self, other: "Figures") -> "Figures":
        """Both together."""
        return Figures(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Figures)))

    @property
    def lost_share(self) -> float:
        """Of the tokens of all texts, those that come into no sequence."""
        return (self.cut + self.filtered) / self.source if self.source else 0.0

    @property
    def cut_share(self) -> float:
        return self.cut / self.source if self.source else 0.0

    @property
    def padding_share(self) -> float:
        return self.padding / self.cells if self.cells else 0.0


def figures_of(making: Making, sample: Sample) -> Figures:
    """What all rows of all splits come to."""
    total = Figures()
    for split in sample.splits:
        total = total.plus(_packed(making, split) if making.cutting is None else _cut(making, split))
    return total


def _cut(making: Making, split: Sampled) -> Figures:
    """Modes TRUNCATE and WINDOW: what was counted, for all rows."""
    counters, lengths, scale = split.counters, split.lengths, split.scale
    width = {"LONGEST": lengths.longest, "MAX_LENGTH": making.recipe["maxLength"]}.get(making.recipe["padding"])
    padding = 0 if width is None else counters.sequences * width - lengths.total
    return Figures(
        sequences=counters.sequences * scale,
        tokens=counters.token_count * scale,
        source=counters.source_tokens * scale,
        cut=counters.truncated_tokens * scale,
        filtered=counters.filtered_tokens * scale,
        cells=(lengths.total + padding) * scale,
        padding=padding * scale,
        spans=counters.sequences * scale,
        text_bytes=split.text_bytes * scale,
    )


def _packed(making: Making, split: Sampled) -> Figures:
    """Mode PACK: the split's stream as long as the tried rows make it, and the rows that it fills."""
    frame = packed_frame(making.tokenizer, making.recipe, making.engine)
    of_documents = document_frame(making.tokenizer, making.recipe)
    _, is_text = of_documents.around(split.stream)
    is_text = is_text[len(of_documents.before) :]
    stream = round(len(is_text) * split.scale)
    full, tail = divmod(stream, making.recipe["maxLength"] - frame.size)
    dropped = tail if making.recipe["tail"] == "DROP" else 0
    sequences = full + bool(tail and not dropped)
    tokens = stream - dropped + sequences * frame.size
    padding = sequences * making.recipe["maxLength"] - tokens if is_padded(making.recipe) else 0
    return Figures(
        sequences=sequences,
        tokens=tokens,
        source=split.counters.source_tokens * split.scale,
        cut=_text_in(is_text, dropped, split),
        filtered=split.counters.filtered_tokens * split.scale,
        cells=tokens + padding,
        padding=padding,
        spans=sequences + split.kept * split.scale,
        text_bytes=split.text_bytes * split.scale,
    )


def _text_in(is_text: Any, dropped: int, split: Sampled) -> float:
    """How many of the last cells of the stream are of texts."""
    if not dropped or not len(is_text):
        return 0.0
    if split.is_whole:
        return float(np.count_nonzero(is_text[len(is_text) - dropped :]))
    return float(dropped * is_text.mean())


def size_of(making: Making, figures: Figures, tokenizer_bytes: int) -> float:
    """Bytes of the finished folder; `tokenizer_bytes` are those of the pinned tokenizer that is kept with it."""
    cell = np.dtype(id_type_of(making.tokenizer)).itemsize
    columns, mask = (2, 1) if is_padded(making.recipe) else (1, 0)
    rows = figures.cells * (cell + mask) + figures.sequences * OFFSET_BYTES * columns
    index = figures.spans * SPAN_BYTES + figures.sequences * OFFSET_BYTES
    beside = FOLDER_BYTES + SPLIT_BYTES * len(making.recipe["splits"]) + COUNT_BYTES * id_bound(making.tokenizer)
    return rows + index + beside + tokenizer_bytes


def told(making: Making, sample: Sample, *, tokenizer_bytes: int, workers: int) -> tuple[Figures, Mapping[str, Any]]:
    """The figures, and of the contract's TokenizationPlan what they say."""
    figures = figures_of(making, sample)
    size = size_of(making, figures, tokenizer_bytes)
    busy = figures.text_bytes * sample.seconds_a_byte / workers
    return figures, {
        "sequenceCount": round(figures.sequences),
        "tokenCount": round(figures.tokens),
        "sizeBytes": round(size),
        "seconds": round(START_SECONDS + busy + size / WRITTEN_BYTES_A_SECOND, 1),
        "truncatedShare": figures.cut_share,
        "paddingShare": figures.padding_share,
        "sampledRows": sample.tried,
    }
