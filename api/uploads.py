"""Files that are sent with a mutation: what is asked of them, and how one becomes a dataset's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, given, instead, refuse, together
from api.enums import OnError
from api.inputs import KEY
from api.scalars import Upload
from domain.adapters.away import Unasked
from domain.adapters.uploads import Shortage, UploadedFile, publish_upload, withdraw_upload
from domain.commands import Command, UploadDataset
from domain.errors import ClaimTaken, Conflict, ErrorCode, Refused, WorldFailure
from domain.handle import Handled

TRAIN = "train"


@strawberry.input(description="A file to make a dataset of.")
class UploadDatasetInput:
    file: Upload | None = strawberry.field(
        default=UNSET,
        description="The file, as a part of a multipart request: CSV, TSV, JSON, JSON lines, text (a sample a line),"
        " Parquet or Arrow, also packed by gzip or zstd. Its content tells which.",
    )
    upload_id: ID | None = strawberry.field(
        default=UNSET,
        description="Instead of a file: an upload that has come whole, by the last part of its address below"
        " `/uploads`. It becomes one dataset, and is no upload any more.",
    )
    name: str | None = strawberry.field(default=UNSET, description="What to call it; the file's name when left out.")
    text_column: str | None = strawberry.field(
        default=UNSET,
        description="The column to read as text; when left out `text`, `content`, `document`, else the longest.",
    )
    split: str | None = strawberry.field(default=UNSET, description='The split that its rows become; "train".')
    on_error: OnError | None = strawberry.field(
        default=UNSET, description="What to do with rows that cannot be read: FAIL. What is skipped is counted."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        missing = refuse(
            "Send a file: as a part of a multipart request, which `map` gives this place; or name an uploadId.",
            "file",
        )
        return together(
            [] if given(self.file) or given(self.upload_id) else [missing],
            instead(self.upload_id, {"file": self.file}, "uploadId"),
            checked(self.name, checks.name, "name"),
            checked(self.text_column, checks.name, "textColumn"),
            checked(self.split, checks.split, "split"),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
            [no_room(self.file.shortage)] if self.file and self.file.shortage else [],
        )

    def command(self, file: UploadedFile, dataset_id: str, job_id: str) -> UploadDataset:
        """The command, once nothing is wrong."""
        return UploadDataset(
            dataset_id=dataset_id,
            job_id=job_id,
            folder=f"datasets/{dataset_id}/upload-{job_id}",
            path=file.stored_name,
            file_name=file.name,
            format=file.format,
            size_bytes=file.size,
            sha256=file.sha256,
            name=self.name or None,
            text_column=self.text_column or None,
            split=self.split or TRAIN,
            on_error=(self.on_error or OnError.FAIL).value,
        )


def with_file(storage: Path, asked: object, command: Command, act: Callable[[Command], Handled]) -> Handled:
    """Act on the command with its file in the dataset's folder; where no dataset came of it, the file is gone again.

    Where it cannot be known what came of it, the file stays for the dispatcher to look at, as long as its room is
    promised, or for the next start.
    """
    file = getattr(asked, "file", None)
    if not isinstance(command, UploadDataset) or not isinstance(file, UploadedFile):
        return act(command)
    return act_with(storage, file, command, act)


def act_with(storage: Path, file: UploadedFile, command: UploadDataset, act: Callable[[Command], Handled]) -> Handled:
    """The same with this file."""
    folder = storage / command.folder
    _publish(file, folder)
    try:
        handled = act(command)
    except (Refused, ClaimTaken, Conflict, Unasked):
        withdraw_upload(folder)
        raise
    # of a replay the first one's file is the dataset's, and this may be the first one
    if not handled.events and handled.objects.get("job") != command.job_id:
        withdraw_upload(folder)
    return handled


def _publish(file: UploadedFile, folder: Path) -> None:
    try:
        publish_upload(file, folder)
    except WorldFailure as full:
        withdraw_upload(folder)
        raise no_room(Shortage(file.size, 0)) from full
    except BaseException:
        withdraw_upload(folder)
        raise


def no_room(shortage: Shortage) -> Refused:
    """INSUFFICIENT_STORAGE."""
    message = (
        f"The file needs {shortage.needed:,} bytes, and {shortage.free:,} are free for the storage: free some space, or"
        " send less."
    )
    figures = {"neededBytes": shortage.needed, "freeBytes": shortage.free}
    return Refused(ErrorCode.INSUFFICIENT_STORAGE, message, "file", **figures)
