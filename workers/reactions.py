"""Who reacts to what: the events that start, stop, reopen and clean up runs. Each reaction may happen twice."""

from collections.abc import Callable, Mapping

from domain import events as past
from domain.adapters import Adapters
from domain.adapters.pieces import CLEAN, CLEAN_ACTOR, CLEAN_FIRST, PLAN, NewPiece
from domain.adapters.reservations import job_holder
from domain.damage_events import DamageFound
from domain.dataset import dataset_id_of
from domain.import_events import ImportRequested
from domain.index_events import IndexCompleted, IndexRequested
from domain.jobs import JobKind
from domain.log import Recorded
from domain.tokenization_events import (
    ExportCompleted,
    ExportRequested,
    TokenizationCompleted,
    TokenizationDeleted,
    TokenizationPurged,
    TokenizationRequested,
)
from domain.trash_events import DatasetPurged, DatasetPurgeRequested

# A failed job keeps its finished pieces for so long, so that a retry goes on.
KEEP_FAILED_SECONDS = 24 * 3600.0
# Nearly every search that has begun in what a new index takes the place of is over by then; another begins again.
KEEP_REPLACED_SECONDS = 2.0

# To whoever watches it an import is a DOWNLOAD, from this machine.
IMPORT = "IMPORT"
ACTORS: Mapping[str, str] = {
    JobKind.DOWNLOAD: "download_dataset",
    IMPORT: "import_dataset",
    JobKind.INGEST: "ingest_dataset",
    JobKind.INDEX: "index_dataset",
    JobKind.TOKENIZE: "tokenize_dataset",
    JobKind.EXPORT: "export_tokenization",
    JobKind.PURGE: "purge_dataset",
}

Reaction = Callable[[Adapters, Recorded], None]


def _open(adapters: Adapters, recorded: Recorded, job_id: str, kind: str) -> None:
    adapters.pieces.add(job_id, dataset_id_of(recorded.stream), ACTORS[kind], NewPiece("plan", PLAN))


def _job(recorded: Recorded) -> str:
    """The job that an event of a dataset's stream is about."""
    found = _job_or_none(recorded)
    assert found is not None, "only what is of a job leads to more of it"
    return found


def _job_or_none(recorded: Recorded) -> str | None:
    """Presets, and the trash, are of no job."""
    return getattr(recorded.event, "job_id", None)


def _clean(adapters: Adapters, recorded: Recorded, job_id: str, stage: int, after_seconds: float) -> None:
    clean = NewPiece("clean-first" if stage == CLEAN_FIRST else "clean", stage)
    adapters.pieces.add(job_id, dataset_id_of(recorded.stream), CLEAN_ACTOR, clean, after_seconds)


def _downloading(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, past.DownloadRequested)
    _open(adapters, recorded, _job(recorded), JobKind.DOWNLOAD)


def _uploaded(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, past.UploadReceived)
    _open(adapters, recorded, recorded.event.job_id, JobKind.INGEST)


def _importing(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, ImportRequested)
    _open(adapters, recorded, recorded.event.job_id, IMPORT)


def _indexing(adapters: Adapters, recorded: Recorded) -> None:
    _open(adapters, recorded, _job(recorded), JobKind.INDEX)


def _tokenizing(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, TokenizationRequested)
    _open(adapters, recorded, _job(recorded), JobKind.TOKENIZE)


def _exporting(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, ExportRequested)
    _open(adapters, recorded, recorded.event.job_id, JobKind.EXPORT)


def _downloaded(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, past.DownloadCompleted)
    event = recorded.event
    ingest = job_holder(dataset_id_of(recorded.stream), event.ingest_job_id)
    adapters.reservations.hand_over(event.job_id, ingest, event.size_bytes)
    _open(adapters, recorded, event.ingest_job_id, JobKind.INGEST)
    _succeeded(adapters, recorded)


def _succeeded(adapters: Adapters, recorded: Recorded) -> None:
    adapters.progress.forget(_job(recorded))
    adapters.reservations.release(_job(recorded))
    _forget_secrets(adapters, recorded)
    _clean(adapters, recorded, _job(recorded), CLEAN, 0.0)


def _indexed(adapters: Adapters, recorded: Recorded) -> None:
    """The parts in the run's folder, and the index that was replaced, may be in the midst of a search."""
    adapters.progress.forget(_job(recorded))
    adapters.reservations.release(_job(recorded))
    _forget_secrets(adapters, recorded)
    _clean(adapters, recorded, _job(recorded), CLEAN, KEEP_REPLACED_SECONDS)


def _forget_secrets(adapters: Adapters, recorded: Recorded) -> None:
    """Those that the job had before this event: a later retry may have brought another one already."""
    for earlier in adapters.log.read(recorded.stream):
        if _job_or_none(earlier) == _job(recorded) and earlier.version < recorded.version:
            adapters.secrets.forget(getattr(earlier.event, "secret", None))


def _forget_all_secrets(adapters: Adapters, recorded: Recorded) -> None:
    """Those of all jobs of the dataset."""
    for earlier in adapters.log.read(recorded.stream):
        adapters.secrets.forget(getattr(earlier.event, "secret", None))


