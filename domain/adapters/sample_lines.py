"""Samples as JSON lines, to be taken along: everything of each, nothing cut."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson

from domain.adapters.arrow_rows import rows_of
from domain.adapters.cells import encoded, plain
from domain.adapters.samples import SampleFolder
from domain.adapters.samples_wanted import Place

CHUNK_BYTES = 64 * 1024


def sample_lines(folder: SampleFolder, places: Iterable[Sequence[Place]]) -> Iterator[bytes]:
    """The rows at these places, in order, each as {"split", "index", "row": {column: value}} on a line: whole lines, in
    chunks of about CHUNK_BYTES. Bytes are {"base64", "type"}. However large rows are, few are in memory at a time."""
    held, size = [], 0
    for lines in _lines(folder, places):
        held.append(lines)
        size += len(lines)
        if size >= CHUNK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _lines(folder: SampleFolder, places: Iterable[Sequence[Place]]) -> Iterator[bytes]:
    for chunk in places:
        for split, of_split in groupby(chunk, attrgetter("split")):
            for start, count in _runs([place.index for place in of_split]):
                yield from _of_run(folder, split, start, count)


def _runs(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(first, how many) of every stretch of numbers that follow each other."""
    for _, stretch in groupby(enumerate(indexes), lambda numbered: numbered[1] - numbered[0]):
        numbers = [number for _, number in stretch]
        yield numbers[0], len(numbers)


def _of_run(folder: SampleFolder, split: str, start: int, count: int) -> Iterator[bytes]:
    for batch in folder.batches(split, start, count):
        yield from _of_batch(split, start, batch)
        start += len(batch)


def _of_batch(split: str, start: int, batch: Any) -> Iterator[bytes]:
    """The rows of a batch from `start` on, by halves until they are not too much."""
    if len(batch) > 1 and batch.nbytes > CHUNK_BYTES:
        half = len(batch) // 2
        yield from _of_batch(split, start, batch.slice(0, half))
        yield from _of_batch(split, start + half, batch.slice(half))
        return
    told = (
        {"split": split, "index": index, "row": plain(row, encoded)} for index, row in enumerate(rows_of(batch), start)
    )
    yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in told)
