"""What bytes are, by how they begin: for people who look at them, and for what shows them."""

from collections.abc import Sequence

UNKNOWN = "application/octet-stream"

# (where, what stands there) for each part that must be there, and the type.
BEGINNINGS: Sequence[tuple[Sequence[tuple[int, bytes]], str]] = (
    ([(0, b"\x89PNG\r\n\x1a\n")], "image/png"),
    ([(0, b"\xff\xd8\xff")], "image/jpeg"),
    ([(0, b"GIF87a")], "image/gif"),
    ([(0, b"GIF89a")], "image/gif"),
    ([(0, b"RIFF"), (8, b"WEBP")], "image/webp"),
    ([(0, b"BM"), (6, b"\0\0\0\0")], "image/bmp"),
    ([(0, b"II*\0")], "image/tiff"),
    ([(0, b"MM\0*")], "image/tiff"),
    ([(4, b"ftypavif")], "image/avif"),
    ([(4, b"ftypheic")], "image/heic"),
    ([(0, b"RIFF"), (8, b"WAVE")], "audio/wav"),
    ([(0, b"ID3")], "audio/mpeg"),
    ([(0, b"\xff\xfb")], "audio/mpeg"),
    ([(0, b"\xff\xf3")], "audio/mpeg"),
    ([(0, b"\xff\xf2")], "audio/mpeg"),
    ([(0, b"fLaC")], "audio/flac"),
    ([(0, b"OggS")], "audio/ogg"),
    ([(4, b"ftypM4A")], "audio/mp4"),
    ([(4, b"ftyp")], "video/mp4"),
    ([(0, b"\x1aE\xdf\xa3")], "video/webm"),
    ([(0, b"RIFF"), (8, b"AVI ")], "video/x-msvideo"),
    ([(0, b"%PDF-")], "application/pdf"),
    ([(0, b"PK\x03\x04")], "application/zip"),
    ([(0, b"PK\x05\x06")], "application/zip"),
    ([(0, b"\x1f\x8b")], "application/gzip"),
    ([(0, b"(\xb5/\xfd")], "application/zstd"),
    ([(0, b"\x93NUMPY")], "application/x-npy"),
    ([(0, b"PAR1")], "application/vnd.apache.parquet"),
)


def media_type(data: bytes) -> str:
    """The media type of a file with these bytes; UNKNOWN where they do not tell."""
    return next((kind for parts, kind in BEGINNINGS if all(data.startswith(part, at) for at, part in parts)), UNKNOWN)
