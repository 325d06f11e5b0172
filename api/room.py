"""Room for what a mutation asks for: promised before it is carried out, where it is known how much that takes."""

from __future__ import annotations

from collections.abc import Callable

from api.checks import given
from domain.adapters import Adapters
from domain.adapters.away import DATABASE_AWAY, Unasked
from domain.adapters.peaks import exporting_bytes, uploading_bytes
from domain.adapters.reservations import ASKED_WITHIN_SECONDS, Need, job_holder, planned_need
from domain.adapters.storage import TooLittleRoom, room_of
from domain.adapters.views import outcomes_view, tokenization_view
from domain.commands import Command, RetryJob, UploadDataset
from domain.errors import ClaimTaken, Conflict, ErrorCode, Refused
from domain.handle import Handled, rehearse, replay_of
from domain.import_commands import ImportDataset
from domain.log import EventLog, Idempotency
from domain.tokenization_commands import ExportTokenization

Writing = UploadDataset | ImportDataset | ExportTokenization | RetryJob
"""Commands whose jobs are known to need room. Of others it is known once they are planned."""
DELETE = "delete what you need no more"


def with_room(
    adapters: Adapters,
    asked: object,
    idempotency: Idempotency | None,
    command: Command,
    act: Callable[[Command], Handled],
) -> Handled:
    """Act on the command once its job is promised what it needs; where no job came of it, the promise is gone again,
    unless the very job was begun by another one meanwhile.

    Raises Refused(INSUFFICIENT_STORAGE), Unasked. A command that leads to nothing new needs nothing.
    """
    if not isinstance(command, Writing) or not _is_promised(adapters, asked, idempotency, command):
        return act(command)
    try:
        handled = act(command)
    except (Refused, ClaimTaken, Conflict):
        adapters.reservations.withdraw(command.job_id)
        raise
    if not handled.events:
        adapters.reservations.withdraw(command.job_id)
    return handled


def _is_promised(adapters: Adapters, asked: object, idempotency: Idempotency | None, command: Writing) -> bool:
    """Whether it needs room, which it is promised then."""
    try:
        need = _need_of(adapters, command) if _leads_to_work(adapters.log, command, idempotency) else None
        if need is not None:
            _reserve(adapters, asked, command, need)
    except DATABASE_AWAY as away:
        raise Unasked(getattr(away, "orig", away)) from away
    return need is not None


def _leads_to_work(log: EventLog, command: Command, idempotency: Idempotency | None) -> bool:
    """What is refused is told by the act itself."""
    try:
        return replay_of(log, idempotency) is None and rehearse(log, command) is None
    except Refused:
        return False


def _need_of(adapters: Adapters, command: Writing) -> Need | None:
    match command:
        case UploadDataset():
            needed = uploading_bytes(command.format, command.size_bytes)
            return Need(needed, f"Reading {command.file_name}", "upload it in parts")
        case ImportDataset():
            needed = sum(uploading_bytes(file["format"], file["size"]) for file in command.files)
            return Need(needed, f"Importing {command.path}", "import it in parts")
        case ExportTokenization():
            tokens = tokenization_view(adapters.engine, [command.tokenization_id]).get(command.tokenization_id, {})
            return Need(exporting_bytes(tokens.get("size_bytes") or 0), "The export", DELETE)
        case RetryJob():
            planned = outcomes_view(adapters.engine, command.job_id, ["plan"]).get("plan")
            return None if planned is None else planned_need(planned[1])


def _reserve(adapters: Adapters, asked: object, command: Writing, need: Need) -> None:
    holder, room = job_holder(command.dataset_id, command.job_id), room_of(adapters.settings)
    try:
        adapters.reservations.reserve(holder, need, room, ASKED_WITHIN_SECONDS)
    except TooLittleRoom as full:
        figures = {"neededBytes": full.needed, "freeBytes": full.free}
        raise Refused(ErrorCode.INSUFFICIENT_STORAGE, full.message, _path(asked, command), **figures) from full


def _path(asked: object, command: Writing) -> str:
    """The field that names what takes the room."""
    match command:
        case UploadDataset():
            return "uploadId" if given(getattr(asked, "upload_id", None)) else "file"
        case ImportDataset():
            return "path"
        case ExportTokenization():
            return "tokenizationId"
        case RetryJob():
            return "jobId"
