"""The best of all parts come first; of equals the first rows."""

import numpy as np

from domain.adapters.relevance import Ranking


def ranking(*ranked: tuple[int, int, float]) -> Ranking:
    numbers, rows, scores = zip(*ranked, strict=True)
    return Ranking(np.array(numbers), np.array(rows), np.array(scores, np.float32))


def test_the_best_of_parts_are_by_score_then_by_part_then_by_row() -> None:
    parts = [ranking((2, 0, 1.5), (2, 1, 1.5), (2, 9, 0.5)), ranking((1, 7, 2.0), (1, 5, 1.5), (1, 8, 1.5))]
    best = Ranking.best_of(parts, 5)
    ranked = list(zip(best.numbers.tolist(), best.rows.tolist(), best.scores.tolist(), strict=True))
    assert ranked == [(1, 7, 2.0), (1, 5, 1.5), (1, 8, 1.5), (2, 0, 1.5), (2, 1, 1.5)]
    assert (best.place_of(2, 0), best.place_of(2, 9)) == (3, None)
    assert best.bits(1, 10).tolist() == [0b10100000, 0b1]
