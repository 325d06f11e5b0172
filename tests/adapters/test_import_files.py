"""What may be imported: files below one folder, and nothing that leads out of it."""

import os
import socket
from pathlib import Path

import pytest

from domain.adapters import import_files
from domain.adapters.import_files import MOST_FILES, NotImportable, below, list_imports, open_import
from domain.adapters.imports import find_import, split_of

CSV = b"text,n\nalpha,1\nbeta,2\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "imports"
    (made / "news").mkdir(parents=True)
    (made / "rows.csv").write_bytes(CSV)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/rows.csv").write_bytes(CSV)
    return made


def refusal(root: Path, path: str) -> str:
    with pytest.raises(NotImportable) as refused:
        find_import(root, path, None)
    return refused.value.message


def test_a_file_is_named_by_its_path_from_the_folder_or_by_its_whole_path(root: Path) -> None:
    for path in ("rows.csv", "./rows.csv", str(root / "rows.csv")):
        found = find_import(root, path, None)
        assert (found.path, found.name, found.format, found.size) == ("rows.csv", "rows.csv", "csv", len(CSV))
        file = {"from": "rows.csv", "path": "rows.csv", "split": "train", "format": "csv", "size": len(CSV)}
        assert found.files == [file]


def test_the_folder_of_imports_may_be_a_link_and_named_by_either_path(root: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(root)
    for path in ("rows.csv", str(tmp_path / "linked/rows.csv"), str(root / "rows.csv")):
        assert find_import(tmp_path / "linked", path, None).path == "rows.csv"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "from 1 to 1,024 bytes"),
        ("a" * 1025, "from 1 to 1,024 bytes"),
        ("ro\0ws.csv", "without control characters"),
        ("ro\nws.csv", "without control characters"),
        ("rows\ud800.csv", "without control characters"),
        ("..", "without `..`"),
        ("../secret/rows.csv", "without `..`"),
        ("news/../../secret/rows.csv", "without `..`"),
        ("/etc/passwd", "not below the folder of MISTUDIO_IMPORTS"),
        ("missing.csv", "cannot be read (No such file or directory)"),
        ("rows.csv/inner", "cannot be read (Not a directory)"),
        ("x" * 300, "cannot be read (File name too long)"),
        ("news", "a folder without files"),
    ],
)
def test_a_path_that_leads_elsewhere_or_nowhere_is_refused(root: Path, path: str, told: str) -> None:
    assert told in refusal(root, path)


def test_an_absolute_path_beside_the_folder_is_not_below_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "imports-2").mkdir()
    (tmp_path / "imports-2/rows.csv").write_bytes(CSV)
    assert "not below" in refusal(root, str(tmp_path / "imports-2/rows.csv"))


def test_links_are_refused_wherever_they_stand(root: Path, tmp_path: Path) -> None:
    (root / "link.csv").symlink_to(tmp_path / "secret/rows.csv")
    (root / "inner.csv").symlink_to("rows.csv")
    (root / "folder").symlink_to(tmp_path / "secret")
    (root / "news/link.csv").symlink_to(tmp_path / "secret/rows.csv")
    for path, link in (
        ("link.csv", "link.csv"),
        ("inner.csv", "inner.csv"),
        ("folder", "folder"),
        ("folder/rows.csv", "folder"),
        ("news", "news/link.csv"),
    ):
        assert refusal(root, path).startswith(f"{link} is a link, and only files are imported")


def test_what_is_no_file_is_refused_and_never_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(root)  # such an address is short
        listening.bind("socket")
        os.chdir(before)
        assert "pipe is a pipe" in refusal(root, "pipe")
        assert "socket is a socket" in refusal(root, "socket")


def test_a_device_is_refused() -> None:
    assert "zero is a device" in refusal(Path("/dev"), "zero")


def test_without_the_folder_it_is_told_what_to_make(tmp_path: Path) -> None:
    assert "The folder of MISTUDIO_IMPORTS cannot be opened" in refusal(tmp_path / "none", "rows.csv")


