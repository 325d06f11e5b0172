"""Memory that a process no longer needs goes back to the machine: allocators keep what they once had."""

import ctypes
import sys


def give_back() -> None:
    """What Arrow's pool and the C library hold unused; a few milliseconds."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # not in every C library
        trim(0)
