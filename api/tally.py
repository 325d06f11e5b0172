"""What this process counts for Prometheus, from its start on: what was asked of it, and what it has heard of the log,
whoever did it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from uuid import uuid4

from graphql import GraphQLError
from prometheus_client import Counter, Histogram
from prometheus_client.registry import Collector

from domain.adapters import Adapters
from domain.adapters.job_projections import project_jobs
from domain.adapters.logs import correlated, correlation_id, told
from domain.adapters.measures import open_jobs
from domain.jobs import JobKind, JobStatus
from domain.log import Recorded
from domain.tokenization_events import TokenizationCompleted
from domain.trash_events import DatasetPurged

COMMAND_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
JOB_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400)
ENDS = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)
ACCEPTED, REPLAYED, BAD_INPUT, BUG = "ACCEPTED", "REPLAYED", "BAD_USER_INPUT", "INTERNAL"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Carried:
    """How a mutation went: ACCEPTED, REPLAYED, or the code of its first error."""

    outcome: str = BUG
    position: str | None = None


class Tally:
    """All methods but `command` belong to the thread of the feed, which hears of every event once."""

    def __init__(self) -> None:
        self._commands = Histogram(
            "mistudio_command_seconds",
            "Mutations of this API, by name and outcome, and how long they took.",
            ("command", "outcome"),
            registry=None,
            buckets=COMMAND_SECONDS,
        )
        self._events = Counter("mistudio_events", "Events that were appended.", ("type",), registry=None)
        self._appends = Counter(
            "mistudio_appends", "Appends to the log, by who asked for them.", ("cause",), registry=None
        )
        self._jobs = Histogram(
            "mistudio_job_seconds",
            "Jobs that ended, by kind and outcome, and how long they ran from their start or last retry.",
            ("kind", "outcome"),
            registry=None,
            buckets=JOB_SECONDS,
        )
        self._tokens = Counter("mistudio_tokens", "Tokens of tokenizations that became READY.", registry=None)
        for kind in JobKind:
            for end in ENDS:
                self._jobs.labels(kind.value, end.value)
        self._begun: dict[str, tuple[str, datetime | None]] = {}
        self._newest_command = ""

    @property
    def collectors(self) -> tuple[Collector, ...]:
        """What is shown."""
        return self._commands, self._events, self._appends, self._jobs, self._tokens

    def begin(self, adapters: Adapters) -> None:
        """Learn which jobs are open before the first event is heard of."""
        self._begun = open_jobs(adapters)

    @contextmanager
    def command(self, name: str) -> Iterator[Carried]:
        """Counts, and logs, what is carried out within; from any thread."""
        carried, began = Carried(), perf_counter()
        with correlated(correlation_id() or str(uuid4())):
            try:
                yield carried
            except GraphQLError:
                carried.outcome = BAD_INPUT
                raise
            finally:
                seconds = perf_counter() - began
                self._commands.labels(name, carried.outcome).observe(seconds)
                facts = told(
                    mutation=name, outcome=carried.outcome, position=carried.position, seconds=round(seconds, 4)
                )
                log.info("%s: %s", name, carried.outcome, extra=facts)

    def hear(self, events: Sequence[Recorded]) -> None:
        """Count the next events of the log."""
        for recorded in events:
            self._events.labels(type(recorded.event).__name__).inc()
            command_id = recorded.metadata.get("command_id", "")
            if command_id != self._newest_command or not command_id:
                self._appends.labels(recorded.metadata.get("cause", "")).inc()
            self._newest_command = command_id
            self._hear_of_jobs(recorded)
            if isinstance(recorded.event, TokenizationCompleted):
                self._tokens.inc(recorded.event.statistics["tokenCount"])

    def _hear_of_jobs(self, recorded: Recorded) -> None:
        if isinstance(recorded.event, DatasetPurged):
            self._ended(recorded.event.job_id, JobStatus.SUCCEEDED, recorded.recorded_at)
            return
        for change in project_jobs(recorded):
            kind, _ = self._begun.get(change.id, (getattr(recorded.event, "kind", None), None))
            if change.insert:
                self._begun[change.id] = change.values["kind"], None
            elif change.values["status"] == JobStatus.RUNNING and kind:
                self._begun[change.id] = kind, recorded.recorded_at
            elif change.values["status"] in ENDS:
                self._ended(change.id, change.values["status"], recorded.recorded_at)

    def _ended(self, job_id: str, status: str, at: datetime) -> None:
        kind, started_at = self._begun.pop(job_id, (None, None))
        if kind is not None:  # else it began as this process did
            seconds = 0.0 if started_at is None else (at - started_at).total_seconds()
            self._jobs.labels(kind, str(status)).observe(max(0.0, seconds))
