"""How much room there is: on a real small disk, and under a quota."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.adapters.settings import read_settings
from domain.adapters.storage import Room, TooLittleRoom, room_of
from domain.errors import ErrorCode, WorldFailure
from tests.small_disks import small_disk

MEGABYTE = 1 << 20


def test_a_reserve_of_the_disk_stays_free(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 10) as disk:
        (disk / "file").write_bytes(bytes(2 * MEGABYTE))
        assert Room(str(disk), 0, None).free() == 8 * MEGABYTE
        assert Room(str(disk), 50, None).free() == 3 * MEGABYTE
        assert Room(str(disk), 99, None).free() == 0


def test_a_quota_counts_what_is_there_and_a_linked_file_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(1000))
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert Room(str(tmp_path), 0, 5000).free() == 4000
    assert Room(str(tmp_path), 0, 500).free() == 0


def test_a_quota_counts_no_holes(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(50_000_000)
    assert Room(str(tmp_path), 0, 5000).free() == 5000


def test_what_is_promised_to_others_is_not_free(tmp_path: Path) -> None:
    assert Room(str(tmp_path), 0, 5000, promised=3000).free() == 2000
    assert Room(str(tmp_path), 0, 5000, promised=6000).free() == 0


def test_a_quota_beyond_the_disk_adds_no_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        assert Room(str(disk), 0, 1 << 40).free() == MEGABYTE


def test_what_does_not_fit_is_told_with_what_it_needs_and_what_is_free(tmp_path: Path) -> None:
    room = Room(str(tmp_path), 0, 5000)
    room.require(5000, "Bringing acme/english")
    with pytest.raises(WorldFailure) as told:
        room.require(5001, "Bringing acme/english")
    assert isinstance(told.value, TooLittleRoom)
    assert (told.value.needed, told.value.free) == (5001, 5000)
    assert (told.value.code, told.value.retryable) == (ErrorCode.INSUFFICIENT_STORAGE, False)
    assert "Bringing acme/english needs about 5,001 bytes" in told.value.message
    assert "5,000 are free" in told.value.message


def test_the_room_is_that_of_the_settings(tmp_path: Path) -> None:
    settings = replace(read_settings({"MISTUDIO_QUOTA": "7", "MISTUDIO_RESERVE": "3"}), storage=tmp_path)
    assert room_of(settings) == Room(str(tmp_path), 3, 7)
