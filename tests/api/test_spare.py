"""What the process of the API needed for a moment goes back to the machine."""

import ctypes

import pytest

from api import spare
from domain.adapters.spare_memory import give_back
from tests.api.client import until
from tests.api.test_downloads import anonymous_megabytes

LIBC = ctypes.CDLL(None)
HELD_BYTES, BLOCKS, STAYS = 8_000, 10_000, 100  # 80 MB, of which one block in a hundred stays where it is


@pytest.mark.skipif(not hasattr(LIBC, "malloc_trim"), reason="a C library that gives back by itself, or never")
def test_what_it_needed_for_a_moment_goes_back_though_something_stays_between(serve, monkeypatch):
    monkeypatch.setattr(spare, "EVERY_SECONDS", 0.1)
    LIBC.malloc.restype, LIBC.malloc.argtypes, LIBC.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    give_back()  # what other tests have left behind would be used again
    before = anonymous_megabytes()
    blocks = [LIBC.malloc(HELD_BYTES) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, HELD_BYTES)
    for number, block in enumerate(blocks):
        if number % STAYS:
            LIBC.free(block)
    try:
        assert anonymous_megabytes() - before > 60, "the C library keeps the holes"
        with serve():
            until(lambda: anonymous_megabytes() - before < 40)
    finally:
        for block in blocks[::STAYS]:
            LIBC.free(block)
