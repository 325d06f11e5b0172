"""How deep JSON is nested, told before a parser sees it: too deep, it takes the process with it.

Only brackets outside of strings count. Escapes are blanked first, pairs of backslashes before escaped quotes, so that
every quote that is left begins or ends a string.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import IO

import numpy as np
import numpy.typing as npt

from domain.errors import ErrorCode, WorldFailure

# Where the decoder of `datasets` stops, far above the 64 levels that Arrow can write.
DEEPEST = 1024
BLOCK_BYTES = 1 << 20
STRUCTURE = b'[]{}"'
ALL_BUT_STRUCTURE = bytes(byte for byte in range(256) if byte not in STRUCTURE)


@dataclass(slots=True)
class Nesting:
    """Where a scan of JSON stands: so many brackets are open, and it is within a string or not."""

    depth: int = 0
    within: bool = False

    def places(self, block: bytes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """For each byte of a block without escapes: is it outside of strings, and how deep is it; the scan goes on."""
        data = np.frombuffer(block, np.uint8)
        quotes = np.cumsum(data == ord('"')) + self.within
        outside = quotes % 2 == 0
        opened = ((data == ord("[")) | (data == ord("{"))) & outside
        closed = ((data == ord("]")) | (data == ord("}"))) & outside
        depths = np.cumsum(opened.astype(np.int64) - closed) + self.depth
        if len(block):
            self.depth, self.within = int(depths[-1]), not outside[-1]
        return outside, depths


def refuse_deep(file: IO[bytes], path: str, look: Callable[[bytes, Nesting], object] = lambda _block, _at: None) -> int:
    """How many bytes a file of JSON has; CORRUPT_DATA, naming the byte, where it is nested deeper than `DEEPEST`.
    `look` sees each block without escapes, too, and where the scan of it begins."""
    nesting, done = Nesting(), 0
    for _, block in blocks(file):
        before = replace(nesting)
        look(block, before)
        _, depths = nesting.places(block.translate(None, ALL_BUT_STRUCTURE))
        if depths.max(initial=0) > DEEPEST:
            _, depths = before.places(block)
            raise _too_deep(path, done + int(np.argmax(depths > DEEPEST)))
        done += len(block)
    return done


def blocks(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """A file in blocks, each as it is and with its escaped backslashes and quotes blanked."""
    left = b""
    while block := file.read(BLOCK_BYTES):
        block = left + block
        ending = len(block) - len(block.rstrip(b"\\"))
        cut = len(block) - ending % 2
        block, left = block[:cut], block[cut:]
        yield block, block.replace(b"\\\\", b"  ").replace(b'\\"', b"  ")
    if left:
        yield left, left


def _too_deep(path: str, byte: int) -> WorldFailure:
    message = (
        f"{path} holds JSON nested more than {DEEPEST:,} levels deep at byte {byte:,}: "
        "store such values as text, or leave out the file."
    )
    return WorldFailure(ErrorCode.CORRUPT_DATA, message)
