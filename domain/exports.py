"""Exports of tokenizations: what follows from asking for one, and from its end. Pure: no clock, no I/O."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from domain import commands as ask
from domain import events as past
from domain.dataset import Dataset, Earlier
from domain.errors import ErrorCode, Refused
from domain.jobs import ENDED_BADLY, Job, retry_of
from domain.tokenization_commands import CompleteExport, ExportTokenization
from domain.tokenization_events import ExportCompleted, ExportRequested

# Of this project, and arbitrary: with it one tokenization has one export of a format, however often it is asked for.
NAMESPACE = UUID("5f0b7a0e-3c55-4b0d-9d5e-0d7c2f4f8f61")


def export_id(tokenization_id: str, export_format: str) -> str:
    """The id of a tokenization's export in a format."""
    return str(uuid5(NAMESPACE, f"export:{tokenization_id}:{export_format}"))


def export_job_id(tokenization_id: str, export_format: str) -> str:
    """The id of the job that writes it."""
    return str(uuid5(NAMESPACE, f"job:{tokenization_id}:{export_format}"))


def request_export(state: Dataset, command: ExportTokenization) -> Sequence[past.Event]:
    """None where it runs or is done; one that ended badly goes on, or begins anew where it was cancelled."""
    job, tokenization = state.jobs.get(command.job_id), state.tokenizations.get(command.tokenization_id)
    if tokenization is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such tokenization.", "tokenizationId")
    if job is not None and job.status not in ENDED_BADLY:
        return []
    if tokenization.folder is None:
        raise Refused(ErrorCode.NOT_READY, "Only a READY tokenization is exported: wait for it.", "tokenizationId")
    if job is not None:
        return [retry_of(job)]
    return [
        ExportRequested(
            export_id=command.export_id,
            tokenization_id=command.tokenization_id,
            job_id=command.job_id,
            format=command.format,
            tokenizer=tokenization.tokenizer,
        )
    ]


def earlier_export(state: Dataset | None, command: ask.DatasetCommand) -> Earlier | None:
    """This very export, where it was asked for before."""
    if state is None or not isinstance(command, ExportTokenization) or command.job_id not in state.exports:
        return None
    export = state.exports[command.job_id]
    ids = {"tokenization": export.tokenization_id, "export": export.id, "job": command.job_id}
    return Earlier(export.version, {"dataset": state.id, **ids})


def complete_export(state: Dataset, job: Job, command: CompleteExport) -> Sequence[past.Event]:
    """The export is done."""
    export = state.exports[job.id]
    return [
        ExportCompleted(
            export_id=export.id,
            tokenization_id=export.tokenization_id,
            job_id=job.id,
            folder=command.folder,
            size_bytes=command.size_bytes,
            sums_sha256=command.sums_sha256,
            files=tuple(command.files),
            tokenizer=state.tokenizations[export.tokenization_id].tokenizer,
        )
    ]
