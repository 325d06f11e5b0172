"""Where the text of each sequence comes from: an index beside the sequences, row by row.

Row i is sequence i of a split: its spans {row, start, stop}, in order, where cells [start, stop) hold text of `row` of
the same split. Special tokens and padding are in no span. `domain/adapters/token_documents.py` reads it.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from workers.engines import Offsets
from workers.sequences import Spans

SPAN = pa.struct([("row", pa.int64()), ("start", pa.int32()), ("stop", pa.int32())])
SCHEMA = pa.schema([("documents", pa.list_(SPAN))])


def index_batch(spans: Spans, shifts: Offsets) -> Any:
    """A record batch of spans whose documents are rows of the split; `shifts` moves those of each sequence."""
    moved = np.repeat(shifts, np.diff(spans.offsets))
    columns = [
        pa.array(spans.documents, pa.int64()),
        pa.array(spans.starts + moved, pa.int32()),
        pa.array(spans.stops + moved, pa.int32()),
    ]
    values = pa.StructArray.from_arrays(columns, fields=list(SPAN))
    return pa.record_batch([pa.ListArray.from_arrays(pa.array(spans.offsets, pa.int32()), values)], schema=SCHEMA)


def spans_in(column: Any) -> Spans:
    """What `index_batch` wrote, from its column."""
    offsets = column.offsets.to_numpy().astype(np.int64)
    rows, starts, stops = (
        child.to_numpy()[offsets[0] : offsets[-1]].astype(np.int64) for child in column.values.flatten()
    )
    return Spans(offsets - offsets[0], rows, starts, stops)
