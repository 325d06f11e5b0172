"""The log followed in memory, by the functions that append and rebuild use, and what the tables have otherwise."""

import json
from datetime import UTC, datetime

from domain.adapters import Adapters
from domain.adapters.held_rows import HeldRows
from domain.adapters.jsonb import dumps
from domain.adapters.projections import project
from domain.adapters.rows import Change
from domain.adapters.tables import READ_MODELS
from domain.aggregates import DATASETS, PRESETS
from domain.claims import claims
from domain.dataset import Dataset, dataset_id_of
from domain.log import Recorded
from domain.preset import Preset

LIMIT = 100_000


class Replayed:
    """All events so far. Each is read and folded once, so that it costs little to look after every step."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self.begin_anew()

    def begin_anew(self) -> None:
        """The log is another one."""
        self._events: list[Recorded] = []
        self._datasets: dict[str, Dataset] = {}
        self._presets: dict[str, Preset] = {}
        self._held = {table.name: HeldRows("id") for table in READ_MODELS}

    def look_by(self, adapters: Adapters) -> None:
        """Go on with connections of their own: those of before may have been cut."""
        self._adapters = adapters

    @property
    def events(self) -> list[Recorded]:
        self._follow()
        return self._events

    @property
    def datasets(self) -> list[Dataset]:
        """Every dataset that there is or was, the oldest first."""
        self._follow()
        return list(self._datasets.values())

    @property
    def presets(self) -> list[Preset]:
        """Every preset that there is or was, the oldest first."""
        self._follow()
        return list(self._presets.values())

    def differences(self) -> list[tuple[str, str, str, object, object]]:
        """What the tables have, and what a replay has: (table, id, column, the one, the other)."""
        self._follow()
        rows = (difference for table in READ_MODELS for difference in self._of_rows(table))
        return [*rows, *self._of_claims()]

    def _follow(self) -> None:
        position = self._events[-1].position if self._events else 0
        for recorded in self._adapters.log.after(position, LIMIT):
            self._events.append(recorded)
            self._fold(recorded)
            for change in project(recorded):
                self._apply(change, recorded.position)

    def _fold(self, recorded: Recorded) -> None:
        if recorded.stream.startswith("dataset-"):
            of = dataset_id_of(recorded.stream)
            self._datasets[of] = DATASETS.evolve(of, self._datasets.get(of), recorded.event)
        else:
            of = recorded.stream.removeprefix("preset-")
            self._presets[of] = PRESETS.evolve(of, self._presets.get(of), recorded.event)

    def _apply(self, change: Change, position: int) -> None:
        held, values = self._held[change.table], {**change.values, "position": position}
        if change.insert:
            held.put(values)
        elif change.delete:
            held.remove(change.key, change.id)
        else:
            held.change(change.key, change.id, values)

    def _of_rows(self, table):
        columns = [column for column in table.c if column.computed is None]
        with self._adapters.engine.connect() as connection:
            live = {row.id: row._mapping for row in connection.execute(table.select())}
        held = self._held[table.name].rows
        for id_ in live.keys() ^ held.keys():
            yield table.name, id_, "", id_ in live, id_ in held
        for id_ in live.keys() & held.keys():
            for name in (column.name for column in columns):
                was, told = _plain(live[id_][name]), _plain(held[id_].get(name))
                if was != told:
                    yield table.name, id_, name, was, told

    def _of_claims(self):
        with self._adapters.pool.connection() as connection:
            live = set(connection.execute("SELECT key, stream FROM claims").fetchall())
        told = {(key, DATASETS.stream_of(state.id)) for state in self._datasets.values() for key in claims(state)}
        told |= {(key, PRESETS.stream_of(one.id)) for one in self._presets.values() for key in PRESETS.claims(one)}
        for key, stream in live ^ told:
            yield "claims", stream, key, (key, stream) in live, (key, stream) in told


def _plain(value: object) -> object:
    """As JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return json.loads(dumps(value))
