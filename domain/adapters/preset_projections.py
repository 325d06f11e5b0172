"""What events make of the rows of presets."""

from domain import events as past
from domain.adapters.rows import Change
from domain.log import Recorded
from domain.preset import stream_of as stream_of_preset


def project_presets(recorded: Recorded, event: past.PresetEvent) -> Change:
    """The preset's row after the event; one that is deleted has none."""
    preset_id = recorded.stream.removeprefix(stream_of_preset(""))
    if isinstance(event, past.PresetDeleted):
        return Change("presets", "id", preset_id, {}, delete=True)
    values = {
        "version": recorded.version,
        "position": recorded.position,
        "name": event.name,
        "tokenizer": event.tokenizer,
        "recipe": dict(event.recipe),
        "updated_at": recorded.recorded_at,
    }
    if recorded.version > 1:
        return Change("presets", "id", preset_id, values)
    return Change(
        "presets", "id", preset_id, {"id": preset_id, "created_at": recorded.recorded_at, **values}, insert=True
    )
