"""Files of a part come one after the other where only reading tells whether the next is needed."""

import pytest

from domain.errors import ErrorCode, WorldFailure
from workers.part_pieces import fetched_files, first_pieces, next_pieces


def file(path: str, split: str = "train", rows: int | None = 10, *, known: bool = False):
    take = {"bytes": 100, "rows": rows, "groups": None, "known": known}
    return {"path": path, "split": split, "size": 100, "sha256": None, "git_oid": None, "take": take}


def names(pieces) -> dict[str, str]:
    return {piece.piece: piece.spec["path"] for piece in pieces}


def after(files, path: str, rows: int | None, take=None):
    return next_pieces("c", files, path, take or file(path)["take"], rows)


LINES = [file("a"), file("b"), file("c"), file("x", "test"), file("y", "test")]


def test_the_first_file_of_each_split_is_fetched_at_once():
    assert names(first_pieces("c", LINES)) == {"00000": "a", "00003": "x"}
    assert {piece.amount for piece in first_pieces("c", LINES)} == {None}


def test_every_file_is_fetched_at_once_where_the_rows_are_known_or_only_bytes_count():
    for rows, known in ((10, True), (None, False)):
        files = [file("a", rows=rows, known=known), file("b", rows=rows, known=known)]
        assert names(first_pieces("c", files)) == {"00000": "a", "00001": "b"}
        assert [piece.amount for piece in first_pieces("c", files)] == [100, 100]


def test_the_next_file_follows_with_the_rows_that_are_missing():
    (piece,) = after(LINES, "a", 4)
    assert (piece.piece, piece.spec["path"], piece.spec["take"]["rows"], piece.spec["commit"]) == ("00001", "b", 6, "c")
    (last,) = after(LINES, "b", 1, piece.spec["take"])
    assert (last.spec["path"], last.spec["take"]["rows"]) == ("c", 5)


def test_nothing_follows_when_the_rows_are_there_or_the_split_is_over():
    assert after(LINES, "a", 10) == after(LINES, "c", 4) == after(LINES, "y", 4) == []


def test_a_file_of_two_splits_is_fetched_at_once_with_all_that_either_needs():
    files = [file("a"), file("both"), file("z"), file("both", "test", 20), file("y", "test", 20)]
    assert names(first_pieces("c", files)) == {"00000": "a", "00001": "both", "00003": "y"}
    shared = next(piece for piece in first_pieces("c", files) if piece.spec["path"] == "both")
    assert shared.spec["take"]["rows"] == 20
    assert names(after(files, "a", 3)) == {"00002": "z"}
    assert after(files, "both", 3) == []


def outcomes(**rows: int | None):
    return {path: {"file": path, "rows": count, "read": False} for path, count in rows.items()}


def test_each_file_is_read_as_far_as_its_split_has_rows_left():
    found = fetched_files(LINES, 10, outcomes(a=4, b=6, x=3, y=9))
    assert [(one["path"], one["split"], one["rows"]) for one in found] == [
        ("a", "train", 4),
        ("b", "train", 6),
        ("x", "test", 3),
        ("y", "test", 7),
    ]
    assert [one["rows"] for one in fetched_files(LINES, None, outcomes(a=None, x=None))] == [None, None]


def test_a_file_that_was_read_to_its_end_is_read_to_its_end_again():
    read = {path: outcome | {"read": True} for path, outcome in outcomes(a=4, b=6, x=10).items()}
    assert [one["rows"] for one in fetched_files(LINES, 10, read)] == [10, 6, 10]


def test_a_split_of_which_no_whole_row_came_is_told():
    with pytest.raises(WorldFailure) as told:
        fetched_files(LINES, None, outcomes(a=1) | {"x": {"file": None, "rows": 0, "read": False}})
    assert told.value.code == ErrorCode.EMPTY_DATASET
    assert "split test" in told.value.message
