"""Random histories of a few datasets and presets: mostly what may happen next, so that stories come to their ends."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain import commands as ask
from domain.aggregates import DATASETS as OF_DATASETS
from domain.aggregates import PRESETS as OF_PRESETS
from domain.aggregates import aggregate_of
from domain.damage_commands import ReportDamage
from domain.describe_commands import DescribeDataset
from domain.errors import ErrorCode, Refused
from domain.import_commands import ImportDataset
from domain.index_commands import CompleteIndex, IndexDataset, IndexReason
from domain.languages import LANGUAGES
from domain.log import EventLog
from domain.reference_commands import ReferenceDataset, ReleaseDataset
from domain.tokenization_commands import (
    CompleteExport,
    CompleteTokenization,
    DeleteTokenization,
    ExportTokenization,
    FallBackTokenizationEngine,
    PinTokenization,
    TokenizeDataset,
)
from domain.trash import purge_job_id
from domain.trash_commands import CompletePurge, DeleteDataset, ExpireDataset, RestoreDataset
from tests.domain.stories import (
    COUNTS,
    DATASET,
    EXPORT,
    EXPORT_JOB,
    EXPORTED,
    FALLBACK,
    IMPORT,
    INDEX,
    INDEX_JOB,
    INGEST_JOB,
    INGESTED,
    JOB,
    PIN,
    PRESET,
    SENT,
    TOKENIZATION,
    TOKENIZE_JOB,
)

DATASETS = (f"{DATASET[:-2]}01", f"{DATASET[:-2]}11")
PRESETS = (f"{PRESET[:-2]}08", f"{PRESET[:-2]}18")
# The job of a second index.
INDEX_AGAIN = f"{INDEX_JOB[:-1]}a"
# The job of a second ingest, of files that were downloaded again.
INGEST_AGAIN = f"{INGEST_JOB[:-1]}b"
# A dataset has more of a story.
STREAMS = (*DATASETS, *DATASETS, *PRESETS)
# One choice in so many is made among all commands, not among those that lead to events now.
ANYTHING_ONE_IN = 6
SETBACKS = (
    ask.FailAttempt,
    ask.CancelJob,
    ask.DeletePreset,
    DeleteDataset,
    ExpireDataset,
    DescribeDataset,
    ReferenceDataset,
    DeleteTokenization,
    ReportDamage,
)
FORWARD_WEIGHT = 5


def own(dataset_id: str, object_id: str) -> str:
    """An id of the dataset's own, so that no two datasets share a job."""
    return object_id[:-2] + dataset_id[-2:-1] + object_id[-1]


def states_in(log: EventLog) -> dict[str, Any]:
    """The state of each dataset and preset, None where there is none yet."""
    aggregates = {**dict.fromkeys(DATASETS, OF_DATASETS), **dict.fromkeys(PRESETS, OF_PRESETS)}
    states: dict[str, Any] = dict.fromkeys(aggregates)
    for its_id, aggregate in aggregates.items():
        for recorded in log.read(aggregate.stream_of(its_id)):
            states[its_id] = aggregate.evolve(its_id, states[its_id], recorded.event)
    return states


