"""The folder opens with `load_from_disk` as if `datasets` had written it."""

import hashlib
from pathlib import Path

import datasets
import pyarrow as pa
import pytest

from domain.adapters.files import publish
from workers.arrow_folder import (
    SplitFiles,
    StreamFile,
    fingerprint_of,
    schema_with_features,
    write_dataset_dict,
    write_stream,
)

FEATURES = {"ids": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "List"}}
SCHEMA = schema_with_features(pa.schema({"ids": pa.list_(pa.int32())}), FEATURES)


def write_piece(target: Path, ids: list[list[int]]) -> StreamFile:
    with write_stream(target, SCHEMA) as stream:
        stream.write(pa.record_batch({"ids": ids}, schema=SCHEMA))
    return stream


def test_a_stream_file_tells_its_rows_bytes_and_hash(tmp_path: Path) -> None:
    stream = write_piece(tmp_path / "piece.3.arrow", [[1], [2, 3]])
    content = (tmp_path / "piece.3.arrow").read_bytes()
    assert (stream.rows, stream.bytes) == (2, len(content))
    assert stream.sha256() == hashlib.sha256(content).hexdigest()


def test_a_stream_file_that_is_not_finished_has_no_name(tmp_path: Path) -> None:
    def break_off() -> None:
        with write_stream(tmp_path / "piece.3.arrow", SCHEMA):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_load_from_disk_opens_the_folder_with_splits_rows_features_and_fingerprints(tmp_path: Path) -> None:
    pieces = [tmp_path / "a.1.arrow", tmp_path / "b.1.arrow", tmp_path / "c.2.arrow"]
    for piece, ids in zip(pieces, ([[1], [2, 3]], [[]], [[4]]), strict=True):
        write_piece(piece, ids)
    splits = [SplitFiles("train", pieces[:2], 3, fingerprint_of("a", "b")), SplitFiles("test", pieces[2:], 1, "c" * 16)]

    list(write_dataset_dict(tmp_path / "build", splits, FEATURES))
    publish(tmp_path / "build", tmp_path / "final")

    opened = datasets.load_from_disk(str(tmp_path / "final"))
    assert isinstance(opened, datasets.DatasetDict)
    assert list(opened) == ["train", "test"]
    assert opened["train"].to_dict() == {"ids": [[1], [2, 3], []]}
    assert opened["test"].to_dict() == {"ids": [[4]]}
    assert opened["train"].features.to_dict() == FEATURES
    assert '"_fingerprint": "cccccccccccccccc"' in (tmp_path / "final" / "test" / "state.json").read_text()
    assert opened["train"].info.splits["train"].num_examples == 3
    assert str(opened["train"].split) == "train"
    assert (tmp_path / "final" / "train" / "data-00001-of-00002.arrow").samefile(pieces[1])


def test_a_fingerprint_depends_on_every_part_and_where_one_ends() -> None:
    assert fingerprint_of("a", "b") == fingerprint_of("a", "b")
    assert len({fingerprint_of("a", "b"), fingerprint_of("ab"), fingerprint_of("b", "a")}) == 3


@pytest.mark.parametrize("name", ["", "../out", "a/b", "train.", "a b", "train\n", "test-1"])
def test_a_name_that_is_no_split_s_writes_nothing(tmp_path: Path, name: str) -> None:
    write_piece(tmp_path / "a.1.arrow", [[1]])

    with pytest.raises(ValueError, match="a split cannot be named"):
        list(
            write_dataset_dict(tmp_path / "build", [SplitFiles(name, [tmp_path / "a.1.arrow"], 1, "c" * 16)], FEATURES)
        )

    assert not (tmp_path / "build").exists()
