"""The most anonymous memory that an ingest or a tokenization takes, each in a process of its own.

What is measured is the child that does the work; its parent takes less than 100 MB beside it.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.report import Figure
from tests.workers.ingests import CONTENTS, one_line, rows_of_bytes
from tests.workers.memory_peak import INGEST, LARGE_FILE

# One shard is tokenized; the ledger says that there are 12 like it, one after the other.
TOKENIZE = """
import json, sys
from pathlib import Path
from tests.workers.memory_peak import MemoryPeak
from tests.workers.tokenization import Run, save_splits, save_tokenizers
from tests.texts import texts
from workers.tokenizers import load_tokenizer
import datasets, workers.compiled
folder, recipe = Path(sys.argv[1]), json.loads(sys.argv[2])
save_splits(folder / "data", {"train": texts(20_000)})
run = Run(folder / "data", save_tokenizers(folder / "tokenizers"), folder, "file:wordpiece", **recipe)
run.plan(shard_bytes=32 << 20)
peak = MemoryPeak()
piece = run.shard(0)
rows = piece["stop"]
pieces = [piece | {"start": number * rows, "stop": (number + 1) * rows} for number in range(12)]
told = run.complete(pieces)
print(told["statistics"]["sourceTokens"])
print(peak.megabytes)
"""
RECIPES: tuple[dict[str, Any], ...] = (
    {"mode": "PACK", "maxLength": 512, "tail": "PAD", "separatorToken": "[SEP]"},
    {"mode": "WINDOW", "maxLength": 512, "stride": 128, "padding": "LONGEST"},
    {"maxLength": 4096, "padding": "MAX_LENGTH"},
)
LINE_BYTES, ROWS_BYTES = 64_000_000, 100_000_000


def contents() -> Mapping[str, bytes]:
    """Files that are hard to read in little memory, by name."""
    return {
        "line.jsonl": one_line(LINE_BYTES),
        "line.jsonl.gz": gzip.compress(one_line(LINE_BYTES), 1),
        "long.csv": CONTENTS["csv"](rows_of_bytes(ROWS_BYTES, 100_000)),
        "many.txt.gz": gzip.compress(CONTENTS["jsonl"](rows_of_bytes(ROWS_BYTES, 2000)), 1),
    }


def measured(program: str, *words: str) -> int:
    """Megabytes, the last that the program prints; before it what it has made, which is asserted not to be nothing."""
    run = [sys.executable, "-c", program, *words]
    made, megabytes = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    assert int(made) > 0
    return int(megabytes)


def ingests() -> Iterator[int]:
    """Megabytes of each ingest."""
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words", "words.parquet")
        words.parent.mkdir()
        subprocess.run([sys.executable, "-c", LARGE_FILE, str(words), "50000"], check=True)
        yield measured(INGEST, str(words))
    for name, content in contents().items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, name)
            file.write_bytes(content)
            yield measured(INGEST, str(file))


def tokenizations() -> Iterator[int]:
    """Megabytes of each tokenization of 15 million tokens."""
    for recipe in RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            yield measured(TOKENIZE, folder, json.dumps(recipe))


def run() -> Iterator[Figure]:
    """The peaks of both."""
    what = "100 MB with millions of distinct words, one line of 64 MB, also packed, long rows of csv, packed text"
    yield Figure("`RssAnon` of an ingest of hard files, MB", max(ingests()), "<= 1000", what)
    modes = "the child, 15 million tokens: PACK with a padded tail, WINDOW with LONGEST, 4,096 cells a row"
    yield Figure("`RssAnon` of a tokenization in any mode, MB", max(tokenizations()), "<= 600", modes)


if __name__ == "__main__":
    for figure in run():
        print(figure)
