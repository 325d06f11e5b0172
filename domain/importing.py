"""A dataset that begins with files of this machine. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain.dataset import Dataset, DatasetStatus
from domain.described import Description
from domain.events import Event
from domain.import_commands import ImportDataset
from domain.import_events import ImportRequested


def request_import(command: ImportDataset) -> Sequence[Event]:
    """The files are copied by a job of their own, so that nothing done to them afterwards is done to the dataset."""
    source = {
        "kind": "IMPORT",
        "path": command.path,
        "format": command.format,
        "sizeBytes": command.size_bytes,
    }
    return [
        ImportRequested(
            job_id=command.job_id,
            source=source,
            name=command.name,
            files=tuple(command.files),
            text_column=command.text_column,
            on_error=command.on_error,
        )
    ]


def imported(dataset_id: str, event: ImportRequested) -> Dataset:
    """The dataset before its job. The same files may be imported as often as anybody likes."""
    return Dataset(
        id=dataset_id,
        status=DatasetStatus.QUEUED,
        description=Description(event.name),
        source=event.source,
        allow_duplicate=True,
        asked_text_column=event.text_column,
        on_error=event.on_error,
        asked_files=tuple(event.files),
    )
