"""What jobs are expected to take up: more where more is written. Real runs are held to it beside their own tests."""

from domain.adapters.peaks import beside_shards, bringing_bytes, ingesting_bytes, tokenizing_bytes, uploading_bytes


def test_packed_files_need_more_room_than_plain_ones() -> None:
    assert bringing_bytes("json", {"a.jsonl.gz": 1000}) > 2 * bringing_bytes("json", {"a.jsonl": 1000}) > 4000


def test_bringing_files_takes_them_and_their_ingest() -> None:
    sizes = {"a.csv": 1000, "b.csv": 500}
    assert bringing_bytes("csv", sizes) == 1500 + ingesting_bytes("csv", sizes)


def test_an_upload_takes_what_bringing_such_a_file_takes() -> None:
    assert uploading_bytes("tsv", 1000) == bringing_bytes("csv", {"a.tsv": 1000})
    assert uploading_bytes("jsonl.gz", 1000) == bringing_bytes("json", {"a.jsonl.gz": 1000})


def test_tokens_that_are_put_together_anew_are_there_twice() -> None:
    once = tokenizing_bytes(1_000_000, 100, beside=0, is_made_twice=False, is_sampled=False)
    assert 1_000_000 <= once < 1_100_000
    twice = tokenizing_bytes(1_000_000, 100, beside=0, is_made_twice=True, is_sampled=False)
    assert 900_000 < twice - once < 1_000_000
    assert tokenizing_bytes(1_000_000, 100, beside=0, is_made_twice=False, is_sampled=True) > 1.2 * once


def test_every_shard_counts_every_token_of_the_vocabulary() -> None:
    assert beside_shards(10, 250_000) > 20_000_000
