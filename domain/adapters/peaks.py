"""What jobs will take up on disk at their peak, told from sizes alone: estimates, made before anything is written."""

from collections.abc import Mapping

from domain.adapters.sums import sums_bytes

# Bytes of Arrow for one byte of a file, measured on English and on made-up text: JSON gains a little by losing its
# names and quotes, CSV and plain text lose a little to offsets; Parquet as `datasets` publishes it packs text by 1.6 to
# 2.9 (snappy) and up to 4 (zstd). Numbers pack far better, but then the file is small.
ARROW_BYTES: Mapping[str, float] = {"parquet": 2.5, "arrow": 1.0, "json": 1.0, "csv": 1.1, "text": 1.1}
# What the formats of uploads are read as.
READ_AS: Mapping[str, str] = {"tsv": "csv", "jsonl": "json", "txt": "text"}
# English packs by 3.3 with gzip, 4 with zstd; the rarer kinds pack no tighter than twice that.
COMPRESSED: Mapping[str, float] = {".gz": 3.3, ".gzip": 3.3, ".zst": 4.0, ".zstd": 4.0, ".bz2": 4.5, ".xz": 5.0}
# The vocabularies that are written beside the rows: 4% of long English texts, 21% of short ones with many names.
WORDS_SHARE = 0.2
# An index is 0.25 (long texts) to 0.6 (short ones) of its text; while parts are merged there is twice as much of it.
INDEX_SHARE, MERGED_TIMES = 0.6, 2.0
# Parquet packs tokens by 1.3 and more; what is random packs not at all.
EXPORT_SHARE = 1.05
# What a sample foretells of a large dataset has been 15% wrong.
SAMPLED_SHARE = 1.25
# Where a sequence is from, and its place among the others.
ORIGIN_BYTES = 32
COUNT_BYTES, SHARD_BYTES = 8, 8 * 1024
# Beside all rows: schemas, descriptions, counts, the heads of files.
FOLDER_BYTES = 64 * 1024


def bringing_bytes(name: str, sizes: Mapping[str, int]) -> int:
    """Of files in one format, with the bytes to be fetched by path: they, their Arrow form and its words lie side by
    side until the ingest is published."""
    return sum(sizes.values()) + ingesting_bytes(name, sizes)


def fetching_bytes(name: str, sizes: Mapping[str, int]) -> int:
    """The same of files that are published with their sums before they are read."""
    return bringing_bytes(name, sizes) + sums_bytes(sizes)


def ingesting_bytes(name: str, sizes: Mapping[str, int]) -> int:
    """What an ingest writes beside the files that it reads."""
    read_as = READ_AS.get(name, name)
    arrow = sum(size * _growth(read_as, path) for path, size in sizes.items())
    return int(arrow * (1 + WORDS_SHARE))


def uploading_bytes(upload_format: str, size: int) -> int:
    """Of an uploaded file, whose format may end with how it is packed ("csv.gz"), and its ingest."""
    return bringing_bytes(upload_format.partition(".")[0], {f"file.{upload_format}": size})


def tokenizing_bytes(size: int, sequences: int, *, beside: int, is_made_twice: bool, is_sampled: bool) -> int:
    """Of tokens that come to a folder of `size` bytes with so many sequences, by an estimate that may be from a sample;
    what is packed or padded once all of it is there is on disk twice, and where sequences are from always is. `beside`
    is what shards keep besides."""
    rows = size * 2 if is_made_twice else size + sequences * ORIGIN_BYTES
    return FOLDER_BYTES + beside + int(rows * (SAMPLED_SHARE if is_sampled else 1))


def beside_shards(shards: int, vocabulary: int) -> int:
    """The heads of the files of shards, and how often each of them wrote each token."""
    return shards * (SHARD_BYTES + COUNT_BYTES * vocabulary)


def exporting_bytes(tokens: int) -> int:
    """Of a tokenization's folder of so many bytes."""
    return FOLDER_BYTES + int(tokens * EXPORT_SHARE)


def indexing_bytes(text: int, *, is_counted: bool = False) -> int:
    """Of so many bytes of text, whose words are counted too or not; the index that is replaced stays until the new one
    is whole."""
    return FOLDER_BYTES + int(text * (INDEX_SHARE * MERGED_TIMES + (WORDS_SHARE if is_counted else 0.0)))


def _growth(name: str, path: str) -> float:
    unpacked = next((factor for suffix, factor in COMPRESSED.items() if path.endswith(suffix)), 1.0)
    return ARROW_BYTES.get(name, 1.0) * unpacked
