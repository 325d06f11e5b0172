"""The two kinds of streams, each with what the command loop needs to know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from domain import dataset, preset
from domain.claims import claims
from domain.commands import Command, DatasetCommand, PresetCommand
from domain.dataset import Dataset, Earlier
from domain.decide import decide as decide_dataset
from domain.decide import earlier
from domain.events import Event
from domain.evolve import evolve
from domain.preset import Preset

S = TypeVar("S")
C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(Generic[C, S]):
    """Streams of one kind: whose a command is, and the pure functions of its story. `name_of`: what it is called;
    `earlier` tells what a command that
    changes nothing led to before."""

    noun: str
    id_of: Callable[[C], str]
    stream_of: Callable[[str], str]
    evolve: Callable[[str, S | None, Event], S]
    decide: Callable[[S | None, C], Sequence[Event]]
    claims: Callable[[S | None], frozenset[str]]
    name_of: Callable[[S], str]
    earlier: Callable[[S | None, C], Earlier | None] = lambda _state, _command: None


DATASETS: Aggregate[DatasetCommand, Dataset] = Aggregate(
    noun="dataset",
    id_of=attrgetter("dataset_id"),
    stream_of=dataset.stream_of,
    evolve=evolve,
    decide=decide_dataset,
    claims=claims,
    name_of=attrgetter("description.name"),
    earlier=earlier,
)
PRESETS: Aggregate[PresetCommand, Preset] = Aggregate(
    noun="preset",
    id_of=attrgetter("preset_id"),
    stream_of=preset.stream_of,
    evolve=preset.evolve,
    decide=preset.decide,
    claims=preset.claims,
    name_of=attrgetter("name"),
)


def aggregate_of(command: Command) -> Aggregate[Any, Any]:
    """What the command is about."""
    return PRESETS if isinstance(command, PresetCommand) else DATASETS
