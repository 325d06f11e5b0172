"""An ingest takes little memory, however large a row group or a document is; a benchmark measures more of it."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workers.ingests import CONTENTS, rows_of_bytes
from tests.workers.memory_peak import INGEST, LARGE_FILE

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


def measure(program: str, file: Path, rows: int) -> int:
    """The last line that the program prints, megabytes, once it read all rows."""
    run = [sys.executable, "-c", program, str(file)]
    read, megabytes = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    assert int(read) == rows
    return int(megabytes)


@pytest.mark.slow
def test_a_row_group_of_200_mb_is_read_in_a_fifth_of_that(tmp_path: Path) -> None:
    file = tmp_path / "big.parquet"
    subprocess.run([sys.executable, "-c", LARGE_FILE, str(file), "100000"], check=True)
    assert measure(READ, file, 100_000) < 40


@pytest.mark.slow
def test_a_document_of_70_mb_stays_below_1_gb(tmp_path: Path) -> None:
    file = tmp_path / "array.json"
    file.write_bytes(CONTENTS["json"](rows_of_bytes(70_000_000, 2000)))
    assert measure(INGEST, file, 35_000) < 1000


@pytest.mark.slow
def test_lines_that_come_to_200_mb_are_never_whole_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl.gz"
    file.write_bytes(gzip.compress(CONTENTS["jsonl"](rows_of_bytes(10_000_000, 2000))) * 20)
    assert measure(INGEST, file, 100_000) < 400
