"""Which range of a file a request asks for."""

import pytest

from api.ranges import NotSatisfiable, Span, span_of

ETAG = '"abc"'


def span(text, size=100, **more):
    return span_of({"range": text, **more}, size, ETAG)


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=0-", 0, 100),
        ("bytes=10-19", 10, 20),
        ("bytes=99-", 99, 100),
        ("bytes=50-1000000", 50, 100),
        ("bytes=-1", 99, 100),
        ("bytes=-100", 0, 100),
        ("bytes=-999999999999999999", 0, 100),
        ("Bytes= 5-6 ", 5, 7),
    ],
)
def test_a_range_is_from_its_first_byte_on_and_with_its_last(text, start, stop):
    assert span(text) == Span(start, stop, 100)
    assert Span(start, stop, 100).told == f"bytes {start}-{stop - 1}/100"


@pytest.mark.parametrize("text", ["bytes=100-", "bytes=100-200", "bytes=999999999999999999-", "bytes=-0"])
def test_a_range_behind_the_end_cannot_be_satisfied(text):
    with pytest.raises(NotSatisfiable):
        span(text)


def test_of_nothing_there_is_no_range():
    for text in ("bytes=0-", "bytes=0-0", "bytes=-1"):
        with pytest.raises(NotSatisfiable):
            span(text, size=0)


@pytest.mark.parametrize(
    "text",
    ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-6", "lines=0-1", "bytes=1-2-3",
     "bytes=٣-٤", "bytes=1-99999999999999999999", "bytes=+1-2", "bytes=0x1-2"],
)  # fmt: skip
def test_what_is_no_single_range_is_the_whole(text):
    assert span(text) is None


def test_a_range_is_for_the_file_that_was_begun_with():
    assert span("bytes=1-2", **{"if-range": ETAG}) == Span(1, 3, 100)
    for other in ('"other"', "W/" + ETAG, "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert span("bytes=1-2", **{"if-range": other}) is None
