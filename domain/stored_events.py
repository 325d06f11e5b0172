"""Events as they are stored: by name, as plain JSON data. Stored ones are never edited; old shapes are upcast."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from domain.events import Event

TYPES: Mapping[str, type[Event]] = {kind.__name__: kind for kind in Event.__args__}

Upcast = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
# Stored type name -> what turns its data into a newer type and shape. Applied until none is left.
UPCASTS: dict[str, Upcast] = {}


def name_of(event: Event) -> str:
    """The name under which an event is stored."""
    return type(event).__name__


def to_data(event: Event) -> dict[str, Any]:
    """The event as plain JSON data."""
    return asdict(event)


def from_data(type_name: str, data: Mapping[str, Any], upcasts: Mapping[str, Upcast] = UPCASTS) -> Event:
    """The event from its stored name and data, upcast to today's shape. Unknown names are a KeyError."""
    shape = dict(data)
    while type_name in upcasts:
        type_name, shape = upcasts[type_name](shape)
    return TYPES[type_name](**shape)
