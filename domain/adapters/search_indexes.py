"""The search index of a dataset, opened from its folder, or from its parts while it is being built."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread

from domain.adapters.files import sha256_of
from domain.adapters.kept_of_folders import KeptOfFolders
from domain.adapters.search_damage import DamagedIndex, damage_is_told
from domain.adapters.search_parts import INDEX, PART, SearchPart

INDEXES_KEPT_OPEN = 16
# A process may map some 65,000 files, and a part has about seven.
PARTS_KEPT_OPEN = 4_000
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
            parts = [(folder / part["name"], part["part"][1]) for part in told["parts"]]
            if any(sha256_of(path / PART) != sha256 for path, sha256 in parts):
                raise DamagedIndex(folder)
            index = cls([SearchPart(path) for path, _ in parts], told["rows"])
        index.columns, index.text_column, index.language = told["columns"], told["textColumn"], told["language"]
        return index

    def files(self) -> list[tuple[Path, str]]:
        """Every file of the parts and its SHA-256."""
        return [(part.folder / name, sha256) for part in self.parts for name, (_, sha256) in part.files.items()]


class SearchIndexes:
    """The indexes that were searched last, kept open; safe to share between threads."""

    def __init__(self, kept: int = INDEXES_KEPT_OPEN, parts_kept: int = PARTS_KEPT_OPEN) -> None:
        # both bounds as one: no index weighs less than its share
        self._open: KeptOfFolders[SearchIndex] = KeptOfFolders(
            parts_kept, lambda index: max(len(index.parts), parts_kept // kept)
        )
        self._whole: dict[Path, bool] = {}
        # Who finds an index open does not wait for one who opens another; bytes are looked at for one at a time.
        self._lock, self._opening, self._checking = Lock(), Lock(), Lock()

    def open(self, path: Path) -> SearchIndex:
        """A published index. DamagedIndex, also for one that a look at every byte found damaged."""
        with self._lock:
            if self._whole.get(path) is False:
                raise DamagedIndex(path)
        index = self._found(path)
        if index is not None:
            return index
        with self._opening:
            return self._found(path) or self._opened(path)

    def open_parts(self, folders: Sequence[Path], rows: int) -> SearchIndex:
        """The finished parts of one build, in the order of rows; `rows` are all of the dataset. DamagedIndex."""
        if not folders:
            return SearchIndex([], rows)
        path = folders[0].parent
        with self._opening:
            found = self._found(path)
            known = {part.folder: part for part in found.parts} if found else {}
            if found and list(known) == list(folders):
                return found
            return self._open.put(path, SearchIndex([known.get(each) or SearchPart(each) for each in folders], rows))

    def _found(self, path: Path) -> SearchIndex | None:
        """One that is open; DamagedIndex where its files have changed since, and then it is open no more."""
        index = self._open.get(path)
        try:
            for part in index.parts if index else ():
                part.check()
        except DamagedIndex:
            self._open.forget(path)
            raise
        return index

    def _opened(self, path: Path) -> SearchIndex:
        index = self._open.put(path, SearchIndex.open(path))
        with self._lock:
            is_looked_at = path in self._whole
            self._whole[path] = True
        if not is_looked_at:
            Thread(target=self._look_at, args=(path, index.files()), daemon=True).start()
        return index

    def _look_at(self, path: Path, files: Sequence[tuple[Path, str]]) -> None:
        """Not the index itself, which is not held on for that long."""
        with self._checking:
            is_whole = all(_is_whole(*file) for file in files)
        with self._lock:
            if not is_whole and path in self._whole:  # else it was forgotten, and may be gone
                self._whole[path] = False
                self._open.forget(path)

    def forget(self, home: Path) -> None:
        """Let go of the indexes below `home`: until then the disk keeps what was removed of them."""
        self._open.forget(home)
        with self._lock:
            for path in [path for path in self._whole if path.is_relative_to(home)]:
                del self._whole[path]


def _is_whole(file: Path, sha256: str) -> bool:
    try:
        return sha256_of(file) == sha256
    except OSError:
        return False
