"""Datasets as they were at any version: folded from the log, and held for whoever asks for the same."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from api.threads import Threads
from domain.adapters.postgres_log import PostgresLog
from domain.adapters.projections import project_datasets
from domain.adapters.tables import datasets
from domain.adapters.views import UNREAD, Row
from domain.log import Recorded

HELD_ROWS = 4_000
NAMES = [column.name for column in datasets.c if column.name not in UNREAD]

Version = tuple[str, int]
"""A stream, and a version of it."""


class DatasetStates:
    """Rows of the read model as they were. Belongs to the loop; bounded."""

    def __init__(self, log: PostgresLog, threads: Threads, most: int = HELD_ROWS) -> None:
        self._log = log
        self._threads = threads
        self._most = most
        self._rows: OrderedDict[Version, Row] = OrderedDict()

    async def load(self, versions: Sequence[Version]) -> dict[Version, Row | None]:
        """The rows at these versions, None at version 0: before the dataset was asked for."""
        missing = [version for version in versions if version[1] and version not in self._rows]
        found = await self._threads.run(self._read, missing) if missing else {}
        return {version: self._held(version) or found.get(version) for version in versions}

    def after(self, row: Row | None, recorded: Recorded) -> Row:
        """The row after one more event of its stream."""
        version = recorded.stream, recorded.version
        return self._held(version) or self._hold(version, _after(row, recorded))

    def _held(self, version: Version) -> Row | None:
        if version in self._rows:
            self._rows.move_to_end(version)
        return self._rows.get(version)

    def _hold(self, version: Version, row: Row) -> Row:
        self._rows[version] = row
        if len(self._rows) > self._most:
            self._rows.popitem(last=False)
        return row

    def _read(self, versions: Sequence[Version]) -> Mapping[Version, Row | None]:
        """In a thread: from the log."""
        found: dict[Version, Row | None] = {}
        for stream, version in versions:
            row: Row | None = None
            for recorded in self._log.read(stream)[:version]:
                row = _after(row, recorded)
            found[stream, version] = row
        return found


def _after(row: Row | None, recorded: Recorded) -> Row:
    values = project_datasets(recorded).values
    changed = {name: value for name, value in values.items() if name not in UNREAD}
    return {**(row or dict.fromkeys(NAMES)), **changed}
