"""Rows that do not fit the columns of the first file."""

from pathlib import Path

import pytest

from tests.workers.ingests import Ingest
from tests.workers.test_damaged_files import lines
from workers import row_checks

pytestmark = pytest.mark.slow


@pytest.fixture
def skipping(tmp_path: Path) -> Ingest:
    ingest = Ingest(tmp_path)
    ingest.on_error = "SKIP"
    return ingest


def test_a_column_that_later_files_do_not_fit_is_skipped_row_by_row(skipping: Ingest) -> None:
    skipping.add("a.csv", "train", b"n,text\n1,a\n")
    skipping.add("b.csv", "train", b"n,text\n2,b\nthree,c\n4,d\n")
    result = skipping.run()
    assert skipping.loaded()["train"]["n"][:] == [1, 2, 4]
    assert [(place["file"], place["place"]) for place in result["skipped"]] == [("b.csv", "row 1")]


def test_a_file_of_nothing_but_bad_rows_is_not_searched_for_ever(skipping: Ingest) -> None:
    skipping.add("a.csv", "train", b"n,text\n1,a\n")
    skipping.add("b.csv", "train", lines(b"n,text", *(b"x,y" for _ in range(3_000))))
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"]) == (1, 3_000)


def test_a_file_with_other_columns_is_skipped_at_once_and_tells_them(skipping: Ingest) -> None:
    skipping.add("a.csv", "train", b"n,text\n1,a\n")
    skipping.add("b.csv", "train", lines(b"other,text", *(b"1,y" for _ in range(3_000))))
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"]) == (1, 3_000)
    [told] = result["skipped"]
    assert told["place"] == "rows 0 to 2,999"
    assert "there are 1 new columns ({'other'}) and 1 missing columns ({'n'})" in told["reason"]


def test_rows_behind_many_bad_ones_are_found(skipping: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_checks, "HOPELESS_ROWS", 100)
    skipping.add("a.csv", "train", b"n,text\n1,a\n")
    skipping.add("b.csv", "train", lines(b"n,text", *(b"x,y" for _ in range(90)), *(b"2,b" for _ in range(38))))
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"]) == (39, 90)
