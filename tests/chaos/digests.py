"""What the files of a published folder come to, so that two runs can be compared byte for byte."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

Digests = Mapping[str, str]
# Of all outputs, by source and recipe.
Wanted = dict[tuple[str, int | None], Digests]


def digests(folder: Path) -> Digests:
    """The SHA-256 of every file below a folder, by its path in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
