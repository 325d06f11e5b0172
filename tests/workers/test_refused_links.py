"""Where a file system refuses hard links files are copied, and however long that takes, no silence is long."""

import errno
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from domain.adapters import files
from domain.adapters.files import sha256_of, tree_size
from tests.workers.indexes import built_parts, write_texts
from tests.workers.ingests import PARAGRAPHS, Ingest, rows_of_bytes
from workers.downloading import complete_download
from workers.exporting import complete_export
from workers.indexing import complete_index
from workers.ingesting import complete_ingest
from workers.steps import Work

BLOCK_BYTES = 20_000
DESCRIBED_BYTES = 10_000  # what is written beside the files, at most
FILE_BYTES = 20 * BLOCK_BYTES


def ingest(folder: Path) -> Work:
    given = Ingest(folder)
    given.add("train.jsonl", "train", rows_of_bytes(FILE_BYTES, 1000))
    plan = given.plan()
    columns = {"features": plan["features"], "text_column": plan["textColumn"]}
    return complete_ingest(final=str(folder / "final"), **columns, splits=["train"], pieces=given.pieces(plan))


def index(folder: Path) -> Work:
    texts = write_texts(folder / "data", {"train": {"text": PARAGRAPHS}})
    given: dict[str, Any] = {"columns": ["text"], "text_column": "text", "language": None, "rows": len(PARAGRAPHS)}
    return complete_index(final=str(folder / "final"), pieces=built_parts(texts, folder / "work", ["text"]), **given)


def large_file(folder: Path) -> dict[str, Any]:
    file = folder / "piece.1"
    file.write_bytes(os.urandom(FILE_BYTES))
    return {"file": str(file), "sha256": sha256_of(file)}


def download(folder: Path) -> Work:
    return complete_download(final=str(folder / "final"), pieces=[{"path": "data/a.parquet", **large_file(folder)}])


def export(folder: Path) -> Work:
    told = {"name": "a.parquet", "split": "train", "rowCount": 1, "sizeBytes": FILE_BYTES}
    return complete_export(final=str(folder / "final"), pieces=[told | large_file(folder)])


@pytest.mark.parametrize("complete", [ingest, index, download, export])
def test_files_that_are_copied_are_told_block_by_block(
    tmp_path: Path, complete: Callable[[Path], Work], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given work whose last stage gives files their names, where no file may have two
    def refuse(_target: Path, _source: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    work = complete(tmp_path)
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    monkeypatch.setattr(files, "COPIED_BYTES", BLOCK_BYTES)

    # when it is done, looked at after each step
    sizes = [0]
    for _ in work:
        sizes.append(sum(map(tree_size, tmp_path.glob("final*"))))
    sizes.append(tree_size(tmp_path / "final"))

    # then all is there, and no step was for more than a block
    assert sizes[-1] > 10 * BLOCK_BYTES
    assert max(after - before for before, after in pairwise(sizes)) < BLOCK_BYTES + DESCRIBED_BYTES


def test_many_small_files_are_told_one_by_one_until_they_are_published(tmp_path: Path) -> None:
    pieces = []
    for number in range(30):
        (tmp_path / str(number)).write_text(str(number))
        pieces.append({"path": f"{number}.txt", "file": str(tmp_path / str(number))})
    steps = list(complete_download(final=str(tmp_path / "final"), pieces=pieces))
    assert len([step for step in steps if step.done == len(pieces)]) > 2 * len(pieces)  # to be hashed, and made durable
