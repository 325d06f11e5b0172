"""Rows of JSON that are null."""

import gzip
import io
from pathlib import Path

import pytest

from tests.workers.ingests import Ingest
from workers.null_rows import without_null_rows


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl", b'null\n{"a": "x"}\n \tnull\r\n{"a": "\\nnull"}\n'),
        ("rows.jsonl.gz", gzip.compress(b'\xef\xbb\xbfnull\n{"a": "x"}\nnull\n{"a": "\\nnull"}', mtime=0)),
        ("rows.json", b'[null, {"a": "x"},null , {"a": "\\nnull"}]'),
    ],
)
def test_a_row_that_is_null_has_no_values(tmp_path: Path, name: str, content: bytes) -> None:
    """Where it comes first, the parser takes the process with it."""
    ingest = Ingest(tmp_path)
    ingest.add(name, "train", content)
    assert ingest.run()["rowCount"] == 4
    assert ingest.loaded()["train"]["a"][:] == [None, "x", None, "\nnull"]


def test_a_row_may_end_with_a_return_alone() -> None:
    """The parser begins anew behind any end of a row."""
    assert b"".join(without_null_rows(io.BytesIO(b'{"a": 1}\rnull\r \rnull'))) == b'{"a": 1}\r{}  \r \r{}  '


@pytest.mark.parametrize(
    "content",
    [
        *(
            b'["x", null]',
            b'{"a":\nnull}',
            b'[{"a": [null, null]}]',
            b'[{"a": "x\\"},null,["}]',
            b'{"a": "b"}\nnullable',
        ),
        *(b'{"a": "\nnull"}', b'[["x", null], null]'),
    ],
)
def test_null_that_is_no_row_stays_as_it_is(content: bytes) -> None:
    assert b"".join(without_null_rows(io.BytesIO(content))) == content
