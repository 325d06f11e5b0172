"""Which rows an estimate is made from: no more of a file is read than is tried."""

import re
from pathlib import Path

import pyarrow as pa

from workers.arrow_folder import SplitFiles, write_dataset_dict, write_stream
from workers.plan_rows import SAMPLE_BYTES, chosen_blocks
from workers.row_texts import Column, rows_of


def resident(path: Path) -> int:
    """Bytes of a mapped file that this process has touched."""
    found, mine = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            mine = line.endswith(f" {path}")
        elif mine and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


def test_what_is_tried_is_read_and_the_rest_is_not(tmp_path):
    texts_of_it = pa.array([f"{number} " + "x" * 2_000 for number in range(50_000)])
    path, folder = tmp_path / "rows-of-100-megabytes.arrow", tmp_path / "data"
    table = pa.table({"text": texts_of_it})
    with write_stream(path, table.schema) as stream:
        for batch in table.to_batches(max_chunksize=500):
            stream.write(batch)
    list(write_dataset_dict(folder, [SplitFiles("train", [path], len(table), "0" * 16)], {}))
    documents = Column("text")
    rows = rows_of(folder, "train", documents)
    size = (folder / "train" / "data-00000-of-00001.arrow").stat().st_size

    blocks = chosen_blocks({"train": rows}, seed=7)
    tried = [documents.texts(rows.slice(block.start, block.stop - block.start)).texts for block in blocks]

    assert SAMPLE_BYTES / 2 < sum(part.nbytes for part in tried) < SAMPLE_BYTES * 2
    assert resident(folder / "train" / "data-00000-of-00001.arrow") < size / 3
