"""The sums of a published folder: `sha256sum` finds them right, whatever files are called."""

import subprocess

import pytest

from domain.adapters.files import sha256_of
from domain.adapters.sums import SUMS, names_of, publish_sealed, read_sums, told

NAMES = ["state.json", "train/data-00000-of-00001.arrow", "train/two words", "a\\b", "line\nend", "é/\U0001f600", "\\"]


def filled(folder, names=NAMES):
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(str(number))
    return folder


def published(build, final, known=()):
    """What publishing tells at its end."""
    work = publish_sealed(build, final, dict(known))
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_a_folder_is_published_with_sums_that_sha256sum_checks(tmp_path):
    sealed = published(filled(tmp_path / "build"), tmp_path / "final")
    checked = subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=tmp_path / "final", check=False)
    assert checked.returncode == 0
    assert sealed == sha256_of(tmp_path / "final" / SUMS)
    assert names_of(tmp_path / "final") == sorted(NAMES)


def test_the_sums_are_read_as_they_were_told():
    sums = {name: f"{number:064x}" for number, name in enumerate(NAMES)}
    assert read_sums(told(sums)) == sums


def test_a_hash_that_was_taken_on_the_way_is_not_taken_again(tmp_path):
    published(filled(tmp_path / "build"), tmp_path / "final", {"state.json": "5" * 64})
    assert read_sums((tmp_path / "final" / SUMS).read_bytes())["state.json"] == "5" * 64


def test_the_same_files_have_the_same_sums_byte_by_byte(tmp_path):
    first = published(filled(tmp_path / "a"), tmp_path / "first")
    again = published(filled(tmp_path / "b", NAMES), tmp_path / "again")
    assert first == again


def test_a_repository_that_has_a_file_of_this_name_keeps_it(tmp_path):
    filled(tmp_path / "build", [SUMS])
    assert published(tmp_path / "build", tmp_path / "final") is None
    assert (tmp_path / "final" / SUMS).read_text() == "0"


@pytest.mark.parametrize("line", ["not a line of sums\n", "\\" + "0" * 64 + "  ends in \\\n", "\udcff\n"])
def test_what_is_no_sums_is_not_taken_for_some(line):
    with pytest.raises(ValueError, match="sums"):
        read_sums(line.encode(errors="surrogateescape"))
