"""The search index of a dataset, opened from its folder, or from its parts while it is being built."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread

from domain.adapters.files import sha256_of
from domain.adapters.search_damage import DamagedIndex, damage_is_told
from domain.adapters.search_parts import INDEX, SearchPart

INDEXES_KEPT_OPEN = 16
FREQUENCIES_KEPT = 1_000


class SearchIndex:
    """The parts in the order of rows; `rows` of the dataset, of which `indexed` can be found."""

    def __init__(self, parts: Sequence[SearchPart], rows: int | None = None) -> None:
        self.parts = list(parts)
        self.columns = parts[0].columns if parts else []
        self.text_column = parts[0].text_column if parts else None
        self.language = parts[0].language if parts else None
        self.rows = sum(part.rows for part in parts) if rows is None else rows
        self.indexed = sum(part.indexed for part in parts)
        texts, held = [part.text for part in parts], sum(part.rows for part in parts)

        @lru_cache(FREQUENCIES_KEPT)
        def frequency(field: str, token: str) -> tuple[int, int]:
            return sum(text.frequency(field, token) for text in texts), held

        for part in self.parts:
            part.frequency = frequency

    @classmethod
    def open(cls, folder: Path) -> "SearchIndex":
        """A published index. DamagedIndex."""
        with damage_is_told(folder):
            told = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            parts = [(folder / part["name"], part["part"][0]) for part in told["parts"]]
            if any((path / "part.json").stat().st_size != size for path, size in parts):
                raise DamagedIndex(folder)
            index = cls([SearchPart(path) for path, _ in parts], told["rows"])
        index.columns, index.text_column, index.language = told["columns"], told["textColumn"], told["language"]
        return index

    def files(self) -> list[tuple[Path, str]]:
        """Every file of the parts and its SHA-256."""
        return [(part.folder / name, sha256) for part in self.parts for name, (_, sha256) in part.files.items()]


class SearchIndexes:
    """The indexes that were searched last, kept open; safe to share between threads."""

    def __init__(self, kept: int = INDEXES_KEPT_OPEN) -> None:
        self._kept = kept
        self._open: OrderedDict[tuple[Path, ...], SearchIndex] = OrderedDict()
        self._checked: dict[Path, bool] = {}
        self._lock = Lock()

    def open(self, path: Path) -> SearchIndex:
        """A published index. DamagedIndex, also for one that a look at every byte found damaged."""
        with self._lock:
            if self._checked.get(path) is False:
                raise DamagedIndex(path)
            index = self._open.get((path,)) or SearchIndex.open(path)
            self._keep((path,), index)
            if path not in self._checked:
                self._checked[path] = True
                Thread(target=self._check, args=(path, index.files()), daemon=True).start()
            return index

    def open_parts(self, folders: Sequence[Path], rows: int) -> SearchIndex:
        """The finished parts of a build, in the order of rows; `rows` are all of the dataset. DamagedIndex."""
        key = tuple(folders)
        with self._lock:
            index = self._open.get(key) or SearchIndex([SearchPart(folder) for folder in folders], rows)
            self._keep(key, index)
            return index

    def _keep(self, key: tuple[Path, ...], index: SearchIndex) -> None:
        self._open[key] = index
        self._open.move_to_end(key)
        while len(self._open) > self._kept:
            self._open.popitem(last=False)

    def _check(self, path: Path, files: Sequence[tuple[Path, str]]) -> None:
        if not all(_is_whole(*file) for file in files):
            with self._lock:
                self._checked[path] = False
                self._open.pop((path,), None)

    def forget(self, home: Path) -> None:
        """Let go of the indexes below `home`: until then the disk keeps what was removed of them."""
        with self._lock:
            for key in [key for key in self._open if any(path.is_relative_to(home) for path in key)]:
                del self._open[key]
            for path in [path for path in self._checked if path.is_relative_to(home)]:
                del self._checked[path]


def _is_whole(file: Path, sha256: str) -> bool:
    try:
        return sha256_of(file) == sha256
    except OSError:
        return False
