"""Where numba keeps what it compiled: beside the sources, as Python does, else in the home. It loads nothing heavy."""

import os
from pathlib import Path


def keep_loops(home: Path) -> None:
    """To be called before numba is loaded, here or in a child; `make run` had the loops compiled beside the sources."""
    if not os.access(Path(__file__).parent, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(home / "cache" / "compiled"))
