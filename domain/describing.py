"""How a dataset is described: in any state of its life before the trash. Pure: no clock, no I/O."""

from collections.abc import Sequence
from dataclasses import replace

from domain.dataset import Dataset
from domain.describe_commands import DescribeDataset
from domain.described import DatasetDescribed
from domain.events import Event
from domain.index_commands import IndexReason
from domain.indexing import next_index_job_id, request_index


def describe(state: Dataset, command: DescribeDataset) -> Sequence[Event]:
    """None where it is described so already. Another language is that of another index."""
    changed = state.description.changed_by(command.changes)
    if not changed:
        return []
    described = DatasetDescribed(changes=changed)
    if "language" not in changed:
        return [described]
    after = replace(state, description=state.description.after(described))
    return [described, *request_index(after, next_index_job_id(state), IndexReason.LANGUAGE)]
