"""What a download and its ingest will need on disk, from the Hub's sizes alone: an estimate, made before any fetch."""

from collections.abc import Mapping

# Bytes of Arrow for one byte of a file, measured on English and on made-up text: JSON gains a little by losing its
# names and quotes, CSV and plain text lose a little to offsets; Parquet as `datasets` publishes it packs text by 1.6 to
# 2.9 (snappy) and up to 4 (zstd). Numbers pack far better, but then the file is small.
ARROW_BYTES: Mapping[str, float] = {"parquet": 2.5, "arrow": 1.0, "json": 1.0, "csv": 1.1, "text": 1.1}
# English packs by 3.3 with gzip, 4 with zstd; the rarer kinds pack no tighter than twice that.
COMPRESSED: Mapping[str, float] = {".gz": 3.3, ".gzip": 3.3, ".zst": 4.0, ".zstd": 4.0, ".bz2": 4.5, ".xz": 5.0}
# The vocabularies that are written beside the rows: 4% of long English texts, 21% of short ones with many names.
WORDS_SHARE = 0.2


def peak_bytes(name: str, sizes: Mapping[str, int]) -> int:
    """Of files in one format, with the bytes to be fetched by path: they, their Arrow form and its words lie side by
    side until the ingest is published."""
    fetched = sum(sizes.values())
    arrow = sum(size * _growth(name, path) for path, size in sizes.items())
    return fetched + int(arrow * (1 + WORDS_SHARE))


def _growth(name: str, path: str) -> float:
    unpacked = next((factor for suffix, factor in COMPRESSED.items() if path.endswith(suffix)), 1.0)
    return ARROW_BYTES.get(name, 1.0) * unpacked
