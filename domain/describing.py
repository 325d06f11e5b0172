"""How a dataset is described: in any state of its life before the trash. Pure: no clock, no I/O."""

from collections.abc import Sequence
from dataclasses import replace

from domain.dataset import Dataset, DatasetStatus
from domain.describe_commands import DescribeDataset
from domain.described import DatasetDescribed, TextColumnChosen
from domain.errors import ErrorCode, Refused
from domain.events import Event
from domain.index_commands import IndexReason
from domain.indexing import next_index_job_id, request_index


def describe(state: Dataset, command: DescribeDataset) -> Sequence[Event]:
    """None where it is described so already. Another language or text column is that of another index.

    NOT_READY, COLUMN_NOT_FOUND, COLUMN_NOT_TEXT.
    """
    changed = state.description.changed_by(command.changes)
    described = [DatasetDescribed(changes=changed)] if changed else []
    chosen = _choose(state, command.text_column)
    after = replace(state, description=state.description.after(DatasetDescribed(changes=changed)))
    return [*described, *chosen, *_index(after, is_chosen=bool(chosen), is_other_language="language" in changed)]


def _choose(state: Dataset, column: str | None) -> Sequence[Event]:
    if column is None or column == state.text_column:
        return []
    if state.status != DatasetStatus.READY:
        message = f"The text column of a READY dataset is chosen; this one is {state.status}."
        raise Refused(ErrorCode.NOT_READY, message, "textColumn")
    texts = ", ".join(name for name, is_text in state.columns.items() if is_text) or "none is here"
    if column not in state.columns:
        message = f"There is no column {column}: name a text column ({texts})."
        raise Refused(ErrorCode.COLUMN_NOT_FOUND, message, "textColumn")
    if not state.columns[column]:
        message = f"The column {column} holds no text: name a text column ({texts})."
        raise Refused(ErrorCode.COLUMN_NOT_TEXT, message, "textColumn")
    return [TextColumnChosen(text_column=column)]


def _index(state: Dataset, *, is_chosen: bool, is_other_language: bool) -> Sequence[Event]:
    if not (is_chosen or is_other_language):
        return []
    return request_index(
        state, next_index_job_id(state), IndexReason.TEXT_COLUMN if is_chosen else IndexReason.LANGUAGE
    )
