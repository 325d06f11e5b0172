"""What was made of published folders, which never change, kept from one answer to the next within a bound."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")

Key = tuple[Path, Hashable]


class KeptOfFolders(Generic[V]):
    """The values that were used last, by their folder and `key`; safe to share between threads.

    All weigh `most` together, whatever `weigh` says of each; the newest stays however heavy it is.
    """

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _value: 1) -> None:
        self._most, self._weigh = most, weigh
        self._values: OrderedDict[Key, V] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def of(self, folder: Path, make: Callable[[], V], key: Hashable = None) -> V:
        """The value, made where it is not kept; of two who make it at once the first one's is kept."""
        with self._lock:
            if (folder, key) in self._values:
                return self._used((folder, key))
        made = make()
        with self._lock:
            if (folder, key) not in self._values:
                self._put((folder, key), made)
            return self._used((folder, key))

    def get(self, folder: Path) -> V | None:
        """The value of a folder, None where none is kept."""
        with self._lock:
            return self._used((folder, None)) if (folder, None) in self._values else None

    def put(self, folder: Path, value: V) -> V:
        """Keep it in the place of what was kept of the folder."""
        with self._lock:
            self._drop((folder, None))
            self._put((folder, None), value)
        return value

    def forget(self, home: Path) -> None:
        """Let go of all at and below `home`: until then the disk keeps what was removed of it, if it is mapped."""
        with self._lock:
            for key in [key for key in self._values if key[0].is_relative_to(home)]:
                self._drop(key)

    def _used(self, key: Key) -> V:
        self._values.move_to_end(key)
        return self._values[key]

    def _put(self, key: Key, value: V) -> None:
        self._values[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._most and len(self._values) > 1:
            self._drop(next(iter(self._values)))

    def _drop(self, key: Key) -> None:
        if key in self._values:
            self._weight -= self._weigh(self._values.pop(key))
