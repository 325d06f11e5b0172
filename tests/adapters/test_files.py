"""Whole or not there, and counted as the disk counts."""

import errno
import gc
import hashlib
import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.adapters import files
from domain.adapters.files import (
    count_files,
    freed_by_removing,
    full_storage_is_told,
    link_or_copy,
    named,
    publish,
    remove_file_by_file,
    remove_tree,
    sha256_of,
    tree_size,
    write_atomically,
    written_beside,
)
from domain.errors import ErrorCode, WorldFailure


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_a_file_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "words.7.arrow"
    with write_atomically(target) as file:
        file.write(b"whole")
        assert names(target.parent) == {"words.7.arrow.part"}
    assert names(target.parent) == {"words.7.arrow"}
    assert target.read_bytes() == b"whole"


def test_a_write_that_fails_leaves_the_older_file_and_no_part(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    target.write_bytes(b"old")

    def fail_halfway() -> None:
        with write_atomically(target) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert names(tmp_path) == {"figures.json"}
    assert target.read_bytes() == b"old"


def test_a_full_disk_is_told_as_insufficient_storage(tmp_path: Path) -> None:
    with pytest.raises(WorldFailure) as told, full_storage_is_told(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert told.value.code == ErrorCode.INSUFFICIENT_STORAGE
    assert str(tmp_path) in told.value.message


def test_a_link_shares_the_bytes_of_its_source(tmp_path: Path) -> None:
    source = tmp_path / "piece"
    source.write_bytes(b"12345")
    link_or_copy(source, tmp_path / "build" / "data.arrow")
    assert (tmp_path / "build" / "data.arrow").samefile(source)


def test_where_links_are_refused_the_bytes_are_copied(tmp_path: Path) -> None:
    other_file_system = Path("/dev/shm")
    if not other_file_system.is_dir() or other_file_system.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    source = tmp_path / "piece"
    source.write_bytes(b"12345")
    target = other_file_system / f"test-files-{os.getpid()}"
    try:
        link_or_copy(source, target)
        assert target.read_bytes() == b"12345"
    finally:
        target.unlink(missing_ok=True)


def test_a_published_folder_is_never_replaced(tmp_path: Path) -> None:
    for name in ("build", "again"):
        (tmp_path / name / "train").mkdir(parents=True)
        (tmp_path / name / "train" / "data").write_text(name)
    publish(tmp_path / "build", tmp_path / "datasets" / "one")
    with pytest.raises(FileExistsError):
        publish(tmp_path / "again", tmp_path / "datasets" / "one")
    assert (tmp_path / "datasets" / "one" / "train" / "data").read_text() == "build"
    assert not (tmp_path / "build").exists()


def test_a_hash_is_of_the_whole_content(tmp_path: Path) -> None:
    content = os.urandom(3_000_001)
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_tree_counts_a_linked_file_once_and_frees_only_what_no_other_link_holds(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "own").write_bytes(b"x" * 100)
    (folder / "twice").hardlink_to(folder / "a" / "own")
    (tmp_path / "outside").write_bytes(b"x" * 1000)
    (folder / "shared").hardlink_to(tmp_path / "outside")
    assert tree_size(folder) == 1100
    assert remove_tree(folder) == 100
    assert not folder.exists()


@pytest.mark.parametrize("taken", ["one", "other"])
def test_what_another_remover_takes_while_links_are_counted_is_no_link_elsewhere(tmp_path, monkeypatch, taken):
    # given a file of two names, of which another remover takes one between the looks at the two
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"12345")
    other.hardlink_to(one)
    below = files._files

    def found(path: Path) -> Iterator[Path]:
        if path == other:
            (tmp_path / taken).unlink()
        yield from below(path)

    monkeypatch.setattr(files, "_files", found)

    # when it is counted, then removing it is known to free its bytes
    assert freed_by_removing(one, other) == 5


def test_folders_of_which_it_is_told_are_not_looked_into(tmp_path: Path) -> None:
    for folder in ("told/deep", "other/told", "gone"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_bytes(bytes(100))
    (tmp_path / "other" / "link").hardlink_to(tmp_path / "other" / "told" / "file")
    (tmp_path / "other" / "linked").hardlink_to(tmp_path / "told" / "deep" / "file")
    told = {tmp_path / "told": 7, tmp_path / "nowhere": 50, tmp_path / "gone" / "file": 50}
    assert written_beside(tmp_path, told) == 7 + 100 + 100 + 100
    assert written_beside(tmp_path / "nowhere", told) == 0


def test_a_missing_tree_is_empty_and_frees_nothing(tmp_path: Path) -> None:
    assert tree_size(tmp_path / "gone") == 0
    assert remove_tree(tmp_path / "gone") == 0


def test_a_symbolic_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_bytes(b"kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "link")
    assert (tmp_path / "kept" / "file").read_bytes() == b"kept"
    assert not (tmp_path / "link").is_symlink()


def test_a_folder_is_removed_file_by_file_and_counted_before_and_after(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "empty").mkdir(parents=True)
    (folder / "one").write_bytes(b"x")
    (folder / "two").write_bytes(b"xx")
    assert (count_files(folder), count_files(folder / "two"), freed_by_removing(folder)) == (2, 1, 3)
    assert sorted(remove_file_by_file(folder)) == [1, 2]
    assert not folder.exists()
    assert (count_files(folder), list(remove_file_by_file(folder))) == (0, [])


NAMES = st.text("ab-.", min_size=1, max_size=8).filter(lambda name: name not in (".", ".."))


@given(st.sets(NAMES), st.text("ab-.*", max_size=8).filter(lambda text: "*" in text))
def test_what_a_name_with_stars_means_is_what_the_library_says_it_does(tmp_path_factory, names_, pattern):
    folder = tmp_path_factory.mktemp("named")
    for name in names_:
        (folder / name).touch()
    assert {path.name for path in named(folder / pattern)} == {name for name in names_ if fnmatchcase(name, pattern)}


def test_a_name_that_is_looked_for_once_leaves_nothing_behind(tmp_path: Path) -> None:
    def patterns() -> int:
        gc.collect()
        return sum(isinstance(each, re.Pattern) for each in gc.get_objects())

    (tmp_path / "data-x").touch()
    assert named(tmp_path / "data-*") == [tmp_path / "data-x"]
    assert named(tmp_path / "data-y") == [tmp_path / "data-y"], "whoever counts its bytes finds none"
    assert named(tmp_path / "gone" / "data-*") == []
    before = patterns()
    for _ in range(20):
        assert named(tmp_path / f"*-{uuid4()}*.build*") == []
    assert patterns() == before
