"""Files whose rows are bad one by one: each is told, and not all of them are looked at alone."""

from pathlib import Path

import pytest

from domain.errors import ErrorCode
from tests.workers.ingests import Ingest, failure_of
from workers import salvage

pytestmark = pytest.mark.slow


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)


def test_where_row_after_row_is_bad_the_others_are_not_looked_at_one_by_one(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    read = salvage.Salvage._tables
    monkeypatch.setattr(salvage.Salvage, "_tables", lambda self, group: groups.append(len(group)) or read(self, group))
    monkeypatch.setattr(salvage, "HOPELESS_ROWS", 10)
    monkeypatch.setattr(salvage, "GROUP_LINES", 400)
    twice, good = b'{"text": "a", "text": "b"}\n', b'{"text": "a"}\n'  # the first is an object of JSON, and no row
    ingest.add("train.jsonl", "train", twice * 400 + good * 400 + twice * 3 + good * 100)
    ingest.on_error = "SKIP"
    result = ingest.run()
    assert (result["rowCount"], result["skippedRows"]) == (500, 403)
    assert result["skipped"][0]["place"] == "line 1"
    assert len(groups) < 100


@pytest.mark.parametrize("number", ["99999999999999999999", "-9223372036854775809"])
def test_a_number_that_no_column_can_hold_is_told_or_skipped_by_choice(ingest: Ingest, number: str) -> None:
    ingest.add("train.csv", "train", f"id,text\n1,a\n{number},b\n3,c\n".encode())
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "train.csv" in failure.message
    ingest.on_error = "SKIP"
    assert [place["place"] for place in ingest.run()["skipped"]] == ["line 3"]
    assert ingest.loaded()["train"].to_list() == [{"id": 1, "text": "a"}, {"id": 3, "text": "c"}]
