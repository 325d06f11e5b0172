"""A preset: a tokenizer and a recipe under a name, from its first saving to its end. Pure: no clock, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain import commands as ask
from domain import events as past
from domain.errors import ErrorCode, Refused
from domain.recipe import Recipe, conflicts

NAME_CLAIM = "preset:"


@dataclass(frozen=True, slots=True)
class Preset:
    """The folded stream; `tokenizer` None: it is named at each use."""

    id: str
    name: str
    tokenizer: str | None
    recipe: Recipe
    is_deleted: bool = False


def stream_of(preset_id: str) -> str:
    """The name of a preset's stream."""
    return f"preset-{preset_id}"


def claims(state: Preset | None) -> frozenset[str]:
    """The key that no other preset may hold: its name, for as long as it is there."""
    return frozenset() if state is None or state.is_deleted else frozenset({NAME_CLAIM + state.name})


def evolve(preset_id: str, state: Preset | None, event: past.Event) -> Preset:
    """The state after one more event."""
    if isinstance(event, past.PresetSaved):
        return Preset(preset_id, event.name, event.tokenizer, event.recipe)
    assert isinstance(event, past.PresetDeleted), "a preset's stream has events of presets alone"
    assert state is not None, "a stream begins with a saving"
    return Preset(preset_id, state.name, state.tokenizer, state.recipe, is_deleted=True)


def decide(state: Preset | None, command: ask.PresetCommand) -> Sequence[past.Event]:
    """The events that a command leads to; none where the preset is like this already. Raises Refused."""
    if isinstance(command, ask.SavePreset):
        return _save(state, command)
    return [past.PresetDeleted(name=_existing(state).name)]


def _save(state: Preset | None, command: ask.SavePreset) -> Sequence[past.Event]:
    if not command.is_new:
        _existing(state)
    elif state is not None:
        raise Refused(ErrorCode.INVALID_TRANSITION, "This preset exists already.", "presetId")
    for conflict in conflicts(command.recipe):
        raise conflict
    saved = past.PresetSaved(name=command.name, tokenizer=command.tokenizer, recipe=dict(command.recipe))
    is_same = state is not None and evolve(state.id, None, saved) == state
    return [] if is_same else [saved]


def _existing(state: Preset | None) -> Preset:
    if state is None or state.is_deleted:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such preset.", "presetId")
    return state
