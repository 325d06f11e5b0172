"""The most anonymous memory that this process had, for programs that tests start and measure."""

import time
from pathlib import Path
from threading import Thread

POLL_SECONDS = 0.01

# Writes rows of 2,000 random letters as one row group: to `python -c`, with a path and the number of rows.
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
# Prints rows and megabytes: to `python -c`, with a path.
INGEST = """
import sys
from pathlib import Path
from tests.workers.ingests import Ingest
from tests.workers.memory_peak import MemoryPeak
peak = MemoryPeak()
file = Path(sys.argv[1])
ingest = Ingest(file.parent)
ingest.files.append({"path": file.name, "split": "train"})
print(ingest.run()["rowCount"])
print(peak.megabytes)
"""


def anonymous_megabytes() -> int:
    """RssAnon of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon"))


class MemoryPeak:
    """Watches from its making on."""

    def __init__(self) -> None:
        self.megabytes = 0
        Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.megabytes = max(self.megabytes, anonymous_megabytes())
            time.sleep(POLL_SECONDS)
