"""What is said of a damaged file, and what is left of it when the rest is skipped."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import ErrorCode
from tests.workers.ingests import COMPRESSIONS, Ingest, failure_of, rows_of
from workers import damage, salvage
from workers.json_depth import DEEPEST

pytestmark = pytest.mark.slow

LATIN = "café".encode("latin-1")
BAD_JSON = b'{"id": 1, "text": \n'


@pytest.fixture
def ingest(tmp_path: Path) -> Ingest:
    return Ingest(tmp_path)


@pytest.fixture
def skipping(ingest: Ingest) -> Ingest:
    ingest.on_error = "SKIP"
    return ingest


def lines(*parts: bytes) -> bytes:
    return b"".join(part + b"\n" for part in parts)


def json_rows(start: int, stop: int) -> list[bytes]:
    return [json.dumps({"id": number, "text": f"text {number}"}).encode() for number in range(start, stop)]


@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("jsonl", lines(*json_rows(0, 700), b'{"id": 1, "text": "' + LATIN + b'"}', *json_rows(701, 800))),
        ("csv", lines(b"id,text", *(b"1,ok" for _ in range(699)), b"2," + LATIN, b"3,ok")),
        ("tsv", lines(b"id\ttext", *(b"1\tok" for _ in range(699)), b"2\t" + LATIN, b"3\tok")),
        ("txt", lines(*(b"ok" for _ in range(700)), LATIN, b"ok")),
    ],
)
def test_text_that_is_not_utf8_is_named_by_file_and_line(
    ingest: Ingest, kind: str, content: bytes, compression: str
) -> None:
    path = f"data/train.{kind}{compression}"
    ingest.add(path, "train", COMPRESSIONS[compression[1:]](content) if compression else content)

    failure = failure_of(ingest.run)

    assert failure.code == ErrorCode.INVALID_ENCODING
    assert f"{path} holds text that is not UTF-8 at line 701" in failure.message


@pytest.mark.parametrize(
    ("kind", "content", "place"),
    [
        ("jsonl", lines(*json_rows(0, 700), BAD_JSON.strip(), *json_rows(0, 9)), "at line 701"),
        ("csv", lines(b"id,text", *(b"1,ok" for _ in range(699)), b"2,two,three", b"3,ok"), "line 701"),
        ("json", b'[{"text": "a"}, {"text": ]', "train.json"),
        ("arrow", b"ARROW1\0\0 and no more", "after row 0"),
        ("parquet", b"PAR1" + b"\0" * 40 + b"PAR1", "after row 0"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(ingest: Ingest, kind: str, content: bytes, place: str) -> None:
    ingest.add(f"train.{kind}", "train", content)
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert f"train.{kind}" in failure.message
    assert place in failure.message


@pytest.mark.parametrize("kind", ["jsonl", "csv", "txt"])
@pytest.mark.parametrize("compression", ["gz", "zst", "bz2", "xz"])
def test_a_compressed_file_that_was_cut_off_is_told(ingest: Ingest, kind: str, compression: str) -> None:
    ingest.add(f"train.{kind}.{compression}", "train", [{"text": f"text {number}"} for number in range(5000)])
    file = ingest.folder / f"train.{kind}.{compression}"
    file.write_bytes(file.read_bytes()[:-300])
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert file.name in failure.message


DEEP: dict[str, Callable[[int], str]] = {
    "lists": lambda levels: '{"text": "[{", "deep": ' + "[" * levels + "]" * levels + "}\n",
    "objects": lambda levels: '{"deep": ' * levels + "1" + "}" * levels + "\n",
    "an array": lambda levels: '[{"deep": ' + "[" * levels + "]" * levels + "}]",
    "a document over lines": lambda levels: '{\n"deep": ' + "[" * levels + "]" * levels + "\n}",
}


@pytest.mark.parametrize("shape", DEEP)
def test_json_that_would_crash_its_parser_is_refused_with_the_byte(ingest: Ingest, shape: str) -> None:
    content = DEEP[shape](100_000)
    ingest.add("deep.json", "train", content.encode())

    failure = failure_of(ingest.plan)

    assert failure.code == ErrorCode.CORRUPT_DATA
    depth, byte = 0, -1
    while depth <= DEEPEST:
        byte = min(at for at in (content.find("[", byte + 1), content.find("{", byte + 1)) if at >= 0)
        depth += '"[{"' not in content[byte - 1 : byte + 3] and content[byte - 2 : byte] != '"['
    assert f"deep.json holds JSON nested more than 1,024 levels deep at byte {byte:,}" in failure.message


@pytest.mark.parametrize("levels", [63, 100, 900])
def test_json_that_is_too_deep_for_a_column_is_told(ingest: Ingest, levels: int) -> None:
    ingest.add("deep.jsonl", "train", DEEP["lists"](levels).encode())
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "deep.jsonl" in failure.message


def test_a_file_of_another_format_in_the_config_says_how_it_was_read(ingest: Ingest) -> None:
    ingest.add("a.parquet", "train", rows_of(0, 3))
    ingest.add("b.csv", "train", b"id,text\n1,a\n")
    failure = failure_of(ingest.run)
    assert failure.code == ErrorCode.CORRUPT_DATA
    assert "b.csv cannot be read as parquet" in failure.message


SPOILT = {
    "jsonl": lines(
        *json_rows(0, 700), BAD_JSON.strip(), b'{"id": 1, "text": "' + LATIN + b'"}', *json_rows(700, 800),
        b"5", b'[1, 2]', b'{"deep": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        *json_rows(800, 900),
    ),
    "csv": lines(
        b"id,text", *(f"{n},text {n}".encode() for n in range(700)), b"1,two,three", b"1," + LATIN,
        *(f"{n},text {n}".encode() for n in range(700, 800)), b'no number,"b"', b'1,"open', b"x,y,z",
        *(f"{n},text {n}".encode() for n in range(800, 900)),
    ),
    "txt": lines(*(f"text {n}".encode() for n in range(700)), LATIN, b"\xff", b"\xfe\xff",
                 *(f"text {n}".encode() for n in range(700, 900)), b"\x80", b"\x81"),
}  # fmt: skip
BAD_LINES = {
    "jsonl": [701, 702, 803, 804, 805],
    "csv": [702, 703, 804, 805, 806],
    "txt": [701, 702, 703, 904, 905],
}


@pytest.mark.sampled(9)
@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("group_bytes", [200, 4 << 20])
def test_bad_lines_are_skipped_counted_and_told(
    skipping: Ingest, kind: str, compression: str, group_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salvage, "GROUP_BYTES", group_bytes)
    path, content = f"train.{kind}{compression}", SPOILT[kind]
    skipping.add(path, "train", COMPRESSIONS[compression[1:]](content) if compression else content)

    result = skipping.run()

    assert skipping.loaded()["train"]["text"][:] == [f"text {number}" for number in range(900)]
    assert result["skippedRows"] == 5
    assert [(place["file"], place["place"]) for place in result["skipped"]] == [
        (path, f"line {number}") for number in BAD_LINES[kind]
    ]
    assert all(place["reason"] for place in result["skipped"])


def test_rows_beside_a_bad_one_are_written_as_they_are_read_without_it(skipping: Ingest) -> None:
    """Alone, a text that looks like a time would be read as one, and be written otherwise."""
    skipping.add("a.jsonl", "train", lines(b'{"n": 0, "at": "soon"}'))
    times = [f"2024-01-0{day}T00:00:00Z" for day in range(2, 6)]
    rows = [{"n": 1, "at": "later"}, {"n": "x", "at": "now"}, *({"n": 2, "at": at} for at in times)]
    skipping.add("b.jsonl", "train", lines(*(json.dumps(row).encode() for row in rows)))
    done = skipping.run()
    assert (done["skippedRows"], done["skipped"][0]["place"]) == (1, "line 2")
    assert skipping.loaded()["train"]["at"][:] == ["soon", "later", *times]


def test_places_beyond_the_first_hundred_are_counted_only(skipping: Ingest) -> None:
    skipping.add("train.txt", "train", lines(*(part for _ in range(300) for part in (b"ok", LATIN))))
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"], len(result["skipped"])) == (300, 300, damage.PLACES_TOLD)


@pytest.mark.parametrize("others", [False, True])
def test_a_header_that_cannot_be_read_is_met_once_and_not_with_every_row(
    skipping: Ingest, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    read = salvage.Salvage._tables
    monkeypatch.setattr(salvage.Salvage, "_tables", lambda self, group: groups.append(len(group)) or read(self, group))
    if others:
        skipping.add("a.csv", "train", b"n,text\n1,a\n")
    skipping.add("b.csv", "train", lines(b"n," + LATIN, *(b"1,ok" for _ in range(20_000))))
    if others:
        assert skipping.run()["skipped"][0] | {"reason": ""} == {"file": "b.csv", "place": "line 1", "reason": ""}
    else:
        assert failure_of(skipping.run).code == ErrorCode.INVALID_ENCODING
    assert len(groups) <= 2


def test_a_compressed_file_that_was_cut_off_keeps_the_lines_before(skipping: Ingest) -> None:
    content = lines(*json_rows(0, 50_000))
    skipping.add("train.jsonl.gz", "train", gzip.compress(content)[:-2000])
    result = skipping.run()
    kept = result["rowCount"]
    assert 10_000 < kept < 50_000
    assert skipping.loaded()["train"]["id"][:] == list(range(kept))
    assert result["skippedRows"] == len(result["skipped"]) <= 2  # the line that was cut, and what came after


def spoil_group(file: Path, number: int) -> None:
    """Overwrite the pages of the text of one row group."""
    column = pq.read_metadata(file).row_group(number).column(1)
    start = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(file.read_bytes())
    content[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    file.write_bytes(content)


def test_a_bad_row_group_of_parquet_is_skipped_and_counted(skipping: Ingest) -> None:
    skipping.add("train.parquet", "train", [{"id": number, "text": f"text {number}"} for number in range(700)])
    spoil_group(skipping.folder / "train.parquet", 3)

    result = skipping.run()

    assert skipping.loaded()["train"]["id"][:] == [*range(210), *range(280, 700)]
    assert result["skippedRows"] == 70
    assert [place["place"] for place in result["skipped"]] == ["rows 210 to 279"]


def test_bad_text_in_parquet_is_skipped_by_its_row(skipping: Ingest) -> None:
    skipping.files.append({"path": "a.parquet", "split": "train"})
    texts = pa.array([b"one", LATIN, b"three"] * 700, pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": texts}), skipping.folder / "a.parquet")
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"]) == (1400, 700)
    assert [place["place"] for place in result["skipped"]][:2] == ["row 1", "row 4"]


@pytest.mark.parametrize("kind", ["parquet", "arrow", "json"])
def test_a_file_that_cannot_be_opened_is_skipped_as_a_whole(skipping: Ingest, kind: str) -> None:
    skipping.add(f"a.{kind}", "train", b"[nothing of the kind")
    skipping.add(f"b.{kind}", "train", rows_of(0, 30))
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"]) == (30, 1)
    assert [(place["file"], place["place"]) for place in result["skipped"]] == [(f"a.{kind}", "after row 0")]


def test_an_arrow_file_that_was_cut_off_keeps_the_rows_before(skipping: Ingest) -> None:
    table, file = pa.Table.from_pylist(rows_of(0, 1000)), io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    skipping.add("train.arrow", "train", file.getvalue()[:-2000])
    result = skipping.run()
    assert (result["rowCount"], result["skippedRows"]) == (900, 1)
    assert skipping.loaded()["train"].to_list() == rows_of(0, 900)


def test_where_nothing_can_be_read_skipping_fails_with_what_is_wrong(skipping: Ingest) -> None:
    skipping.add("train.txt", "train", lines(*(LATIN for _ in range(50))))
    assert failure_of(skipping.run).code == ErrorCode.INVALID_ENCODING


def test_a_sound_file_is_read_alike_with_and_without_skipping(tmp_path: Path) -> None:
    told = []
    for on_error in ("FAIL", "SKIP"):
        ingest = Ingest(tmp_path / on_error)
        ingest.on_error = on_error
        ingest.add("train.csv", "train", [{"n": number, "text": "a\nb, c"} for number in range(12_000)])
        told.append(ingest.run())
    assert told[0] == told[1]
    assert (told[0]["skippedRows"], told[0]["skipped"]) == (0, [])
