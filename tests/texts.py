"""English text for tests, without a download: what `pydoc` says of Python's topics; and repositories made of it.

`python -m tests.texts FOLDER` writes `acme/english` and `acme/lines` for `python -m tests.hub FOLDER`.
"""

import json
import random
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from pydoc_data.topics import topics

import pyarrow as pa
import pyarrow.parquet as pq

Files = Mapping[str, Sequence[str] | str | bytes]


@cache
def paragraphs() -> tuple[str, ...]:
    """A few thousand paragraphs of English, 10 to some 2,000 characters each, always in the same order."""
    found = (part.strip() for name in sorted(topics) for part in topics[name].split("\n\n"))
    return tuple(part for part in found if len(part) >= 10)


def texts(count: int, start: int = 0) -> list[str]:
    """`count` paragraphs from the `start`-th on, over and over."""
    return list(islice(cycle(paragraphs()), start, start + count))


def write_repository(folder: Path, files: Files) -> Path:
    """Writes files below a folder: texts as the column `text` of the format of the name, anything else as it is."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content)
        else:
            write_texts(path, content)
    return folder


def write_texts(path: Path, rows: Sequence[str]) -> None:
    """One row a text, with its number in the column `id`; parquet or jsonl by the name of the path."""
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"id": range(len(rows)), "text": list(rows)}), path)
    else:
        path.write_text("".join(json.dumps({"id": n, "text": row}) + "\n" for n, row in enumerate(rows)))


def english(root: Path, name: str = "acme/english", *, rows: int = 200) -> Path:
    """The repository of the first journey: parquet, `train` in two files and `test` in one."""
    return write_repository(
        root / "datasets" / name,
        {
            "README.md": "---\nlicense: mit\nlanguage: en\n---\n# English\n",
            "data/train-00000-of-00002.parquet": texts(rows),
            "data/train-00001-of-00002.parquet": texts(rows, start=rows),
            "data/test-00000-of-00001.parquet": texts(rows // 4, start=2 * rows),
        },
    )


def english_lines(root: Path, name: str = "acme/lines", *, rows: int = 200) -> Path:
    """The same kind of text as jsonl, one file a split."""
    return write_repository(
        root / "datasets" / name,
        {"train.jsonl": texts(rows), "validation.jsonl": texts(rows // 4, start=rows), "test.jsonl": texts(rows // 4)},
    )


def incompressible(size: int, seed: int = 1) -> bytes:
    """Bytes for tests of the transport, the same for the same seed."""
    return random.Random(seed).randbytes(size)


if __name__ == "__main__":
    for made in (english(Path(sys.argv[1]), rows=5_000), english_lines(Path(sys.argv[1]), rows=5_000)):
        print(made)
