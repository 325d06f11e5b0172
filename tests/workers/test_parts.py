"""What is taken of which file, from sizes and footers alone."""

from typing import Any

import pytest

from domain.errors import ErrorCode, WorldFailure
from workers.hub import Entry
from workers.parquet_footer import Footer
from workers.parts import ROW_BYTES, Part, Take, expected_bytes, plan_part

JSON = {"name": "json", "options": {}}
PARQUET = {"name": "parquet", "options": {}}
ARROW = {"name": "arrow", "options": {}}
# Three row groups of 10 rows and 100 bytes each, and 20 bytes of footer.
FOOTER = Footer(bytes(12), [10, 10, 10], [100, 200, 300])
FOOTER_BYTES, FILE_BYTES = 20, 320


def file(path: str, size: int) -> Entry:
    return Entry(path, size, None, None)


def taken(part: Part, format: dict[str, Any], **splits: list[Entry]) -> dict[str, Take]:
    asked: list[str] = []

    def footer_of(entry: Entry) -> Footer:
        asked.append(entry.path)
        return FOOTER

    planned = plan_part(part, format, splits, footer_of)
    assert len(asked) == len(set(asked))
    return {entry.path: take for _, entry, take in planned}


def parquet(*names: str) -> list[Entry]:
    return [file(name, FILE_BYTES) for name in names]


def test_of_lines_the_bytes_are_a_front_and_the_rows_are_left_to_the_fetch():
    files = [file("a", 100), file("b", 100), file("c", 100)]
    assert taken(Part(None, 150), JSON, train=files) == {"a": Take(100), "b": Take(50)}
    assert taken(Part(7, None), JSON, train=files) == {name: Take(100, 7) for name in "abc"}


def test_of_parquet_whole_row_groups_are_taken_until_there_are_rows_enough():
    front = Take(200 + FOOTER_BYTES, 11, groups=2, known=True)
    assert taken(Part(11, None), PARQUET, train=parquet("a", "b")) == {"a": front}
    both = {"a": Take(FILE_BYTES, 30, known=True), "b": Take(100 + FOOTER_BYTES, 5, groups=1, known=True)}
    assert taken(Part(35, None), PARQUET, train=parquet("a", "b", "c")) == both
    assert taken(Part(30, None), PARQUET, train=parquet("a", "b")) == {"a": both["a"]}


def test_of_parquet_as_many_row_groups_are_taken_as_fit():
    found = taken(Part(None, FILE_BYTES + 219), PARQUET, train=parquet("a", "b", "c"))
    assert found == {"a": Take(FILE_BYTES), "b": Take(120, 10, groups=1, known=True)}
    assert sum(take.bytes for take in found.values()) <= FILE_BYTES + 219


def test_rows_and_bytes_hold_both():
    assert taken(Part(25, 220), PARQUET, train=parquet("a")) == {"a": Take(220, 20, groups=2, known=True)}
    assert taken(Part(5, 220), PARQUET, train=parquet("a")) == {"a": Take(120, 5, groups=1, known=True)}


def test_rows_are_counted_in_each_split():
    found = taken(Part(10, None), PARQUET, train=parquet("a", "b"), test=parquet("c"))
    assert {name: take.rows for name, take in found.items()} == {"a": 10, "c": 10}


def test_splits_share_the_bytes_and_what_a_small_one_leaves_goes_to_the_others():
    found = taken(Part(None, 100), JSON, train=[file("a", 1000)], dev=[file("b", 10)], test=[file("c", 1000)])
    assert {name: take.bytes for name, take in found.items()} == {"a": 45, "b": 10, "c": 45}


def test_other_files_are_taken_whole_or_not_at_all():
    files = [file("a", 100), file("b", 100)]
    assert taken(Part(None, 150), ARROW, train=files) == {"a": Take(100)}
    filtered = {"name": "parquet", "options": {"filters": [["id", ">", 1]]}}
    assert taken(Part(None, 150), filtered, train=files) == {"a": Take(100)}


@pytest.mark.parametrize(("format", "needed"), [(PARQUET, 100 + FOOTER_BYTES), (ARROW, FILE_BYTES)])
def test_a_split_of_which_nothing_fits_is_told_with_what_it_needs(format, needed):
    with pytest.raises(WorldFailure) as told:
        plan_part(Part(None, 200), format, {"train": parquet("a"), "test": parquet("b")}, lambda _entry: FOOTER)
    assert told.value.code == ErrorCode.EMPTY_DATASET
    assert f"{needed:,} bytes" in told.value.message
    assert f"{2 * needed:,} bytes at least" in told.value.message


def test_what_will_be_fetched_is_guessed_only_where_nobody_has_counted_rows():
    huge = [("train", file(name, 10**9), Take(10**9, 100)) for name in ("a", "b")]
    assert expected_bytes(huge) == {"a": 100 * ROW_BYTES, "b": 0}
    assert expected_bytes([("train", file("a", 50), Take(50, 100)), huge[1]]) == {"a": 50, "b": 100 * ROW_BYTES - 50}
    assert expected_bytes([("train", file("a", 10**9), Take(500, 7, groups=1, known=True))]) == {"a": 500}
    assert expected_bytes([("train", file("a", 9), Take(9)), ("test", file("a", 9), Take(9))]) == {"a": 9}
