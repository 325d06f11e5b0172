"""Files on their way in: whole or gone, hashed, under a name that is one."""

import hashlib
import os
import subprocess
import sys
from uuid import uuid4

import pytest

from domain.adapters.folders import INCOMING
from domain.adapters.storage import Room
from domain.adapters.uploads import (
    NAME_BYTES,
    IncomingFile,
    Shortage,
    UploadedFile,
    clean_name,
    is_left,
    publish_upload,
    sweep_uploads,
    withdraw_upload,
)
from domain.errors import ErrorCode, WorldFailure
from tests.api.uploads import files_below
from tests.network_mounts import lock_as_nfs_does
from tests.small_disks import small_disk

MEGABYTE = 1 << 20


@pytest.fixture
def storage(tmp_path):
    folder = tmp_path / "storage"
    folder.mkdir()
    return folder


def incoming(storage, *blocks, name="rows.csv", expected=100, quota=None):
    file = IncomingFile(storage, Room(str(storage), 0, quota), name, expected)
    for block in blocks:
        file.write(block)
    return file


def new_folder(storage):
    return storage / "datasets" / str(uuid4()) / f"upload-{uuid4()}"


def test_a_file_is_hashed_as_it_comes_and_gone_with_its_request(storage):
    file = incoming(storage, b"a,b\n", b"1,2\n")
    upload = file.end()
    assert upload.path.read_bytes() == b"a,b\n1,2\n"
    assert upload.path.parent == storage / INCOMING
    digest = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert upload.told() == {"fileName": "rows.csv", "sizeBytes": 8, "sha256": digest}
    assert (upload.format, upload.shortage) == ("csv", None)
    file.close()
    assert files_below(storage) == []


def test_a_published_file_stays_when_its_request_is_over_and_goes_when_it_is_withdrawn(storage):
    file, folder = incoming(storage, b"a,b\n"), new_folder(storage)
    publish_upload(file.end(), folder)
    file.close()
    assert [path.read_bytes() for path in folder.iterdir()] == [b"a,b\n"]
    withdraw_upload(folder)
    assert files_below(storage) == []
    assert not folder.parent.exists()


def test_a_withdrawal_leaves_alone_what_else_is_in_the_folder_of_the_dataset(storage):
    file, folder = incoming(storage, b"a"), new_folder(storage)
    publish_upload(file.end(), folder)
    (folder.parent / "data").mkdir()
    withdraw_upload(folder)
    assert list(folder.parent.iterdir()) == [folder.parent / "data"]
    file.close()


def test_what_does_not_fit_is_counted_and_not_written(storage):
    file = incoming(storage, b"x" * 300, expected=5000, quota=4000)
    upload = file.end()
    assert (upload.size, upload.shortage) == (300, Shortage(5000, 4000))
    assert upload.path.stat().st_size == 0
    file.close()


def test_a_disk_that_fills_up_in_the_middle_is_a_shortage_and_its_room_is_given_back(tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk:
        file = incoming(disk, *[b"x" * 100_000] * 20)
        upload = file.end()
        assert upload.size == 2_000_000
        assert upload.shortage is not None
        assert upload.shortage.needed >= MEGABYTE
        assert upload.path.stat().st_size == 0
        file.close()
        other = incoming(disk, b"a,b\n")
        assert other.end().shortage is None
        other.close()


def test_a_copy_that_finds_no_room_is_told(tmp_path):
    """Where the incoming file is on another file system a link is refused."""
    with small_disk(tmp_path / "disk", 1) as disk:
        file = incoming(tmp_path, b"x" * 2 * MEGABYTE)
        with pytest.raises(WorldFailure) as told:
            publish_upload(file.end(), new_folder(disk))
        assert told.value.code == ErrorCode.INSUFFICIENT_STORAGE
        file.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rows.csv", "rows.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\rows.csv", "rows.csv"),
        ("/etc/passwd\0.csv", "passwd.csv"),
        ("a\nb\x7f\x85.csv", "ab.csv"),
        ("\ud800.csv", "csv"),
        ("  .hidden ", "hidden"),
        ("..", "upload"),
        ("", "upload"),
        ("a/", "upload"),
        ("Zürich 東京 [1]*.jsonl", "Zürich 東京 [1]*.jsonl"),
    ],
)
def test_a_name_is_cleaned_of_what_is_none(name, expected):
    assert clean_name(name) == expected


