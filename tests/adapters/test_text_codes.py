"""Columns of few texts are asked about by their texts; the rows are the same as when all are read."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from domain.adapters.predicates import fit
from domain.adapters.samples_wanted import Predicate
from domain.adapters.search_bits import all_rows, each_of
from domain.adapters.text_codes import KeptCodes, codes_of

CHUNKS: tuple[list[str | None], ...] = (["news", None, "forum"], [], ["", "Forum", "news", None, "a/b"])
ASKED = (
    {"equals": "news"},
    {"equals": ""},
    {"contains": "or"},
    {"contains": ""},
    {"one_of": ["forum", "a/b", "none"]},
    {"least": "a", "most": "g"},
    {"is_null": True},
    {"is_null": False, "contains": "o"},
    {"equals": "nowhere"},
)


@pytest.mark.parametrize("asked", ASKED, ids=repr)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()], ids=str)
def test_codes_find_the_rows_that_reading_finds(kind: pa.DataType, asked: dict[str, object]) -> None:
    column = pa.chunked_array([pa.array(chunk, kind) for chunk in CHUNKS]).slice(1)
    test = fit(Predicate("x", **asked), pa.schema({"x": kind}))  # type: ignore[arg-type]
    codes = codes_of(column)
    assert codes is not None
    found = [
        each_of(bits, len(column)).tolist()
        for bits in (test.coded(all_rows(7), codes), test.narrowed(all_rows(7), column))
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([pa.array([1, 2])]),
        pa.chunked_array([], pa.string()),
        pa.chunked_array([pa.array([str(number) for number in range(256)])]),
        pa.chunked_array([pa.array(["0"]), pa.array([str(number) for number in range(256)])]),
        pa.chunked_array([pa.array(["x" * 1_000])]),
        pa.chunked_array([pa.array([""] * 9), pa.array(["x" * 10_000])]),
    ],
    ids=["no text", "no rows", "too many texts", "too many later", "long texts", "long texts later"],
)
def test_other_columns_have_no_codes(column: pa.ChunkedArray) -> None:
    assert codes_of(column) is None


def test_codes_are_kept_within_a_bound_and_let_go_of_with_their_folder() -> None:
    kept, column = KeptCodes(most_bytes=5_000), pa.chunked_array([pa.array(["a", "b"] * 500)])
    first = kept.of(Path("/home/a/data"), 1, lambda: column)
    assert first is not None
    assert np.array_equal(first.codes, [0, 1] * 500)
    assert kept.of(Path("/home/a/data"), 1, lambda: column) is first
    kept.of(Path("/home/b/data"), 1, lambda: column)
    kept.forget(Path("/home/b"))
    assert kept.of(Path("/home/a/data"), 1, lambda: column) is first
    kept.forget(Path("/home/a"))
    again = kept.of(Path("/home/a/data"), 1, lambda: column)
    assert again is not first
    for number in (2, 3, 4):
        kept.of(Path("/home/a/data"), number, lambda: column)
    assert kept.of(Path("/home/a/data"), 1, lambda: column) is not again
