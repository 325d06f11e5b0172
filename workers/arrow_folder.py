"""Arrow stream files, and the DatasetDict folder of them that `datasets.load_from_disk` opens.

The files carry their features in the schema's metadata, as `datasets` writes them; json and pyarrow only.
"""

import hashlib
import json
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from domain.adapters.files import linking, write_atomically

FINGERPRINT_HEX_DIGITS = 16
# As `datasets` has it: the whole name of a split, which is also the name of its folder.
SPLIT_NAME = r"\w+(\.\w+)*"


@dataclass(frozen=True, slots=True)
class SplitFiles:
    """One split: its stream files in row order (at least one), `rows` in all of them, 16 hex digits, and the SHA-256 of
    the files as far as it is known."""

    name: str
    files: Sequence[Path]
    rows: int
    fingerprint: str
    hashes: Sequence[str] = ()


@dataclass(slots=True)
class StreamFile:
    """A stream file being written; `rows`, `bytes` and `sha256()` are of what has been written so far."""

    writer: Any
    sink: "_HashingSink"
    rows: int = 0

    def write(self, rows: Any) -> None:
        """A pyarrow RecordBatch or Table of the stream's schema, as the batches that it has."""
        self.writer.write(rows)
        self.rows += rows.num_rows

    @property
    def bytes(self) -> int:
        return self.sink.bytes

    def sha256(self) -> str:
        return str(self.sink.hash.hexdigest())


@contextmanager
def write_stream(target: Path, schema: Any) -> Generator[StreamFile]:
    """An Arrow stream file named `target` once the block ends: ask the StreamFile for its figures after that."""
    with write_atomically(target) as file:
        sink = _HashingSink(file)
        with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
            yield StreamFile(writer, sink)


def schema_with_features(schema: Any, features: Mapping[str, Any]) -> Any:
    """The pyarrow schema with `features` (as `Features.to_dict()` gives them) where `datasets` looks for them."""
    information = {"info": {"features": dict(features)}}
    return schema.with_metadata({"huggingface": json.dumps(information)})


def fingerprint_of(*parts: str) -> str:
    """The same 16 hex digits for the same parts in the same order: content hashes, settings."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:FINGERPRINT_HEX_DIGITS]


def write_dataset_dict(
    build: Path, splits: Sequence[SplitFiles], features: Mapping[str, Any]
) -> Generator[None, None, dict[str, str]]:
    """Fill the folder `build` with hard links to the splits' files and what describes them; the SHA-256 of files, by
    their paths below it. It stops behind each file, and of files that are copied behind each block.

    It is durable once `publish` has fsynced it. ValueError, with nothing written, for a split's name that is none.
    """
    for split in splits:
        if not re.fullmatch(SPLIT_NAME, split.name):
            raise ValueError(f"a split cannot be named {split.name!r}")
    build.mkdir(parents=True, exist_ok=True)
    _write_json(build / "dataset_dict.json", {"splits": [split.name for split in splits]})
    information = _information(splits, features)
    hashes: dict[str, str] = {}
    for split in splits:
        names = [_data_file(number, len(split.files)) for number in range(len(split.files))]
        hashes |= {f"{split.name}/{name}": sha256 for name, sha256 in zip(names, split.hashes, strict=False)}
        for source, name in zip(split.files, names, strict=True):
            yield from linking(source, build / split.name / name)
            yield
        _write_json(build / split.name / "state.json", _state(split, names))
        _write_json(build / split.name / "dataset_info.json", information)
    return hashes


def _data_file(number: int, count: int) -> str:
    return f"data-{number:05d}-of-{count:05d}.arrow"


def _state(split: SplitFiles, names: Sequence[str]) -> dict[str, Any]:
    return {
        "_data_files": [{"filename": name} for name in names],
        "_fingerprint": split.fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split.name,
    }


def _information(splits: Sequence[SplitFiles], features: Mapping[str, Any]) -> dict[str, Any]:
    described = {
        split.name: {
            "name": split.name,
            "num_bytes": sum(file.stat().st_size for file in split.files),
            "num_examples": split.rows,
        }
        for split in splits
    }
    return {
        "citation": "",
        "description": "",
        "features": dict(features),
        "homepage": "",
        "license": "",
        "splits": described,
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")


@dataclass(slots=True)
class _HashingSink:
    """What pyarrow writes goes on to the file, its hash taken on the way instead of by a second read."""

    file: BinaryIO
    bytes: int = 0
    hash: Any = field(default_factory=hashlib.sha256)
    closed: bool = False

    def write(self, data: Any) -> int:
        self.hash.update(data)
        self.bytes += len(data)
        return self.file.write(data)

    def tell(self) -> int:
        return self.bytes

    def flush(self) -> None:
        """The file is flushed and fsynced as a whole, when it is finished."""

    def close(self) -> None:
        self.closed = True
