"""How an upload that has come whole becomes a dataset: one dataset, whoever asks how often."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4, uuid5

from api.checks import given
from api.uploads import UploadDatasetInput, act_with, with_file
from domain.adapters import Adapters
from domain.adapters.resumable import Upload, uploads_of
from domain.adapters.uploads import withdraw_others
from domain.commands import Command, UploadDataset
from domain.dataset import stream_of
from domain.errors import ErrorCode, Refused
from domain.handle import Handled

NAMESPACE = UUID("5f1c0d34-8f0e-4b7e-9d0a-6a4f5b0c7e21")
FIELD = "uploadId"


def dataset_of(upload_id: str) -> str:
    """The id of the dataset that an upload becomes: the same each time, so there is one."""
    return str(uuid5(NAMESPACE, upload_id))


def prepare_upload(adapters: Adapters, asked: UploadDatasetInput) -> tuple[UploadDataset, dict[str, str]]:
    """The command for an input in which nothing is wrong, and the ids that it makes. Raises Refused where there is no
    such upload, or not all of it."""
    job = str(uuid4())
    if not given(asked.upload_id):
        assert asked.file, "refused without"
        ids = {"dataset": str(uuid4()), "job": job}
        return asked.command(asked.file, ids["dataset"], job), ids
    assert asked.upload_id is not None, "one of the two is given"
    upload = _whole(adapters, asked.upload_id)
    ids = {"dataset": dataset_of(upload.id), "job": job}
    try:
        with uploads_of(adapters).as_file(upload) as file:
            return asked.command(file, ids["dataset"], job), ids
    except FileNotFoundError:
        raise _gone(adapters, upload.id) from None


def with_sent_file(adapters: Adapters, asked: object, command: Command, act: Callable[[Command], Handled]) -> Handled:
    """Act on the command with its file in the dataset's folder, whether it came with the request or before it."""
    upload_id = asked.upload_id if isinstance(asked, UploadDatasetInput) else None
    if not given(upload_id) or not isinstance(command, UploadDataset):
        return with_file(adapters.storage, asked, command, act)
    assert upload_id is not None, "it is given"
    uploads = uploads_of(adapters)
    try:
        with uploads.as_file(_whole(adapters, upload_id)) as file:
            handled = act_with(adapters.storage, file, command, act)
    except FileNotFoundError:
        raise _gone(adapters, upload_id) from None
    except Refused as refused:
        if refused.code != ErrorCode.INVALID_TRANSITION:
            raise
        uploads.remove(upload_id)  # which whoever was first may not have come to
        raise _taken(upload_id) from None
    uploads.remove(upload_id)
    if handled.events:
        withdraw_others(adapters.storage / command.folder)
    return handled


def _whole(adapters: Adapters, upload_id: str) -> Upload:
    upload = uploads_of(adapters).find(upload_id)
    if upload is None:
        raise _gone(adapters, upload_id)
    if not upload.is_whole:
        message = (
            f"{upload.offset:,} of {upload.length:,} bytes of this upload have come: send the rest to"
            f" /uploads/{upload.id}, then ask again."
        )
        raise Refused(ErrorCode.UPLOAD_INCOMPLETE, message, FIELD, offset=upload.offset, length=upload.length)
    return upload


def _gone(adapters: Adapters, upload_id: str) -> Refused:
    """Why there is no such upload."""
    if adapters.log.read(stream_of(dataset_of(upload_id))):
        return _taken(upload_id)
    message = "There is no such upload: it was ended, or nothing came for too long. Send the file again."
    return Refused(ErrorCode.NOT_FOUND, message, FIELD)


def _taken(upload_id: str) -> Refused:
    message = "This upload has become a dataset: use that one, or send the file again for another."
    return Refused(ErrorCode.DUPLICATE_DATASET, message, FIELD, dataset=dataset_of(upload_id))