@pytest.mark.parametrize("letter", ["x", "ü", "東", "🦉"])
def test_a_name_of_5000_characters_is_cut_and_keeps_its_suffix(storage, letter):
    file = incoming(storage, b"a,b\n1,2\n", name=letter * 5000 + ".csv.gz")
    upload = file.end()
    assert len(upload.name.encode()) <= NAME_BYTES
    assert upload.name.endswith(f"{letter}.csv.gz")
    folder = new_folder(storage)
    publish_upload(upload, folder)
    assert [path.name for path in folder.iterdir()] == [upload.stored_name]
    file.close()


@pytest.mark.parametrize(
    ("name", "kind", "stored"),
    [
        ("rows.csv", "csv", "rows.csv"),
        ("ROWS.CSV.GZ", "csv.gz", "ROWS.csv.gz"),
        ("rows.csv", "jsonl.gz", "rows.csv.jsonl.gz"),
        ("csv", "csv", "csv.csv"),
    ],
)
def test_a_stored_file_has_the_suffix_of_what_it_is(storage, name, kind, stored):
    assert UploadedFile(storage, name, 1, "", kind, None).stored_name == stored


HOLD = """
import sys
from pathlib import Path
from domain.adapters.storage import Room
from domain.adapters.uploads import IncomingFile, publish_upload
storage = Path(sys.argv[1])
for folder in (None, *sys.argv[2:]):
    file = IncomingFile(storage, Room(str(storage), 0, None), "rows.csv", 1)
    file.write(b"a")
    upload = file.end()
    if folder:
        publish_upload(upload, Path(folder))
    globals()[f"kept{folder}"] = file
print("here", flush=True)
sys.stdin.read()
"""


def test_what_a_dead_process_left_is_swept_and_what_a_living_one_holds_is_not(storage):
    unnamed, named = new_folder(storage), new_folder(storage)
    strange = storage / "datasets" / "strange" / "upload-x"
    strange.mkdir(parents=True)
    command = [sys.executable, "-c", HOLD, str(storage), str(unnamed), str(named)]
    asked = []

    def folder_of(dataset_id):
        asked.append(dataset_id)
        return str(named.relative_to(storage)) if dataset_id == named.parent.name else None

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sender:
        assert sender.stdout.readline() == b"here\n"
        before = files_below(storage)
        sweep_uploads(storage, folder_of)
        assert files_below(storage) == before
        assert (len(before), asked) == (5, [])
        sender.kill()
        sender.wait()
        sweep_uploads(storage, folder_of)
    assert files_below(storage) == [f"datasets/{named.parent.name}/{named.name}/rows.csv"]
    assert set(asked) == {unnamed.parent.name, named.parent.name}
    assert strange.exists()


def test_what_an_earlier_request_for_a_dataset_has_left_is_swept_although_the_dataset_is_there(storage):
    named = new_folder(storage)
    for folder in (named, named.with_name("upload-earlier")):
        file = incoming(storage, b"a,b\n1,2\n")
        publish_upload(file.end(), folder)
        file.close()
    sweep_uploads(storage, lambda _dataset_id: str(named.relative_to(storage)))
    assert files_below(storage) == [f"datasets/{named.parent.name}/{named.name}/rows.csv"]


def test_on_a_network_mount_a_file_is_held_while_it_comes_and_swept_once_nobody_holds_it(storage, monkeypatch):
    modes, unnamed = lock_as_nfs_does(monkeypatch), new_folder(storage)
    file = incoming(storage, b"a,b\n")
    publish_upload(file.end(), unnamed)
    for is_held in (True, False):
        sweep_uploads(storage, lambda _dataset_id: None)
        assert (len(files_below(storage)) == 2, unnamed.exists()) == (is_held, is_held)
        if is_held:
            file.close()
    assert set(modes) == {os.O_RDWR}


def test_one_file_that_cannot_be_looked_at_keeps_no_other_from_being_swept(storage):
    (storage / INCOMING / "a folder").mkdir(parents=True)
    for name in ("before", "left", "the last"):
        (storage / INCOMING / name).touch()
    sweep_uploads(storage, lambda _dataset_id: None)
    assert [path.name for path in (storage / INCOMING).iterdir()] == ["a folder"]


def test_what_goes_between_the_look_at_a_folder_and_the_look_at_the_file_was_not_left(storage):
    file = incoming(storage, b"a,b\n")
    path = file.end().path
    assert not is_left(path)
    file.close()
    assert not is_left(path)
