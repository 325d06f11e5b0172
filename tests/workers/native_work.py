"""The work of each kind of job for a child that is held: native code that keeps the interpreter to itself."""

import ctypes
from collections.abc import Mapping
from typing import Any

from workers.child import FUNCTIONS as REAL
from workers.steps import Step, Work

HELD_SECONDS = 600
# What does the work between the plan of a run and its end.
HELD = ("fetch_file", "fetch_ranges", "fetch_part", "ingest_file", "index_part", "tokenize_shard", "export_part")
FUNCTIONS: Mapping[str, str] = {**REAL, **dict.fromkeys(HELD, "tests.workers.native_work")}


def _hold(**_given: Any) -> Work:
    """Told to have begun, and then away: through PyDLL the lock of the interpreter is not given up."""
    yield Step(1, None, "BYTES")
    ctypes.PyDLL(None).sleep(HELD_SECONDS)
    return {}


fetch_file = fetch_ranges = fetch_part = ingest_file = index_part = tokenize_shard = export_part = _hold
