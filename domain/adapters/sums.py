"""The SHA-256 of every file of a published folder, in a file that `sha256sum -c` reads; its own stands in the log."""

import os
import re
from collections.abc import Generator, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from domain.adapters.files import full_storage_is_told, publishing, sha256_of

SUMS = "SHA256SUMS"
# Tantivy locks an index with a file beside it, also to read it.
LOCK = re.compile(r"\.tantivy-\S*\.lock")
HEX_DIGITS = 64
BETWEEN = "  "
# As coreutils write a name with a line's end in it: the line then begins with a backslash.
ESCAPE = "\\"
ESCAPED = ((ESCAPE, ESCAPE + ESCAPE), ("\n", ESCAPE + "n"), ("\r", ESCAPE + "r"))
PLAIN = {sign: plain for plain, sign in ESCAPED}
SIGN = re.compile(r"\\.")


def publish_sealed(build: Path, final: Path, known: Mapping[str, str]) -> Generator[None, None, str | None]:
    """`publish`, with the sums of all files, and a stop behind each; `known` are those that were taken as the files
    were written, by path below `build`. Returns the SHA-256 of the sums; None, with none written, where a file has that
    very name."""
    with full_storage_is_told(final.parent):
        sealed = yield from _seal(build, known)
    yield from publishing(build, final)
    return sealed


def _seal(folder: Path, known: Mapping[str, str]) -> Generator[None, None, str | None]:
    """Write the sums of a folder that is not published yet; the same files have the same, byte by byte."""
    if (folder / SUMS).exists():
        return None
    sums = {}
    for name in names_of(folder):
        sums[name] = known.get(name) or sha256_of(folder / name)
        yield
    written = told(sums)
    (folder / SUMS).write_bytes(written)
    return sha256(written).hexdigest()


def names_of(folder: Path) -> list[str]:
    """The paths of all files below a folder, but the sums themselves and what comes and goes with readers; sorted."""
    found = [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]
    names = (str(path.relative_to(folder)) for path in found if not LOCK.fullmatch(path.name))
    return sorted(name for name in names if name != SUMS)


def told(sums: Mapping[str, str]) -> bytes:
    """The content of the file, for the sums by path."""
    return "".join(_line(name, sums[name]) for name in sorted(sums)).encode(errors="surrogateescape")


def sums_bytes(names: Iterable[str]) -> int:
    """How long the sums of files with these paths are."""
    return len(told(dict.fromkeys(names, "0" * HEX_DIGITS)))


def read_sums(content: bytes) -> dict[str, str]:
    """What `told` was given; ValueError where it did not make this of anything."""
    lines = content.decode(errors="surrogateescape").split("\n")[:-1]
    sums = dict(_read(line) for line in lines)
    if told(sums) != content:
        raise ValueError("these are no sums")
    return sums


def _line(name: str, digest: str) -> str:
    escaped = name
    for plain, sign in ESCAPED:
        escaped = escaped.replace(plain, sign)
    return f"{'' if escaped == name else ESCAPE}{digest}{BETWEEN}{escaped}\n"


def _read(line: str) -> tuple[str, str]:
    escaped = line.removeprefix(ESCAPE)
    digest, name = escaped[:HEX_DIGITS], escaped[HEX_DIGITS + len(BETWEEN) :]
    return name if line == escaped else SIGN.sub(lambda found: PLAIN.get(found[0], found[0]), name), digest
