"""What is brought and tokenized over and over: repositories of a Hub, a file that is sent, and recipes."""

import csv
import io
from pathlib import Path
from typing import Any

from tests.texts import english, texts
from tests.tokenizers import save_bpe

# of each of the two files of `train`; `test` has a quarter of it
ROWS = 120
REPOSITORIES = ("acme/one",)
FILE = "notes.csv"
FILE_ROWS = 100
TOKENIZER = "file:bpe"
RECIPES: dict[int, dict[str, Any]] = {
    63: {"maxLength": 63, "padding": "LONGEST", "padToken": "<|end|>"},
    47: {"maxLength": 47, "mode": "WINDOW", "stride": 8},
    127: {"maxLength": 127, "mode": "PACK", "endOfDocumentToken": "<|end|>", "tail": "DROP"},
}


def write_sources(hub: Path, tokenizers: Path) -> None:
    """The repositories below the folder of a Hub, the tokenizer below that of a home."""
    for name in REPOSITORIES:
        english(hub, name, rows=ROWS)
    save_bpe(tokenizers / "bpe")


def file_content() -> bytes:
    """The file that is sent."""
    file = io.StringIO()
    csv.writer(file).writerows([["text", "n"], *([text, n] for n, text in enumerate(texts(FILE_ROWS, start=100)))])
    return file.getvalue().encode()
