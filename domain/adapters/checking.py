"""What the disk has, against what the log says: files that no event explains, and those that are missing or altered.

It may run beside the service. What is in flight is left alone, and what was found is looked at again with the newest of
the log before it is told.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.adapters import Adapters
from domain.adapters.files import tree_size
from domain.adapters.folders import DATASETS
from domain.adapters.orphans import Orphan, is_young, orphans_of, strangers_in
from domain.adapters.published import Examined, Fault, Kind, examine, told_folders
from domain.adapters.sums import SUMS
from domain.damage import Folder, Published, folders_of, is_dropped, newest
from domain.dataset import Dataset, DatasetStatus, dataset_id_of, stream_of
from domain.evolve import fold
from domain.jobs import JobKind

# A file that came so short a time ago may be one that somebody is about to make known.
YOUNG_SECONDS = 60.0


class Remedy(StrEnum):
    """What a repair does."""

    REMOVE = "REMOVE"
    WRITE_SUMS = "WRITE_SUMS"
    INDEX_AGAIN = "INDEX_AGAIN"
    REPORT_DAMAGE = "REPORT_DAMAGE"
    NONE = "NONE"


ADVICE = {
    Remedy.REMOVE: "it is removed",
    Remedy.WRITE_SUMS: "the sums are written again from the files, which are whole",
    Remedy.INDEX_AGAIN: "the dataset is indexed again",
    Remedy.REPORT_DAMAGE: "it is not read any more, what it is of fails, and a retry of the job makes it again",
}
STRANGER = "nothing: it may be anybody's. Move it away, or see that MISTUDIO_STORAGE is a folder of its own"
IN_TRASH = "nothing: its dataset is in the trash. Restore it first, or purge it"
NOT_READY = "nothing: it is made again once its dataset is READY"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the log says. `path` is relative to the storage, `folder` the published one that it is
    in, if any, and `what` that holds; `advice` says what a repair would do."""

    kind: Kind
    dataset_id: str | None
    path: str
    reason: str
    remedy: Remedy
    advice: str
    folder: str | None = None
    what: Published | None = None
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How far a check has come; `bytes` of the files that it has compared."""

    done: int
    total: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """`by_size`: the published folders of which no hash was compared."""

    findings: Sequence[Finding] = ()
    datasets: int = 0
    files: int = 0
    bytes: int = 0
    by_size: Sequence[str] = ()


class CheckError(Exception):
    """Disk and log do not seem to belong together, so nothing can be said; the message says what to do."""


def explain(adapters: Adapters, *, fast: bool = False) -> list[Finding]:
    """All that disk and log differ in, also what came just now: none where nothing is amiss."""
    return list(ended(check(adapters, fast=fast, young_seconds=0)).findings)


def ended(checking: Generator[Step, None, Report], show: Callable[[Step], object] = lambda _step: None) -> Report:
    """The report of a check, which is followed to its end."""
    while True:
        try:
            show(next(checking))
        except StopIteration as end:
            report: Report = end.value
            return report


def check(
    adapters: Adapters,
    only: Sequence[str] | None = None,
    *,
    fast: bool = False,
    young_seconds: float = YOUNG_SECONDS,
) -> Generator[Step, None, Report]:
    """Look at the datasets `only` (ids; None: at all that there are, and at what lies beside them). CheckError."""
    ids = list(only) if only is not None else [dataset_id_of(stream) for stream in adapters.log.streams()]
    _require_belonging(adapters)
    findings: list[Finding] = []
    looked: list[Examined] = []
    by_size: list[str] = []
    for done, dataset_id in enumerate(ids):
        for folder, state, examined in _examined(adapters, dataset_id, fast=fast):
            yield Step(done, len(ids), sum(each.bytes for each in looked))
            looked.append(examined)
            by_size += [folder.path] if examined.by_size else []
            faults = (one for one in examined.faults if not _is_new(adapters, folder, one, young_seconds))
            findings += [_of_fault(state, folder, fault) for fault in faults]
        findings += [_of_orphan(adapters, orphan) for orphan in orphans_of(adapters, dataset_id, young_seconds)]
    if only is None:
        findings += [_of_orphan(adapters, orphan) for orphan in strangers_in(adapters, young_seconds)]
    files, size = sum(each.files for each in looked), sum(each.bytes for each in looked)
    return Report(findings, len(ids), files, size, by_size)


def _require_belonging(adapters: Adapters) -> None:
    """A disk that is not mounted is no damage, and another log's data no orphans."""
    has_datasets = any((adapters.storage / DATASETS).glob("*"))
    if adapters.log.newest() == 0 and has_datasets:
        message = "The log knows no dataset, and the storage has some: see that this is the database of the service."
        raise CheckError(message)
    if not has_datasets and any(_is_on_disk(adapters, stream) for stream in adapters.log.streams()):
        raise CheckError(
            f"{adapters.storage} has no dataset, and the log has some: see that its disk is mounted, and that "
            "MISTUDIO_STORAGE is that of the service."
        )


