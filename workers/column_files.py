"""Rows of parquet and Arrow files in tables that stay small, however large the file's own row groups and batches are.

With `skips` what cannot be read is left out and counted: the rest of a row group, the rest of an Arrow file.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from workers.bounded_bytes import BOUNDS, Bounds
from workers.damage import UNREADABLE, Skips, reason_of, refuse_fault

BATCH_ROWS = 16_000
BATCH_BYTES = 4 << 20


def parquet_tables(file: Path, path: str, columns: Sequence[str] | None, skips: Skips | None) -> Iterator[Any]:
    """As the Parquet builder does, but for its batches: it decodes whole row groups, which may exceed the memory."""
    with pyarrow.parquet.ParquetFile(file, memory_map=True, pre_buffer=False) as parquet:
        groups = [parquet.metadata.row_group(number) for number in range(parquet.num_row_groups)]
        BOUNDS.get(Bounds(path)).check(file.stat().st_size, sum(group.total_byte_size for group in groups))
        sizes = [group.num_rows for group in groups]
        row_bytes = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=1)
        rows = min(BATCH_ROWS, max(1, BATCH_BYTES // max(row_bytes, 1)))
        for number, size in enumerate(sizes):
            done = 0
            try:
                for batch in parquet.iter_batches(rows, row_groups=[number], columns=columns, use_threads=False):
                    done += batch.num_rows
                    yield pa.Table.from_batches([batch])
            except UNREADABLE as error:
                refuse_fault(path, error)
                if skips is None:
                    raise
                first = sum(sizes[:number])
                skips.add(path, f"rows {first + done:,} to {first + size - 1:,}", reason_of(error), rows=size - done)


def arrow_tables(file: Path, path: str, skips: Skips | None) -> Iterator[Any]:
    """The rows of a file of either IPC format, mapped."""
    done = 0
    with pa.memory_map(str(file)) as mapped:
        try:
            for batch in _batches(mapped):
                rows = min(BATCH_ROWS, max(1, BATCH_BYTES * batch.num_rows // max(batch.nbytes, 1)))
                for start in range(0, batch.num_rows, rows):
                    yield pa.Table.from_batches([batch.slice(start, rows)])
                done += batch.num_rows
        except UNREADABLE as error:
            refuse_fault(path, error)
            if skips is None:
                raise
            skips.add(path, f"after row {done:,}", reason_of(error))


def _open(mapped: Any) -> Any:
    try:
        return pa.ipc.open_stream(mapped)
    except (OSError, pa.ArrowInvalid):
        return pa.ipc.open_file(mapped)


def _batches(mapped: Any) -> Iterator[Any]:
    opened = _open(mapped)
    if isinstance(opened, pa.RecordBatchStreamReader):
        yield from opened
    else:
        yield from (opened.get_batch(number) for number in range(opened.num_record_batches))