def _attempt_failed(adapters: Adapters, recorded: Recorded) -> None:
    event = recorded.event
    assert isinstance(event, past.JobAttemptFailed)
    adapters.progress.settle(event.job_id, event.piece)
    adapters.pieces.reopen(event.job_id, event.piece, event.fence, event.retry_in_seconds)


def _failed(adapters: Adapters, recorded: Recorded) -> None:
    adapters.progress.forget(_job(recorded))
    adapters.reservations.release(_job(recorded))
    adapters.pieces.revoke(_job(recorded))
    # a purge writes nothing, and what it has counted is needed until it is over
    if getattr(recorded.event, "kind", None) != JobKind.PURGE:
        _clean(adapters, recorded, _job(recorded), CLEAN, KEEP_FAILED_SECONDS)


def _cancelling(adapters: Adapters, recorded: Recorded) -> None:
    adapters.pieces.revoke(_job(recorded))


def _cancelled(adapters: Adapters, recorded: Recorded) -> None:
    adapters.progress.forget(_job(recorded))
    adapters.reservations.release(_job(recorded))
    adapters.pieces.forget(_job(recorded))
    _forget_secrets(adapters, recorded)
    _clean(adapters, recorded, _job(recorded), CLEAN_FIRST, 0.0)


def _damaged(adapters: Adapters, recorded: Recorded) -> None:
    """What is not read any more goes, before a retry begins anew: of pieces that had made it nothing is used again."""
    assert isinstance(recorded.event, DamageFound)
    for job_id in {recorded.event.job_id, recorded.event.again or recorded.event.job_id}:
        adapters.progress.forget(job_id)
        adapters.pieces.forget(job_id)
        _clean(adapters, recorded, job_id, CLEAN_FIRST, 0.0)


def _retried(adapters: Adapters, recorded: Recorded) -> None:
    assert isinstance(recorded.event, past.JobRetryRequested)
    if recorded.event.secret is not None:
        _forget_secrets(adapters, recorded)
    adapters.pieces.resume(_job(recorded))
    _open(adapters, recorded, _job(recorded), _work_of(adapters, recorded, recorded.event.kind))


def _work_of(adapters: Adapters, recorded: Recorded, kind: str) -> str:
    """What a job of the kind does."""
    is_import = kind == JobKind.DOWNLOAD and isinstance(adapters.log.read(recorded.stream)[0].event, ImportRequested)
    return IMPORT if is_import else kind


def _tokenization_deleted(adapters: Adapters, recorded: Recorded) -> None:
    """What a failed run has kept for its retry, and its token, go too."""
    assert isinstance(recorded.event, TokenizationDeleted)
    for earlier in adapters.log.read(recorded.stream):
        if _job_or_none(earlier) in recorded.event.jobs:
            adapters.secrets.forget(getattr(earlier.event, "secret", None))
    for job_id in recorded.event.jobs:
        adapters.pieces.forget(job_id)
    _open(adapters, recorded, recorded.event.job_id, JobKind.PURGE)


def _tokenization_purged(adapters: Adapters, recorded: Recorded) -> None:
    adapters.progress.forget(_job(recorded))
    _forget_secrets(adapters, recorded)
    adapters.pieces.forget(_job(recorded))


def _purging(adapters: Adapters, recorded: Recorded) -> None:
    """Whoever still holds work on the dataset lets go, and its tokens are forgotten: nothing of it goes on."""
    _forget_all_secrets(adapters, recorded)
    for job_id in _jobs_before(adapters, recorded):
        adapters.progress.forget(job_id)
        adapters.reservations.release(job_id)
        adapters.pieces.revoke(job_id)
    _open(adapters, recorded, _job(recorded), JobKind.PURGE)


def _purged(adapters: Adapters, recorded: Recorded) -> None:
    _forget_all_secrets(adapters, recorded)  # a retry of the purge may have brought one
    for job_id in _jobs_before(adapters, recorded) | {_job(recorded)}:
        adapters.progress.forget(job_id)
        adapters.pieces.forget(job_id)


def _jobs_before(adapters: Adapters, recorded: Recorded) -> set[str]:
    """The jobs of the dataset, but the one that the event is about."""
    named = ("job_id", "ingest_job_id")
    found = (getattr(one.event, name, None) for one in adapters.log.read(recorded.stream) for name in named)
    return {job_id for job_id in found if job_id is not None} - {_job(recorded)}


REACTIONS: Mapping[type[past.Event], Reaction] = {
    past.DownloadRequested: _downloading,
    past.UploadReceived: _uploaded,
    ImportRequested: _importing,
    past.DownloadCompleted: _downloaded,
    past.IngestCompleted: _succeeded,
    IndexRequested: _indexing,
    IndexCompleted: _indexed,
    TokenizationRequested: _tokenizing,
    TokenizationCompleted: _succeeded,
    ExportRequested: _exporting,
    ExportCompleted: _succeeded,
    TokenizationDeleted: _tokenization_deleted,
    TokenizationPurged: _tokenization_purged,
    DamageFound: _damaged,
    past.JobAttemptFailed: _attempt_failed,
    past.JobFailed: _failed,
    past.JobCancelRequested: _cancelling,
    past.JobCancelled: _cancelled,
    past.JobRetryRequested: _retried,
    DatasetPurgeRequested: _purging,
    DatasetPurged: _purged,
}