def _is_on_disk(adapters: Adapters, stream: str) -> bool:
    state = state_of(adapters, dataset_id_of(stream))
    return state is not None and any(True for _ in _read(state))


def state_of(adapters: Adapters, dataset_id: str) -> Dataset | None:
    """The dataset as the log has it now."""
    return fold(dataset_id, (recorded.event for recorded in adapters.log.read(stream_of(dataset_id))))


def _read(state: Dataset) -> Iterator[Folder]:
    """The folders that have to be there: those in flight are left out, and those on their way out."""
    if state.is_purged or state.status == DatasetStatus.PURGING:
        return
    ingest = newest(state, JobKind.INGEST)
    for folder in folders_of(state):
        is_being_read = folder.what == Published.ORIGINALS and ingest is not None and ingest.is_open
        if not is_being_read and not is_dropped(state, folder):
            yield folder


def _examined(adapters: Adapters, dataset_id: str, *, fast: bool) -> Iterator[tuple[Folder, Dataset, Examined]]:
    """Each folder that is read, with what was found; nothing where it is not read any more after the look."""
    history = adapters.log.read(stream_of(dataset_id))
    state = fold(dataset_id, (recorded.event for recorded in history))
    if state is None:
        return
    wanted = set(_read(state))
    for folder, told in told_folders(state, history):
        if folder in wanted:
            examined = examine(adapters.storage / folder.path, folder.what, told, fast=fast)
            now = state_of(adapters, dataset_id) if examined.faults else state
            if now is not None and folder in set(_read(now)):
                yield folder, now, examined


def _is_new(adapters: Adapters, folder: Folder, fault: Fault, young_seconds: float) -> bool:
    """Whether somebody who reads the folder may just have left the file there."""
    return fault.kind == Kind.ORPHAN and is_young(adapters.storage / folder.path / fault.name, young_seconds)


def _of_fault(state: Dataset, folder: Folder, fault: Fault) -> Finding:
    path = f"{folder.path}/{fault.name}" if fault.name else folder.path
    remedy = _remedy(fault, folder)
    advice = ADVICE.get(remedy, "")
    if state.status == DatasetStatus.TRASHED and remedy in (Remedy.INDEX_AGAIN, Remedy.REPORT_DAMAGE):
        remedy, advice = Remedy.NONE, IN_TRASH
    if state.status != DatasetStatus.READY and remedy == Remedy.INDEX_AGAIN:
        remedy, advice = Remedy.NONE, NOT_READY
    return Finding(fault.kind, state.id, path, fault.reason, remedy, advice, folder.path, folder.what)


def _remedy(fault: Fault, folder: Folder) -> Remedy:
    if fault.kind == Kind.ORPHAN:
        return Remedy.REMOVE
    if fault.name == SUMS:
        return Remedy.WRITE_SUMS
    return Remedy.INDEX_AGAIN if folder.what == Published.INDEX else Remedy.REPORT_DAMAGE


def _of_orphan(adapters: Adapters, orphan: Orphan) -> Finding:
    remedy = Remedy.REMOVE if orphan.is_ours else Remedy.NONE
    path, size = str(orphan.path.relative_to(adapters.storage)), tree_size(orphan.path)
    advice = ADVICE.get(remedy, STRANGER)
    return Finding(Kind.ORPHAN, orphan.dataset_id, path, orphan.reason, remedy, advice, bytes=size)