def test_what_is_exchanged_for_a_link_after_it_was_looked_at_is_not_followed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is exchanged between the look and the opening, as an attacker would who is quick enough."""
    look = os.fstat

    def exchange(descriptor: int) -> os.stat_result:
        status = look(descriptor)
        if Path(f"/proc/self/fd/{descriptor}").readlink() == root / "rows.csv":
            (root / "rows.csv").rename(root / "old.csv")
            (root / "rows.csv").symlink_to(tmp_path / "secret/other.csv")
        return status

    (tmp_path / "secret/other.csv").write_bytes(b"secret\n")
    monkeypatch.setattr(import_files.os, "fstat", exchange)
    with open_import(root, "rows.csv") as file:
        monkeypatch.undo()
        assert file.read() == CSV


def test_a_folder_that_is_exchanged_for_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    (root / "news/rows.csv").write_bytes(CSV)
    assert list_imports(root, "news") == [("news/rows.csv", len(CSV))]
    (root / "news").rename(root / "old")
    (root / "news").symlink_to(tmp_path / "secret")
    with pytest.raises(NotImportable, match="news is a link"), open_import(root, "news/rows.csv"):
        pass


def test_files_and_folders_of_a_folder_become_its_splits(root: Path) -> None:
    for name in ("train-0.csv", "train-1.csv", "test.csv", "validation/a.csv", "val/b.csv", "more.csv", ".hidden"):
        (root / "news" / name).parent.mkdir(exist_ok=True)
        (root / "news" / name).write_bytes(CSV)
    found = find_import(root, "news", None)
    assert (found.name, found.format, found.size) == ("news", "csv", 6 * len(CSV))
    assert {file["path"]: file["split"] for file in found.files} == {
        "more.csv": "train",
        "test.csv": "test",
        "train-0.csv": "train",
        "train-1.csv": "train",
        "val/b.csv": "validation",
        "validation/a.csv": "validation",
    }
    assert {file["split"] for file in find_import(root, "news", "all").files} == {"all"}


def test_a_file_by_itself_is_train_whatever_it_is_called(root: Path) -> None:
    (root / "test.csv").write_bytes(CSV)
    assert [file["split"] for file in find_import(root, "test.csv", None).files] == ["train"]
    assert split_of(Path("contest/latest.csv")) == "train"


def test_copies_of_a_folder_have_names_of_their_own_with_the_suffix_of_their_format(root: Path) -> None:
    for name in ("rows", "rows.csv", "2-rows", "a.json", "x" * 250):
        (root / "news" / name).write_bytes(CSV)
    paths = {file["from"]: file["path"] for file in find_import(root, "news", None).files}
    cut = "x" * 200 + ".csv"
    assert list(paths.values()) == ["2-rows.csv", "a.json.csv", "rows.csv", "3-rows.csv", cut]


def test_no_copy_is_called_as_a_folder_of_others_is(root: Path) -> None:
    for name in ("rows", "rows.csv/rows", "rows.csv/rows.csv/a.csv"):
        (root / "news" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "news" / name).write_bytes(CSV)
    paths = [Path(file["path"]) for file in find_import(root, "news", None).files]
    assert paths == [Path("2-rows.csv"), Path("rows.csv/2-rows.csv"), Path("rows.csv/rows.csv/a.csv")]


def test_a_folder_of_several_formats_names_them_and_is_refused(root: Path) -> None:
    (root / "news/a.csv").write_bytes(CSV)
    (root / "news/b.csv").write_bytes(b'{"text": "a"}\n')
    told = refusal(root, "news")
    assert "news/a.csv is csv" in told
    assert "news/b.csv is jsonl" in told


def test_what_is_of_no_format_is_named_and_refused(root: Path) -> None:
    (root / "news/a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(NotImportable) as refused:
        find_import(root, "news", None)
    assert (refused.value.code, refused.value.message[:10]) == ("UNSUPPORTED_FORMAT", "news/a.png")


def test_an_empty_file_is_of_the_format_of_the_others(root: Path) -> None:
    (root / "news/a.csv").write_bytes(CSV)
    (root / "news/b").write_bytes(b"")
    found = find_import(root, "news", None)
    assert (found.format, [file["path"] for file in found.files]) == ("csv", ["a.csv", "b.csv"])


@pytest.mark.slow
def test_more_files_or_folders_than_can_be_are_refused(root: Path) -> None:
    for number in range(MOST_FILES + 1):
        (root / "news" / str(number)).touch()
    assert "more than 1,000 files" in refusal(root, "news")
    deep = root / "deep/" / "/".join("d" * 21)
    deep.mkdir(parents=True)
    (deep / "rows.csv").write_bytes(CSV)
    assert "more than 20 folders deep" in refusal(root, "deep")


def test_a_name_that_cannot_be_written_down_is_refused(root: Path) -> None:
    (root / "news" / os.fsdecode(b"caf\xe9.csv")).write_bytes(CSV)
    assert "too long or cannot be shown" in refusal(root, "news")


def test_below_gives_the_shortest_path(root: Path) -> None:
    assert (below(root, "."), below(root, "a//b/./c"), below(root, str(root))) == (".", "a/b/c", ".")
