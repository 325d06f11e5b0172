"""What each process of a running service holds, looked at again and again, and whether it stays flat."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg

from domain.adapters.embedded import Postgres, Valkey
from tests.benchmarks.service import anonymous_megabytes
from tests.end_to_end.service import Service, command_line, descendants

LOOK_EVERY_SECONDS = 5.0
# Of the time: until then caches, pools and warm children fill.
WARM_SHARE = 0.3
MEGABYTES_MAY_GROW, SHARE_MAY_GROW = 10.0, 0.08
HANDLES_MAY_GROW, HANDLES_SHARE = 8, 0.15  # the share of a server with a process for each connection
CONNECTIONS_MAY_GROW = 4
BAD_LEVELS = ("ERROR", "CRITICAL")
BAD_WORDS = ("Traceback", "ERROR:", "FATAL:", "PANIC:")
STARTING = "the database system is starting up"  # what those are told who ask whether it has


@dataclass
class Series:
    """What one thing was, each time that it was looked at."""

    values: list[float] = field(default_factory=list)

    def halves(self) -> tuple[float, float]:
        """The median of the first and of the last third of the time after the warm-up."""
        warm = self.values[int(len(self.values) * WARM_SHARE) :]
        third = max(1, len(warm) // 3)
        return median(warm[:third]), median(warm[-third:])


@dataclass
class Seen:
    """By process: megabytes of its own, and open files; and the connections to Postgres of all."""

    megabytes: dict[str, Series] = field(default_factory=dict)
    handles: dict[str, Series] = field(default_factory=dict)
    connections: Series = field(default_factory=Series)
    lives: dict[str, set[int]] = field(default_factory=dict)

    def take(self, found: Mapping[str, Sequence[int]], connections: int) -> None:
        """What there is now; a process that ends meanwhile is left out this once."""
        for name, pids in found.items():
            with suppress(FileNotFoundError, ProcessLookupError, LookupError):
                handles = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
                self.megabytes.setdefault(name, Series()).values.append(sum(map(anonymous_megabytes, pids)))
                self.handles.setdefault(name, Series()).values.append(handles)
                self.lives.setdefault(name, set()).add(pids[0])
        self.connections.values.append(connections)


def processes(service: Service) -> dict[str, list[int]]:
    """Those of a service by what they are, each with all that is counted as one with it."""
    parents = {"questions": service.answerers()[0]}
    parents |= {f"worker {number}": pid for number, pid in enumerate(sorted(service.workers()), start=1)}
    found = {"up": service.pid, "api": service.apis()[0], "dispatch": service.dispatchers()[0], **parents}
    told = {name: [pid] for name, pid in (found | _children(service, parents)).items()}
    servers = {"postgres": Postgres(service.home).pid, "valkey": Valkey(service.home).pid}
    return told | {name: [pid, *descendants(pid)] for name, pid in servers.items() if pid}


def _children(service: Service, parents: Mapping[str, int]) -> dict[str, int]:
    """By their parent and what they keep warm: one that was killed has a successor of the same name."""
    found: dict[str, int] = {}
    names = {pid: name for name, pid in parents.items()}
    for pid in sorted(service.children()):
        with suppress(FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            warm = json.loads(command_line(pid)[3])["warm"]
            kind = "cores" if len(warm) > 1 else "downloads" if warm else "housekeeping"
            name = f"{names[parent]}, child" if names[parent] == "questions" else f"{names[parent]}, {kind}"
            while name in found:
                name += "'"
            found[name] = pid
    return found


class Watch:
    """Looks, in a thread, until it is left. `wrong`: why it could not look any longer."""

    def __init__(self, service: Service) -> None:
        self.seen = Seen()
        self.wrong: list[str] = []
        self._service = service
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_and_tell)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look_and_tell(self) -> None:
        try:
            self._look()
        except Exception as wrong:  # noqa: BLE001  whatever it was, nobody has watched since
            self.wrong.append(f"the watch ended by {type(wrong).__name__}: {wrong}")

    def _look(self) -> None:
        url = Postgres(self._service.home).url
        with psycopg.connect(url, autocommit=True) as connection:
            while not self._over.wait(LOOK_EVERY_SECONDS):
                row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
                counted = row.fetchone()
                assert counted is not None
                with suppress(IndexError):  # one that has just ended is told by its next life
                    self.seen.take(processes(self._service), counted[0])


def grown(seen: Seen) -> Iterator[str]:
    """What did not stay flat, or was started anew."""
    for name, series in seen.megabytes.items():
        before, after = series.halves()
        if after - before > max(MEGABYTES_MAY_GROW, before * SHARE_MAY_GROW):
            yield f"the memory of {name} grew from {before:.0f} to {after:.0f} MB"
    for name, series in seen.handles.items():
        before, after = series.halves()
        if after - before > max(HANDLES_MAY_GROW, before * HANDLES_SHARE):
            yield f"the open files of {name} grew from {before:.0f} to {after:.0f}"
    before, after = seen.connections.halves()
    if after - before > CONNECTIONS_MAY_GROW:
        yield f"the connections to Postgres grew from {before:.0f} to {after:.0f}"
    for name, pids in seen.lives.items():
        if len(pids) > 1 and ", " not in name:
            yield f"{name} was started {len(pids)} times"


def complaints(service: Service) -> list[str]:
    """Lines of the logs that tell of an error."""
    found = []
    for log in sorted((service.home / "logs").glob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            if _is_bad(line):
                found.append(f"{log.name}: {line[:300]}")
    return found


def _is_bad(line: str) -> bool:
    try:
        return json.loads(line)["level"] in BAD_LEVELS
    except (ValueError, KeyError, TypeError):
        return STARTING not in line and any(word in line for word in BAD_WORDS)


def table(seen: Seen) -> Iterator[str]:
    """A line for each process: what it held before and after."""
    yield "| process | RssAnon, MB | open files |"
    yield "| --- | --- | --- |"
    for name, series in seen.megabytes.items():
        memory, handles = series.halves(), seen.handles[name].halves()
        yield f"| {name} | {memory[0]:.0f} to {memory[1]:.0f} | {handles[0]:.0f} to {handles[1]:.0f} |"
    api = seen.megabytes["api"].values
    yield "| api, over the time | " + ", ".join(f"{value:.0f}" for value in api[:: max(1, len(api) // 20)]) + " | |"
    connections = seen.connections.halves()
    yield f"| connections to Postgres | | {connections[0]:.0f} to {connections[1]:.0f} |"


def wait_until(deadline: float, stopped: threading.Event) -> None:
    """Until a time of the monotonic clock, or until something has gone wrong."""
    stopped.wait(max(0.0, deadline - time.monotonic()))
