"""The vocabulary of a dataset says when it is an estimate."""

import pyarrow as pa
import pytest

from workers.word_vocabulary import Vocabulary, hashes_of

pytestmark = pytest.mark.slow


def text_of(numbers: range) -> pa.Array:
    return pa.array([f"word{number}" for number in numbers])


def test_below_the_bound_the_vocabulary_is_exact_across_pieces() -> None:
    whole = Vocabulary(most_words=200_000)
    for numbers in (range(100_000), range(50_000, 150_000)):
        piece = Vocabulary(most_words=200_000)
        piece.count_and_add(text_of(numbers))
        for batch in piece.table().to_batches():
            whole.absorb(batch)
    size = whole.size()
    assert (size.words, size.is_exact) == (150_000, True)


@pytest.mark.parametrize("bounds", [{"most_words": 1000}, {"most_bytes": 100_000}])
def test_beyond_the_bound_it_is_an_estimate_that_says_so(bounds: dict[str, int]) -> None:
    whole = Vocabulary()
    for numbers in (range(300_000), range(200_000, 400_000)):
        piece = Vocabulary(**bounds)
        piece.count_and_add(text_of(numbers))
        piece.count_and_add(text_of(numbers))
        for batch in piece.table().to_batches():
            whole.absorb(batch)
    size = whole.size()
    assert not size.is_exact
    assert size.words == pytest.approx(400_000, rel=0.03)


def test_exact_pieces_join_an_estimate() -> None:
    whole, large, small = Vocabulary(), Vocabulary(most_words=1000), Vocabulary()
    large.count_and_add(text_of(range(200_000)))
    small.count_and_add(text_of(range(199_000, 240_000)))
    for piece in (small, large):
        for batch in piece.table().to_batches():
            whole.absorb(batch)
    size = whole.size()
    assert not size.is_exact
    assert size.words == pytest.approx(240_000, rel=0.03)


def test_hashes_are_the_same_wherever_a_word_stands() -> None:
    words = pa.array(["a", "b", "aa", "ab", "ba", "a" * 5_000_000, "é"])
    alone = [int(hashes_of(words.slice(place, 1))[0]) for place in range(len(words))]
    assert hashes_of(words).tolist() == alone
    assert len(set(alone)) == len(alone)
