"""A tokenization takes little memory, however many rows there are."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe",
    [
        {"mode": "PACK", "maxLength": 512, "tail": "PAD", "separatorToken": "[SEP]"},
        {"mode": "WINDOW", "maxLength": 512, "stride": 128, "padding": "LONGEST"},
        {"maxLength": 4096, "padding": "MAX_LENGTH"},
    ],
    ids=lambda recipe: recipe.get("mode", "TRUNCATE"),
)
def test_a_tokenization_stays_below_600_mb(tmp_path: Path, recipe: dict[str, Any]) -> None:
    """The parent of the child that is measured here takes less than the 100 MB that are left of 700."""
    run = [sys.executable, "-c", TOKENIZE, str(tmp_path), json.dumps(recipe)]

    tokens, megabytes = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()

    assert int(tokens) > 15_000_000
    assert int(megabytes) < 600
