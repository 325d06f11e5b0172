"""How loops are compiled: kept for the next process, for as long as none of their sources changes.

numba looks for changes in a function's own file alone, but compiles in what it calls.
"""

import hashlib
from pathlib import Path

import numba

LOOPS = ("word_table.py", "piece_ends.py", "merging.py", "word_numbers.py", "record_ends.py")

_here = Path(__file__).parent
_version = hashlib.sha256(b"".join((_here / name).read_bytes() for name in LOOPS)).hexdigest()[:16]
numba.config.CACHE_DIR = str(Path(numba.config.CACHE_DIR or _here / "__pycache__") / _version)

# They do not hold the interpreter's lock.
compiled = numba.njit(cache=True, nogil=True)
inlined = numba.njit(cache=True, nogil=True, inline="always")
