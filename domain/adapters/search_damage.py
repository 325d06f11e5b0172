"""An index folder that is not what was written."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class DamagedIndex(Exception):  # noqa: N818  what it is, as Refused
    """The index in the folder `path` cannot be searched: it must be built again."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"The search index in {path} is damaged or gone.")
        self.path = path


@contextmanager
def damage_is_told(path: Path) -> Generator[None]:
    """What goes wrong in reading the index in `path` is DamagedIndex; so is a panic of the native code."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DamagedIndex(path) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # pyo3 gives no name to import
            raise DamagedIndex(path) from error
        raise
