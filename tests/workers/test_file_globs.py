"""Files that are named by globs, instead of config and splits."""

from collections.abc import Iterator
from pathlib import Path

import datasets
import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.layouts import by_split, plan

pytestmark = pytest.mark.usefixtures("endpoint")

FILES = {
    "README.md": "---\nconfigs:\n- {config_name: default, data_files: en/a.jsonl, field: rows}\n---\n",
    "LICENSE": "MIT",
    "en/a.jsonl": texts(2),
    "en/b.jsonl": texts(2),
    "fr/deep/c.jsonl": texts(2),
    "fr/train/d.parquet": texts(2),
    "fr/test/d.parquet": texts(2),
    "tables/a.csv": b"text\nx\n",
    "picture.png": b"png",
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    write_repository(root / "datasets/acme/named", FILES)
    with Hub(root) as served:
        yield served


def failure(work: Path, *globs: str) -> WorldFailure:
    with pytest.raises(WorldFailure) as told:
        plan(work, "acme/named", files=list(globs))
    return told.value


@pytest.mark.parametrize(
    ("globs", "expected"),
    [
        (["en/*.jsonl"], ["en/a.jsonl", "en/b.jsonl"]),
        (["**/*.jsonl"], ["en/a.jsonl", "en/b.jsonl", "fr/deep/c.jsonl"]),
        (["fr/deep/*", "en/b*", "en/*"], ["fr/deep/c.jsonl", "en/b.jsonl", "en/a.jsonl"]),
        (["fr/t*/*"], ["fr/test/d.parquet", "fr/train/d.parquet"]),
        (["en/[b-z].jsonl"], ["en/b.jsonl"]),
    ],
)
def test_globs_name_what_datasets_takes_for_them_each_file_once(
    tmp_path: Path, hub: Hub, globs: list[str], expected: list[str]
) -> None:
    planned = plan(tmp_path, "acme/named", files=globs)
    assert by_split(planned) == {"train": expected}
    folder = hub.folder / "datasets/acme/named"
    for glob in globs:
        theirs = datasets.data_files.DataFilesList.from_patterns([glob], base_path=str(folder))
        assert {str(Path(path).relative_to(folder)) for path in theirs} <= set(expected)


def test_the_format_is_that_of_the_files_and_not_of_the_card(tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/named", files=["en/*"])
    assert planned["format"] == {"name": "json", "options": {}, "features": None}
    assert (planned["config"], planned["splits"]) == (None, ["train"])


def test_what_nothing_reads_is_left_out_where_something_is_read(tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/named", files=["en/*", "LICENSE"])
    assert by_split(planned) == {"train": ["en/a.jsonl", "en/b.jsonl"]}


def test_a_glob_that_fits_no_file_is_named_with_what_there_is(tmp_path: Path) -> None:
    told = failure(tmp_path, "en/*", "de/*")
    assert told.code == ErrorCode.NOT_FOUND
    assert "de/*" in told.message
    assert "en/a.jsonl, en/b.jsonl" in told.message


def test_files_of_several_formats_are_not_one_dataset(tmp_path: Path) -> None:
    told = failure(tmp_path, "en/*", "fr/test/*")
    assert told.code == ErrorCode.UNSUPPORTED_FORMAT
    assert ".jsonl, .parquet" in told.message


def test_files_that_nothing_reads_are_unsupported(tmp_path: Path) -> None:
    told = failure(tmp_path, "LICENSE")
    assert told.code == ErrorCode.UNSUPPORTED_FORMAT
    assert "LICENSE" in told.message
