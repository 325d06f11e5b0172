"""What is done about the findings of a check: by commands, so that it stands in the log, and never to what is whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from domain.adapters import Adapters
from domain.adapters.checking import YOUNG_SECONDS, Finding, Remedy
from domain.adapters.files import remove_tree, write_atomically
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.orphans import orphans_of, strangers_in
from domain.adapters.published import Kind, Told, examine, sums_of, told_folders
from domain.adapters.sums import SUMS
from domain.damage import Folder
from domain.damage_commands import ReportDamage
from domain.dataset import stream_of
from domain.errors import ErrorCode, Refused
from domain.evolve import fold
from domain.handle import handle
from domain.log import Trace

NO_MORE = "is not there any more, or is in use by now"

# Who asked, as history names it.
REPAIR = "check --repair"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of findings about one file or folder: `text` goes on a sentence about `path`."""

    path: str
    is_done: bool
    text: str


def repair(adapters: Adapters, findings: Sequence[Finding], young_seconds: float = YOUNG_SECONDS) -> Iterator[Repaired]:
    """Do what the findings advise; each is looked at once more before. What is removed comes first: after anything has
    happened to a dataset, what lies in its folder is in the dispatcher's hands for a moment."""
    ordered = sorted(findings, key=lambda one: one.remedy != Remedy.REMOVE)
    for (_, folder, remedy), alike in groupby(ordered, lambda one: (one.dataset_id, one.folder, one.remedy)):
        found = list(alike)
        if remedy == Remedy.REPORT_DAMAGE:
            yield _report(adapters, found)
        elif remedy == Remedy.INDEX_AGAIN:
            yield _index(adapters, found[0])
        elif remedy == Remedy.WRITE_SUMS:
            yield _write_sums(adapters, found[0])
        elif remedy == Remedy.REMOVE and folder is not None:
            yield from (_remove_from(adapters, one) for one in found)
        elif remedy == Remedy.REMOVE:
            yield from (_remove(adapters, one, young_seconds) for one in found)


def _report(adapters: Adapters, found: Sequence[Finding]) -> Repaired:
    first = found[0]
    assert first.dataset_id is not None, "what is published is of a dataset"
    assert first.folder is not None, "what is published is in a folder"
    paths = [str(Path(one.path).relative_to(first.folder)) if one.path != first.folder else "." for one in found]
    is_gone = all(one.kind == Kind.MISSING for one in found)
    code = ErrorCode.CORRUPT_DATA if is_gone else ErrorCode.CHECKSUM_MISMATCH
    report = ReportDamage(dataset_id=first.dataset_id, folder=first.folder, paths=paths, code=code)
    try:
        told = handle(adapters.log, report, Trace(str(uuid4()), str(uuid4()), cause=REPAIR))
    except Refused as refused:
        return Repaired(first.folder, is_done=False, text=f"is left as it is: {refused.message}")
    text = "is not read any more: " + told.events[-1].event.summary() if told.events else "is not read any more"
    return Repaired(first.folder, is_done=True, text=text)


def _index(adapters: Adapters, finding: Finding) -> Repaired:
    assert finding.dataset_id is not None, "an index is of a dataset"
    assert finding.folder is not None, "an index is in a folder"
    report_damaged_index(adapters, finding.dataset_id, finding.folder, REPAIR)
    return Repaired(finding.folder, is_done=True, text="is searched no more, and the dataset is indexed again")


def _write_sums(adapters: Adapters, finding: Finding) -> Repaired:
    assert finding.folder is not None, "sums are of a folder"
    folder, known = adapters.storage / finding.folder, _told(adapters, finding)
    written = sums_of(folder) if folder.is_dir() else None
    if known is None or written is None or sha256(written).hexdigest() != known[1].sums_sha256:
        return Repaired(finding.path, is_done=False, text="is left as it is: check once more, without --fast")
    with write_atomically(folder / SUMS) as file:
        file.write(written)
    return Repaired(finding.path, is_done=True, text="was written again")


def _told(adapters: Adapters, finding: Finding) -> tuple[Folder, Told] | None:
    """The finding's folder, where that is still read."""
    assert finding.dataset_id is not None, "what is published is of a dataset"
    history = adapters.log.read(stream_of(finding.dataset_id))
    state = fold(finding.dataset_id, (recorded.event for recorded in history))
    folders = told_folders(state, history) if state is not None else iter(())
    return next(((folder, told) for folder, told in folders if folder.path == finding.folder), None)


def _remove_from(adapters: Adapters, finding: Finding) -> Repaired:
    """A stranger in a published folder."""
    known, name = _told(adapters, finding), finding.path.removeprefix(f"{finding.folder}/")
    faults = known and examine(adapters.storage / known[0].path, known[0].what, known[1], fast=True).faults
    if any(fault.name == name and fault.kind == Kind.ORPHAN for fault in faults or ()):
        remove_tree(adapters.storage / finding.path)
        return Repaired(finding.path, is_done=True, text="was removed")
    return Repaired(finding.path, is_done=True, text=NO_MORE)


def _remove(adapters: Adapters, finding: Finding, young_seconds: float) -> Repaired:
    path = adapters.storage / finding.path
    if finding.dataset_id is not None:
        now = orphans_of(adapters, finding.dataset_id, young_seconds)
    else:
        now = list(strangers_in(adapters, young_seconds))
    if not any(orphan.path == path and orphan.is_ours for orphan in now):
        return Repaired(finding.path, is_done=True, text=NO_MORE)
    remove_tree(path)
    return Repaired(finding.path, is_done=True, text="was removed")
