"""The bytes of a source file as the readers of `datasets` get them: plain, whatever the file is compressed with."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import datasets
import fsspec
import pyarrow as pa
from fsspec.compression import compr, register_compression

from domain.adapters.files import full_storage_is_told
from domain.errors import ErrorCode, WorldFailure
from workers.bounded_bytes import BOUNDS, BUFFER_BYTES, Bounds, bounded_bytes

MOST_SINGLE_BYTES = 1 << 20
# Suffixes of what is taken off before a reader sees the text, as `datasets` does it.
COMPRESSED = (".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd")


def _open_zstd(file: IO[bytes], mode: str) -> Any:
    assert mode.startswith("r"), "source files are only read"
    return pa.CompressedInputStream(file, "zstd")


class _Packed:
    """The bytes of a packed file. Gzip reads names, comments and the zeros behind its end one by one, however many."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._single = 0

    def read(self, size: int = -1) -> bytes:
        self._single = self._single + 1 if size == 1 else 0
        if self._single > MOST_SINGLE_BYTES:
            path = BOUNDS.get(Bounds("A file")).path
            message = f"{path} has more than {MOST_SINGLE_BYTES:,} bytes where gzip has a name: pack it anew."
            raise WorldFailure(ErrorCode.CORRUPT_DATA, message)
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _bound(open_packed: Callable[..., Any]) -> Callable[..., Any]:
    """Opens as before, within bounds."""

    def open_within(file: IO[bytes], **options: Any) -> Any:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return bounded_bytes(open_packed(_Packed(file), **options), size)

    return open_within


# Arrow brings the codec that `datasets` finds missing; it goes on after the first frame, and says what is cut off.
register_compression("zstd", _open_zstd, "zst", force=True)
for _name, _suffix in (("gzip", "gz"), ("bz2", "bz2"), ("xz", "xz"), ("zstd", "zst")):
    register_compression(_name, _bound(compr[_name]), _suffix, force=True)


def locate(file: Path, scratch: Path) -> str:
    """What `datasets` opens for a file: its path, or a chained URL where it is decompressed on the way."""
    settings = datasets.DownloadConfig(cache_dir=str(scratch), extract_on_the_fly=True)
    return str(datasets.DownloadManager(download_config=settings).extract(str(file)))


def open_bytes(located: str) -> Any:
    """The bytes behind what `locate` gave, as a binary file."""
    if "::" in located:
        return fsspec.open(located, "rb").open()
    return bounded_bytes(pa.OSFile(located))  # which pandas may drop without a warning, as it does


def refuse_long_lines(located: str) -> None:
    """Reads a file that a reader opens by itself, and so without a bound; CORRUPT_DATA where a line is too long."""
    if "::" not in located:
        with open_bytes(located) as opened:
            while opened.read(BUFFER_BYTES):
                pass


def unpack(file: Path, target: Path) -> None:
    """Writes the bytes of a compressed file, for readers that seek."""
    with (
        open_bytes(locate(file, target.parent)) as packed,
        full_storage_is_told(target.parent),
        target.open("wb") as plain,
    ):
        shutil.copyfileobj(packed, plain)


def split_of(builder: Any, file: Path, scratch: Path) -> dict[str, Any]:
    """The arguments with which a builder of `datasets` generates the tables of one file; it may infer features."""
    builder.config.data_files = {"train": [str(file)]}
    local = datasets.DownloadManager(download_config=datasets.DownloadConfig(cache_dir=str(scratch)))
    [split] = builder._split_generators(local)
    return dict(split.gen_kwargs)
