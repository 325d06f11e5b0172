"""How a dataset is described: in any state of its life before the trash. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain.dataset import Dataset
from domain.describe_commands import DescribeDataset
from domain.described import DatasetDescribed
from domain.events import Event


def describe(state: Dataset, command: DescribeDataset) -> Sequence[Event]:
    """None where it is described so already."""
    changed = state.description.changed_by(command.changes)
    return [DatasetDescribed(changes=changed)] if changed else []