def next_command(states: dict[str, Any], choice: int) -> ask.Command:
    """The command that `choice`, any number, stands for in these states."""
    its_id = STREAMS[choice % len(STREAMS)]
    choice //= len(STREAMS)
    every = list(commands_about(its_id, fence=choice % 50))
    possible = [
        command
        for command in every
        if leads_on(states.get(its_id), command)
        for _ in range(1 if isinstance(command, SETBACKS) else FORWARD_WEIGHT)
    ]
    among = every if choice % ANYTHING_ONE_IN == 0 or not possible else possible
    return among[choice // ANYTHING_ONE_IN % len(among)]


def leads_on(state: Any, command: ask.Command) -> bool:
    try:
        return bool(aggregate_of(command).decide(state, command))
    except Refused:
        return False


def commands_about(its_id: str, fence: int) -> Iterator[ask.Command]:
    yield from presets_on(its_id, fence) if its_id in PRESETS else commands_on(its_id, fence)


def presets_on(preset_id: str, fence: int) -> Iterator[ask.Command]:
    """Two presets share a few names, so that one is in the other's way."""
    saved = {"preset_id": preset_id, "name": f"name {fence % 3}", "recipe": {"maxLength": fence + 1}}
    yield ask.SavePreset(**saved)
    yield ask.SavePreset(**saved, tokenizer="builtin:byt5", is_new=False)
    yield ask.DeletePreset(preset_id=preset_id)


def commands_on(dataset_id: str, fence: int) -> Iterator[ask.Command]:
    """Every command, on every job where it names one."""
    jobs = [own(dataset_id, job) for job in (JOB, INGEST_JOB, TOKENIZE_JOB, EXPORT_JOB, INDEX_JOB)]
    yield ask.DownloadDataset(dataset_id=dataset_id, job_id=jobs[0], repository="acme/english")
    yield ask.UploadDataset(dataset_id=dataset_id, job_id=jobs[1], **SENT)
    yield ImportDataset(dataset_id=dataset_id, job_id=jobs[0], **IMPORT)
    tokenization = own(dataset_id, TOKENIZATION)
    yield TokenizeDataset(dataset_id=dataset_id, tokenization_id=tokenization, job_id=jobs[2], tokenizer="builtin:byt5")
    export_id = own(dataset_id, EXPORT)
    yield ExportTokenization(dataset_id=dataset_id, tokenization_id=tokenization, export_id=export_id, job_id=jobs[3])
    yield DeleteTokenization(dataset_id=dataset_id, tokenization_id=tokenization)
    yield described(dataset_id, fence)
    again = own(dataset_id, INDEX_AGAIN)
    yield IndexDataset(dataset_id=dataset_id, job_id=jobs[4])
    folder = f"datasets/{jobs[4]}"
    yield IndexDataset(dataset_id=dataset_id, job_id=again, reason=IndexReason.DAMAGED, damaged_folder=folder)
    yield ReferenceDataset(dataset_id=dataset_id, reference=f"training/{fence % 2}")
    yield ReleaseDataset(dataset_id=dataset_id, reference=f"training/{fence % 2}")
    yield DeleteDataset(dataset_id=dataset_id)
    yield DeleteDataset(dataset_id=dataset_id, purge=True)
    yield RestoreDataset(dataset_id=dataset_id)
    yield ExpireDataset(dataset_id=dataset_id, days=7)
    published = (INGESTED["folder"], SENT["folder"], *(f"datasets/{job_id}" for job_id in jobs))
    damaged = published[fence % len(published)]
    yield ReportDamage(dataset_id=dataset_id, folder=damaged, paths=("train/data.arrow",))
    ended = (purge_job_id(dataset_id), purge_job_id(tokenization))
    for job_id in (*jobs, own(dataset_id, INGEST_AGAIN), again, *ended):
        yield from _on_job({"dataset_id": dataset_id, "job_id": job_id}, fence)


def described(dataset_id: str, fence: int) -> DescribeDataset:
    """Something is said, something taken away, and some of it was so before."""
    language = LANGUAGES[fence % 7]
    said = {"name": f"Wiki {fence}", "tags": ("news", f"{fence % 2}"), "notes": "NUL \0", "language": language}
    changes = {name: value for bit, (name, value) in enumerate(said.items()) if fence >> bit & 1}
    if not changes:
        changes = {"tags": (), "notes": None, "language": None}
    column = "text" if fence % 3 else "title"
    return DescribeDataset(dataset_id=dataset_id, changes=changes, text_column=column if fence % 5 == 0 else None)


def _on_job(job: dict[str, str], fence: int) -> Sequence[ask.Command]:
    folder = f"datasets/{job['job_id']}"
    ingested = {**INGESTED, "columns": [{"name": name, "type": "string", "isText": True} for name in ("text", "title")]}
    attempt = {**job, "piece": "00000", "fence": fence, "message": "NUL \0 and a lone \ud800"}
    return [
        ask.StartJob(**job),
        ask.PinDownload(**job, **PIN),
        ask.CompleteDownload(**job, folder=folder, size_bytes=10, ingest_job_id=own(job["dataset_id"], INGEST_JOB)),
        ask.CompleteDownload(**job, folder=folder, size_bytes=10, ingest_job_id=own(job["dataset_id"], INGEST_AGAIN)),
        ask.CompleteIngest(**job, **ingested | {"originals_kept": True}, text_column="text", skipped_rows=fence % 3),
        ask.CompleteIngest(**job, **ingested, text_column="text", index_job_id=own(job["dataset_id"], INDEX_JOB)),
        CompleteIndex(**job, **INDEX | {"folder": folder}, statistics={"wordCount": fence} if fence % 2 else None),
        PinTokenization(**job, tokenizer_commit="t" * 40, recipe={"maxLength": 8}, vocabulary_size=256),
        FallBackTokenizationEngine(**job, **FALLBACK),
        CompleteTokenization(**job, folder=folder, size_bytes=5, statistics=COUNTS),
        CompleteExport(**job, folder=folder, size_bytes=5, files=EXPORTED),
        CompletePurge(**job, bytes_freed=fence),
        ask.FailAttempt(**attempt, code=ErrorCode.HUB_UNAVAILABLE, retryable=True),
        ask.FailAttempt(**attempt, code=ErrorCode.CORRUPT_DATA, retryable=False),
        ask.CancelJob(**job),
        ask.ConfirmCancel(**job),
        ask.RetryJob(**job),
    ]
