"""The concrete parts that api and workers share: Postgres, files, Arrow, Redis and the embedded servers.

May import SQLAlchemy, psycopg, pyarrow, numpy, cryptography, redis, dramatiq; never datasets or transformers.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["Adapters", "open_adapters"]

if TYPE_CHECKING:
    from domain.adapters.opened import Adapters, open_adapters
else:

    def __getattr__(name):
        """Loaded by who asks for them: children and the supervisor use other modules of this package, and no
        database."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module("domain.adapters.opened"), name)
