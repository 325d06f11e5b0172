"""`mistudio check`: what disk and log differ in, and what was done about it, said to a person or to a program."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from api.rebuild import known_database
from domain.adapters import Adapters, open_adapters
from domain.adapters.checking import CheckError, Finding, Report, Step, check, ended
from domain.adapters.embedded import EmbeddedError
from domain.adapters.public_ids import decode, public_id
from domain.adapters.rebuild import RebuildError
from domain.adapters.repairing import Repaired, repair
from domain.adapters.schema_version import SchemaError
from domain.adapters.settings import Settings
from domain.dataset import stream_of

FOUND, IMPOSSIBLE = 1, 2
CONNECTIONS = 2
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks: `datasets` are ids (none: all), `is_json` is for programs."""

    datasets: Sequence[str] = ()
    is_repair: bool = False
    fast: bool = False
    is_json: bool = False


def run_check(settings: Settings, asked: Asked) -> int:
    """Check, repair where that is asked, and say what was found; the exit code."""
    try:
        known = replace(settings, database_url=known_database(settings))
        adapters = open_adapters(known, connections=CONNECTIONS)
    except (RebuildError, SchemaError, EmbeddedError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return IMPOSSIBLE
    try:
        return _check(adapters, asked)
    except CheckError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return IMPOSSIBLE
    finally:
        adapters.close()


def _check(adapters: Adapters, asked: Asked) -> int:
    only = [_dataset(adapters, named) for named in asked.datasets] or None
    report = _followed(adapters, only, asked)
    repaired = list(repair(adapters, report.findings)) if asked.is_repair else None
    if asked.is_json:
        sys.stdout.write(json.dumps(_told(report, repaired)) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(report, repaired))
    return FOUND if report.findings else 0


def _followed(adapters: Adapters, only: Sequence[str] | None, asked: Asked) -> Report:
    """The report; how far it has come goes to a terminal, on one line."""
    checking = check(adapters, only, fast=asked.fast)
    if asked.is_json or not sys.stderr.isatty():
        return ended(checking)
    report = ended(checking, _show)
    sys.stderr.write("\r\x1b[K")
    return report


def _show(step: Step) -> None:
    told = f"{step.done:,} of {step.total:,} datasets, {step.bytes // MEGABYTE:,} MB compared"
    sys.stderr.write(f"\r{told}\x1b[K")


def _dataset(adapters: Adapters, named: str) -> str:
    """The key of a dataset, by its id in the API or by the key itself."""
    kind, _, key = (decode(named) or "").partition(":")
    key = key if kind == "Dataset" else named
    try:
        is_known = bool(adapters.log.read(stream_of(str(UUID(key)))))
    except ValueError:
        is_known = False
    if not is_known:
        raise CheckError(f"There is no dataset {named}: give the id that the API shows.")
    return str(UUID(key))


def lines(report: Report, repaired: Sequence[Repaired] | None) -> Iterator[str]:
    """The report as lines of text: each finding, what was done, then the numbers."""
    for finding in report.findings:
        yield f"{finding.kind}: {finding.path} ({_whose(finding)}) {finding.reason}"
        if repaired is None or not finding.advice or finding.remedy == "NONE":
            yield f"    --repair: {finding.advice}."
    for one in repaired or ():
        yield f"{'repaired' if one.is_done else 'LEFT'}: {one.path} {one.text}"
    if report.by_size:
        yield f"{len(report.by_size):,} folders were compared by names and sizes only."
    found = f"{len(report.findings):,} findings" if report.findings else "Nothing is amiss"
    size = report.bytes / MEGABYTE
    yield f"{found}: {report.datasets:,} datasets, {report.files:,} files, {size:,.1f} MB."


def _whose(finding: Finding) -> str:
    what = finding.what or "no published folder"
    whose = f"dataset {public_id('Dataset', finding.dataset_id)}" if finding.dataset_id else "of no dataset"
    return f"{whose}, {what}"


def _told(report: Report, repaired: Sequence[Repaired] | None) -> dict[str, object]:
    found = [
        {
            "kind": one.kind,
            "dataset": None if one.dataset_id is None else public_id("Dataset", one.dataset_id),
            "path": one.path,
            "what": one.what,
            "reason": one.reason,
            "remedy": one.remedy,
            "advice": one.advice,
            "sizeBytes": one.bytes,
        }
        for one in report.findings
    ]
    done = [{"path": one.path, "isDone": one.is_done, "text": one.text} for one in repaired or ()]
    figures = {"datasetCount": report.datasets, "fileCount": report.files, "comparedBytes": report.bytes}
    return {"findings": found, "repaired": done, "bySizeOnly": list(report.by_size), **figures}
