"""The front of a parquet file under a footer of its own is a parquet file."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.errors import ErrorCode, WorldFailure
from workers.parquet_footer import TAIL_BYTES, Footer, footer_length, read_footer

ROWS, GROUP = 1000, 37
TABLE = pa.table(
    {
        "id": range(ROWS),
        "text": [f"text {number} é" for number in range(ROWS)],
        "nested": [{"a": [1, None, number], "b": number % 2 == 0} for number in range(ROWS)],
    }
).replace_schema_metadata({"huggingface": "{}"})


def written(**settings) -> bytes:
    file = io.BytesIO()
    pq.write_table(TABLE, file, row_group_size=GROUP, **settings)
    return file.getvalue()


def footer_of(content: bytes) -> Footer:
    length = footer_length(content[-TAIL_BYTES:], "a.parquet")
    return read_footer(content[-length:], "a.parquet")


@pytest.mark.parametrize(
    "settings",
    [{}, {"compression": "zstd", "use_dictionary": False}, {"write_page_index": True}, {"store_schema": False}],
)
@pytest.mark.parametrize("groups", [1, 2, 14, 15, 16, 28])
def test_the_first_row_groups_are_read_as_they_were(settings, groups):
    """From 15 on the number of a list's elements is written in another way."""
    content = written(**settings)
    footer = footer_of(content)
    part = content[: footer.ends[groups - 1]] + footer.first(groups)
    found = pq.read_table(pa.BufferReader(part))
    assert found.equals(TABLE.slice(0, sum(footer.rows[:groups])))
    assert found.schema.equals(pq.read_table(pa.BufferReader(content)).schema, check_metadata=True)
    assert len(part) <= footer.ends[groups - 1] + footer.length


def test_all_row_groups_have_the_footer_that_was_there():
    content = written()
    footer = footer_of(content)
    assert content.endswith(footer.first(len(footer.rows)))
    assert (sum(footer.rows), footer.length) == (ROWS, footer_length(content[-TAIL_BYTES:], ""))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"{}\n" * 9, bytes(4) + b"\x10\x00\x00\x00PARE"])
def test_what_does_not_end_as_parquet_is_corrupt(content):
    with pytest.raises(WorldFailure) as told:
        footer_length(content[-TAIL_BYTES:], "a.parquet")
    assert told.value.code == ErrorCode.CORRUPT_DATA
    assert "a.parquet" in told.value.message


def test_a_footer_of_nonsense_is_corrupt():
    with pytest.raises(WorldFailure) as told:
        read_footer(b"\xff" * 16 + b"\x10\x00\x00\x00PAR1", "a.parquet")
    assert told.value.code == ErrorCode.CORRUPT_DATA
