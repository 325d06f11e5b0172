"""`mistudio rebuild`: what the rebuild of the read models found and did, said to a person."""

import sys
from collections.abc import Iterator

import psycopg

from domain.adapters.embedded import EmbeddedError, Postgres
from domain.adapters.rebuild import Difference, Kind, RebuildError, Report, rebuild
from domain.adapters.schema_version import SchemaError, refuse_newer
from domain.adapters.settings import Settings

DIFFERENT, IMPOSSIBLE = 1, 2


def run_rebuild(settings: Settings, *, switch: bool) -> int:
    """Rebuild, and say what differed; the exit code. Without `switch` nothing changes, and differences are code 1."""
    try:
        report = rebuild(known_database(settings), switch=switch)
    except (RebuildError, SchemaError, EmbeddedError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return IMPOSSIBLE
    for line in lines(report):
        sys.stdout.write(line + "\n")
    return DIFFERENT if report.differed and not switch else 0


def known_database(settings: Settings) -> str:
    """The database that is named, or that of the home, which the service keeps running. RebuildError where it does not
    answer, SchemaError where a later program has migrated it."""
    url = settings.database_url or _running_database(settings)
    try:
        refuse_newer(url)
    except psycopg.OperationalError as trouble:
        raise RebuildError(f"The database does not answer: {trouble}") from trouble
    return url


def _running_database(settings: Settings) -> str:
    server = Postgres(settings.home)
    if not server.alive():
        raise RebuildError(
            f"No service runs on {settings.home}: start it with `mistudio up`, or set MISTUDIO_DATABASE_URL."
        )
    return server.url


def lines(report: Report) -> Iterator[str]:
    """The report as lines of text: each difference, then the numbers."""
    yield from map(_line, report.named)
    if report.more:
        yield f"... and more: {report.more:,} differences beyond these."
    counts = ", ".join(f"{report.counts[kind]:,} {kind.lower()}" for kind in Kind)
    yield f"{report.differed:,} rows differed: {counts}." if report.differed else "No row differed."
    rate = report.events / report.seconds
    yield f"Replayed {report.events:,} events in {report.seconds:.1f} s ({rate:,.0f} a second)."
    if report.switched:
        yield f"The rebuilt tables are in use; appends waited {report.held_up_seconds * 1000:.0f} ms for the switch."
    else:
        yield "Nothing was changed."


def _line(found: Difference) -> str:
    row = f"{found.table} {found.id}"
    if found.kind == Kind.MISSING:
        return f"{row}: missing"
    if found.kind == Kind.EXTRA:
        return f"{row}: extra, no event tells of it"
    return f"{row}: {found.column} is {_value(found.live)}, should be {_value(found.rebuilt)}"


def _value(text: str | None) -> str:
    return "null" if text is None else text
