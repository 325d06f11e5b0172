"""An ingest takes little memory, however large a row group is and however many words there are."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workers.ingests import CONTENTS, PARAGRAPHS

LARGE_FILE = """
import sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
rows = int(sys.argv[2])
letters = np.random.default_rng(1).integers(97, 123, rows * 2000, dtype=np.uint8)
letters[::11] = 32
offsets = np.arange(0, rows * 2000 + 1, 2000, dtype=np.int32)
text = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(letters))
pq.write_table(pa.table({"text": text}), sys.argv[1], row_group_size=rows, use_dictionary=False, compression="none")
"""
READ = """
import sys
from pathlib import Path
import pyarrow as pa
from workers.source_tables import Source
file = Path(sys.argv[1])
source = Source(file.parent, {"name": "parquet", "options": {}}, file.parent / "scratch")
features = source.infer(file.name)
print(sum(table.num_rows for table in source.tables(file.name, features)))
print(pa.default_memory_pool().max_memory() >> 20)
"""
INGEST = """
import sys
from pathlib import Path
from tests.workers.ingests import Ingest
from tests.workers.memory_peak import MemoryPeak
peak = MemoryPeak()
file = Path(sys.argv[1])
ingest = Ingest(file.parent)
ingest.files.append({"path": file.name, "split": "train"})
result = ingest.run()
assert result["statistics"]["vocabularyIsExact"] == (len(sys.argv) > 2)
print(result["rowCount"])
print(peak.megabytes)
"""


def measure(program: str, file: Path, rows: int) -> int:
    """The last line that the program prints, megabytes, once it read all rows of one large row group."""
    subprocess.run([sys.executable, "-c", LARGE_FILE, str(file), str(rows)], check=True)
    run = [sys.executable, "-c", program, str(file)]
    read, megabytes = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    assert int(read) == rows
    return int(megabytes)


def test_a_row_group_of_200_mb_is_read_in_a_fifth_of_that(tmp_path: Path) -> None:
    assert measure(READ, tmp_path / "big.parquet", 100_000) < 40


@pytest.mark.slow
def test_millions_of_distinct_words_stay_below_1_gb(tmp_path: Path) -> None:
    assert measure(INGEST, tmp_path / "big.parquet", 50_000) < 1000


WORDS = " ".join(PARAGRAPHS) * 20  # some 10 MB


def one_line(bytes_: int) -> bytes:
    """JSON lines: one, of so many bytes."""
    return json.dumps({"text": (WORDS * (bytes_ // len(WORDS) + 1))[:bytes_]}).encode() + b"\n"


def rows_of_bytes(bytes_: int, row_bytes: int) -> list[dict[str, object]]:
    return [{"n": number, "text": WORDS[:row_bytes]} for number in range(bytes_ // row_bytes)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("line.jsonl", lambda: one_line(64_000_000), 1),
        ("line.jsonl.gz", lambda: gzip.compress(one_line(64_000_000), 1), 1),
        ("array.json", lambda: CONTENTS["json"](rows_of_bytes(70_000_000, 2000)), 35_000),
        ("long.csv", lambda: CONTENTS["csv"](rows_of_bytes(100_000_000, 100_000)), 1000),
        ("many.txt.gz", lambda: gzip.compress(CONTENTS["jsonl"](rows_of_bytes(100_000_000, 2000)), 1), 50_000),
    ],
)
def test_any_format_stays_below_1_gb(tmp_path: Path, name: str, content: Callable[[], bytes], rows: int) -> None:
    file = tmp_path / name
    file.write_bytes(content())
    run = [sys.executable, "-c", INGEST, str(file), "few words"]
    read, megabytes = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    assert int(read) == rows
    assert int(megabytes) < 1000
