"""Cells as JSON: told, or whole, or cut."""

import base64
import io
import json
import math
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from domain.adapters.cells import cut, cut_all, encoded, plain
from domain.adapters.media_types import UNKNOWN, media_type

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


@pytest.mark.parametrize(("limit", "expected"), [(2, ("a\U0001f600", True)), (3, ("a\U0001f600b", False))])
def test_text_is_cut_at_code_points_and_says_so(limit, expected):
    assert cut("a\U0001f600b", limit) == expected


def test_every_text_of_a_cell_is_cut():
    assert cut_all({"a": ["abc", {"b": "ab"}], "c": 12345}, 2) == ({"a": ["ab", {"b": "ab"}], "c": 12345}, True)
    assert cut_all(["ab", None], 2) == (["ab", None], False)


def test_bytes_are_told_by_their_number_and_type_wherever_they_are():
    image = {"bytes": PNG, "path": "a.png"}
    assert plain([image, None]) == [{"bytes": {"bytes": 16, "type": "image/png"}, "path": "a.png"}, None]


def test_bytes_can_be_told_whole():
    told = plain({"deep": [PNG, b""]}, encoded)["deep"]
    assert [(base64.b64decode(each["base64"]), each["type"]) for each in told] == [(PNG, "image/png"), (b"", UNKNOWN)]


def test_whatever_a_cell_holds_is_json():
    cell = {"a": (1, math.inf), "b": Decimal("1.10"), "c": date(2026, 1, 2), "d": timedelta(seconds=1.5), "e": math.nan}
    told = plain(cell)
    assert told == {"a": [1, "inf"], "b": "1.10", "c": "2026-01-02", "d": 1.5, "e": "nan"}
    json.dumps(told, allow_nan=False)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "b")
    return file.getvalue()


def saved() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(1))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        *((PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif")),
        *((b"RIFF1234WEBPVP8 ", "image/webp"), (b"RIFF1234WAVEfmt ", "audio/wav"), (b"ID3\x04", "audio/mpeg")),
        *((b"\0\0\0\x20ftypavif", "image/avif"), (b"\0\0\0\x20ftypisom", "video/mp4"), (b"fLaC", "audio/flac")),
        *((b"%PDF-1.7", "application/pdf"), (zipped(), "application/zip"), (saved(), "application/x-npy")),
        *(
            (b"", UNKNOWN),
            (b"RIFF", UNKNOWN),
            (b"RIFF1234????", UNKNOWN),
            (b"text", UNKNOWN),
            (b"BM is a word", UNKNOWN),
        ),
    ],
)
def test_a_type_is_told_by_the_beginning(data, kind):
    assert media_type(data) == kind
