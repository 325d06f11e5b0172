"""Cutting by arrays and cutting by calling the tokenizer are the same, cell by cell."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.tokenizers import VARIED
from tests.workers.test_engines import TwiceEnded
from tests.workers.tokenization import loaded
from workers.engines import engine_of
from workers.sequences import OVERLAP, TEXT, CalledCutting, FramedCutting, Lengths, cutting_of


@pytest.mark.parametrize("stride", [None, 0, 5])
@pytest.mark.parametrize("name", ["file:wordpiece", "file:begun", "file:bpe"])
def test_both_ways_of_cutting_give_the_same(root: Path, name: str, stride: int | None) -> None:
    # given a tokenizer whose special tokens are a fixed frame
    tokenizer = loaded(root, name)
    texts = pa.array(VARIED)
    arrays = cutting_of(tokenizer, 20, add_special_tokens=True, stride=stride)
    called = CalledCutting(tokenizer, engine_of(tokenizer), Lengths(20, stride, tokenizer.truncation_side))

    # when texts are cut both ways
    one, other = arrays.sequences(texts), called.sequences(texts)

    # then ids, roles, spans and counts are the same
    assert isinstance(arrays, FramedCutting)
    assert list(one.tokens.rows()) == list(other.tokens.rows())
    assert np.array_equal(one.roles, other.roles)
    assert np.array_equal(one.spans.documents, other.spans.documents)
    filled = one.spans.stops > one.spans.starts
    assert np.array_equal(one.spans.starts[filled], other.spans.starts[filled])
    assert np.array_equal(one.spans.stops - one.spans.starts, other.spans.stops - other.spans.starts)
    assert (one.kept_tokens, one.truncated_tokens) == (other.kept_tokens, other.truncated_tokens)


def test_windows_of_special_tokens_that_are_no_fixed_frame_are_framed_one_by_one() -> None:
    # given a tokenizer that ends a text by as many end tokens as it has tokens, up to two
    tokenizer = TwiceEnded()
    cutting = cutting_of(tokenizer, 5, add_special_tokens=True, stride=1)

    # when texts are cut into windows of three that share one
    found = cutting.sequences(pa.array(["", "a", "abcdef"]))

    # then each window is framed by itself, and what repeats is told
    a, end = tokenizer.convert_tokens_to_ids("a"), tokenizer.eos_token_id
    text = [a, a + 1, a + 2, a + 3, a + 4, a + 5]
    assert isinstance(cutting, CalledCutting)
    assert list(found.tokens.rows()) == [
        *([], [a, end], [*text[:3], end, end], [*text[2:5], end, end], [*text[4:], end, end])
    ]
    assert (found.roles == OVERLAP).nonzero()[0].tolist() == [7, 12]
    assert found.kept_tokens == int((found.roles == TEXT).sum()) == 7
