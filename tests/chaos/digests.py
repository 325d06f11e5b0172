"""What the files of a published folder come to, so that two runs can be compared byte for byte."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from domain.adapters.sums import LOCK, SUMS

INDEX = "index"
# Tantivy draws the names of its files, and lists them in these two.
DRAWN = re.compile(r"[0-9a-f]{32}")
LISTS = ("meta.json", ".managed.json")

Digests = Mapping[str, str]


def digests(folder: Path) -> Digests:
    """The SHA-256 of every file below a folder, by its path in it. Of an index without its lists of drawn names."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not LOCK.fullmatch(path.name)]
    is_index = any(path.name in LISTS for path in files)
    compared = (path for path in files if not is_index or path.name not in (*LISTS, SUMS))
    return {DRAWN.sub("*", str(path.relative_to(folder))): _digest(path) for path in compared}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
