"""What an estimate is made of: a sample of the rows, taken in a time."""

import pytest

from tests.workers.plans import making, save_large
from workers.estimates import figures_of, told
from workers.row_texts import Column, rows_of
from workers.shards import split_names
from workers.token_samples import take_sample


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ingested") / "large"
    save_large(folder)
    return folder


@pytest.mark.parametrize("recipe", [{"maxLength": 100}, {"mode": "PACK", "maxLength": 100}])
def test_without_time_one_block_tells_for_all_splits(large, recipe):
    _, way = making(large, **recipe)
    sample = take_sample(large, way, most_seconds=0.0)
    assert 0 < sample.tried < 50
    figures = figures_of(way, sample)
    whole = figures_of(way, take_sample(large, way, sample_bytes=1 << 30, most_seconds=60.0))
    assert figures.sequences > 0
    assert whole.source == sum(len((text or "").encode()) for text in all_texts(large))
    assert figures.source > 0


def all_texts(folder):
    return [
        text for split in split_names(folder) for text in rows_of(folder, split, Column("text"))["text"].to_pylist()
    ]


def test_more_workers_need_less_time(large):
    _, way = making(large, maxLength=100)
    sample = take_sample(large, way)
    one, many = (told(way, sample, tokenizer_bytes=0, workers=workers)[1]["seconds"] for workers in (1, 64))
    assert one >= many > 0
