"""What a person says of a dataset, and the event of saying it. Stored as all events are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDescribed:
    """`changes` has what is different from now on, by the names of `Description`; None: it is not said any more."""

    changes: Mapping[str, Any]

    def summary(self) -> str:
        return "; ".join(_told(name, value) for name, value in self.changes.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumnChosen:
    """This column is read as text from now on. Figures and lengths of the one before are not those of the text any
    more; the index that follows brings new ones."""

    text_column: str

    def summary(self) -> str:
        return f"{self.text_column} was made the text column; its words are counted anew"


@dataclass(frozen=True, slots=True)
class Description:
    """`language`: the one whose words are stemmed in searches, by its name in `languages`; None: words are not
    stemmed."""

    name: str
    tags: tuple[str, ...] = ()
    notes: str | None = None
    language: str | None = None

    def after(self, event: DatasetDescribed) -> "Description":
        """How it is described after the event."""
        changes = dict(event.changes)
        if "tags" in changes:
            changes["tags"] = tuple(changes["tags"])
        return replace(self, **changes)

    def changed_by(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Those of the changes that would change something."""
        return {name: value for name, value in changes.items() if getattr(self, name) != value}


DescribeEvent = DatasetDescribed | TextColumnChosen


def _told(name: str, value: Any) -> str:
    match name:
        case "name":
            return f"Renamed to {value}"
        case "tags":
            return f"Tagged {', '.join(value)}" if value else "Tags were removed"
        case "notes":
            return "Notes were removed" if value is None else "Notes were written"
    return "Its words are not stemmed" if value is None else f"Its words are stemmed as {value.capitalize()}"
