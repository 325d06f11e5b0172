"""Who uses a dataset outside of this service, as they said themselves. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain.dataset import Dataset
from domain.errors import ErrorCode, Refused
from domain.events import Event
from domain.reference_commands import ReferenceCommand, ReferenceDataset
from domain.reference_events import DatasetReferenced, DatasetReleased

# All of them stand in one row, and in each answer about it.
MOST_REFERENCES = 100


def decide_references(state: Dataset, command: ReferenceCommand) -> Sequence[Event]:
    """None where it is so already."""
    is_there = command.reference in state.references
    if is_there == isinstance(command, ReferenceDataset):
        return []
    if is_there:
        left = tuple(name for name in state.references if name != command.reference)
        return [DatasetReleased(reference=command.reference, references=left)]
    if len(state.references) >= MOST_REFERENCES:
        message = f"A dataset has at most {MOST_REFERENCES} references: release one that is over."
        raise Refused(ErrorCode.INVALID_INPUT, message, "reference")
    return [DatasetReferenced(reference=command.reference, references=(*state.references, command.reference))]
