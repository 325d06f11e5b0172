"""What must be true at any moment, and what once all that was asked has come to its end, told from the log and the
disk alone."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence

from domain import events as past
from domain.adapters import Adapters
from domain.adapters.checking import Finding, check, ended, explain
from domain.damage import Published, folders_of
from domain.dataset import Dataset, DatasetStatus, stream_of
from domain.errors import ErrorCode
from domain.jobs import Job, JobStatus
from domain.log import Recorded
from domain.trash_events import DatasetPurgeRequested
from tests.chaos.commands import Acknowledged
from tests.chaos.digests import Wanted, digests
from tests.chaos.sources import FILE
from tests.workers.replayed import Replayed

# What a job may fail with when the world is like this.
EXPECTED = {
    ErrorCode.WORKER_LOST,
    ErrorCode.HUB_UNAVAILABLE,
    ErrorCode.RATE_LIMITED,
    ErrorCode.INSUFFICIENT_STORAGE,
    ErrorCode.CHECKSUM_MISMATCH,
}
# Who causes events that nobody asked for.
OURS = ("worker", "dispatcher")
NOT_TWICE = ("cancelJob", "deleteDataset")
# What tells whether a job is called off, and a dataset deleted: here all that are deleted are purged.
OF_ENDS = past.JobCancelRequested | past.JobRetryRequested | DatasetPurgeRequested
FINISHED = "SELECT piece, actor, fence, holder, file FROM chaos.finished"


class Verdict:
    """`wanted` is what undisturbed runs came to: the digests of the files, by source and recipe. `replayed` is what was
    read of the log before; without it all of it is read."""

    def __init__(self, adapters: Adapters, wanted: Wanted, replayed: Replayed | None = None) -> None:
        self._adapters = adapters
        self._wanted = wanted
        self._replayed = replayed or Replayed(adapters)

    @property
    def log(self) -> Sequence[Recorded]:
        return self._replayed.events

    def lost(self, acknowledged: Sequence[Acknowledged]) -> Iterator[str]:
        """Acknowledged commands without their effect, effects without a command, and two of one."""
        yield from self.forgotten(acknowledged)
        own = Counter(one.place for one in acknowledged if one.place is not None and _leads_on(one))
        replayed = {one.place for one in acknowledged if not _leads_on(one)}
        for place, recorded in self._effects(acknowledged).items():
            # of a key that was sent again, since its first answer was cut off, only the replay was heard
            if own[place] > 1 or not {place} & (own.keys() | replayed):
                yield f"{recorded.metadata['cause']} at {place} was acknowledged {own[place]} times"

    def forgotten(self, acknowledged: Sequence[Acknowledged]) -> Iterator[str]:
        """Acknowledged commands without their effect."""
        effects = self._effects(acknowledged)
        for one in acknowledged:
            if _leads_on(one) and one.place is not None and one.place not in effects:
                yield f"{one.mutation} {one.key} was acknowledged at {one.place}, where the log has nothing of it"
        ends = [recorded for recorded in self.log if isinstance(recorded.event, OF_ENDS)]
        for one in acknowledged:
            if one.mutation in NOT_TWICE and one.place is not None and not _is_ended(one, ends, effects.get(one.place)):
                yield f"{one.mutation} {one.key} of {one.target} was acknowledged at {one.place}, and is not in the log"

    def _effects(self, acknowledged: Sequence[Acknowledged]) -> Mapping[int, Recorded]:
        """The first event of each command of such kinds, by its position."""
        began: dict[str, Recorded] = {}
        for recorded in self.log:
            began.setdefault(recorded.metadata["command_id"], recorded)
        mutations = {one.mutation for one in acknowledged}
        return {one.position: one for one in began.values() if one.metadata.get("cause") in mutations}

    def doubled(self) -> Iterator[str]:
        """Facts that are told twice."""
        facts = Counter(_fact(recorded) for recorded in self.log if hasattr(recorded.event, "job_id"))
        versions = Counter((recorded.stream, recorded.version) for recorded in self.log)
        yield from (f"twice in the log: {fact}" for fact, count in (facts | versions).items() if count > 1)

    def stuck(self, driven: Container[str]) -> Iterator[str]:
        """Jobs that are neither over nor going on: of which nobody has a piece to do."""
        for job in self.open_jobs():
            if job.id not in driven:
                yield f"the job {job.kind} {job.id} is {job.status}, and nobody goes on with it"

    def open_jobs(self) -> Iterator[Job]:
        """Those that are not over."""
        yield from (job for state in self._replayed.datasets for job in state.jobs.values() if job.is_open)

    def unended(self) -> Iterator[str]:
        """Jobs that are not over, or failed with what nobody did."""
        for state in self._replayed.datasets:
            for job in state.jobs.values():
                if job.is_open or (job.status == JobStatus.FAILED and not state.is_purged):
                    yield f"the job {job.kind} {job.id} of {state.id} is {job.status}"
        for recorded in self.log:
            event = recorded.event
            if isinstance(event, past.JobFailed | past.JobAttemptFailed) and event.code not in EXPECTED:
                yield f"{recorded.stream}: {event.summary()}"

    def unequal(self, known: dict[str, bool]) -> Iterator[str]:
        """Published outputs that differ from an undisturbed run's; `known`: the folders that were compared before."""
        for state in self._replayed.datasets:
            for name, key in _outputs(state):
                if name not in known:
                    known[name] = digests(self._adapters.storage / name) == self._wanted[key]
                if not known[name]:
                    yield f"{name} is not what {key} comes to when nobody disturbs it"

    def orphans(self) -> Iterator[str]:
        """What log and disk differ in."""
        yield from map(_told, explain(self._adapters))

    def orphans_so_far(self) -> Iterator[str]:
        """The same beside a service at work, by names and sizes: what came a moment ago may be about to be told."""
        yield from map(_told, ended(check(self._adapters, fast=True)).findings)

    def views(self) -> Iterator[str]:
        """Where the tables are not what a replay makes of the log."""
        yield from (f"a view differs from a replay: {found}" for found in self._replayed.differences())

    def heard_so_far(self, seen: Sequence[int]) -> Iterator[str]:
        """What a subscriber who is still on the way missed, or heard twice, of what it has come past."""
        places = [recorded.position for recorded in self.log][: len(seen)]
        if list(seen) != places:
            yield f"a subscriber has heard {_first_otherwise(seen, places)}"

    def heard(self, seen: Sequence[int]) -> Iterator[str]:
        """What a subscriber missed, heard twice or in another order."""
        places = [recorded.position for recorded in self.log]
        if list(seen) != places:
            missing, twice = set(places) - set(seen), [place for place, n in Counter(seen).items() if n > 1]
            is_sorted = list(seen) == sorted(seen)
            yield f"a subscriber missed {sorted(missing)}, heard {twice} more than once, in order: {is_sorted}"

    def zombies(self) -> Iterator[str]:
        """Pieces that were finished by somebody who did not hold them any more, whatever the kind of job: their files
        are named by the fence of who wrote them."""
        with self._adapters.pool.connection() as connection:
            for piece, actor, fence, holder, file in connection.execute(FINISHED).fetchall():
                if holder is None:
                    yield f"{piece} of {actor} was finished under fence {fence} while nobody held it"
                if file is not None and file.split(".")[1] != str(fence):
                    yield f"{piece} of {actor} was finished under fence {fence} with {file}"


def _first_otherwise(seen: Sequence[int], places: Sequence[int]) -> str:
    for heard, place in zip(seen, places, strict=False):
        if heard != place:
            return f"of {heard} where {place} comes next"
    return f"of {seen[len(places) :][:3]}, which the log does not have"


def _leads_on(one: Acknowledged) -> bool:
    """Whether it must have an effect of its own: what is gone, or going, is not called off or deleted twice."""
    return not one.replayed and one.mutation not in NOT_TWICE


def _is_ended(one: Acknowledged, ends: Sequence[Recorded], effect: Recorded | None) -> bool:
    """Whether a job was being called off, or a dataset purged, once the command was answered: by itself, whose first
    event is `effect`, or by another before it."""
    own = effect and effect.metadata["command_id"]
    told = [end for end in ends if one.place and (end.position <= one.place or end.metadata["command_id"] == own)]
    if one.mutation == "deleteDataset":
        streams = {end.stream for end in told if isinstance(end.event, DatasetPurgeRequested)}
        return one.target is not None and stream_of(one.target) in streams
    of_job = [end.event for end in told if end.event.job_id == one.target]
    return bool(of_job) and isinstance(of_job[-1], past.JobCancelRequested)


def _told(found: Finding) -> str:
    return f"{found.kind} {found.path}: {found.reason}"


def _fact(recorded: Recorded) -> tuple[object, ...]:
    """What may be told only once: of a failed attempt under its fence, of all else in each attempt at the job. What
    people ask for over and over is told apart by their commands, of which each is looked for among those asked."""
    event, told = recorded.event, recorded.metadata
    which = tuple(getattr(event, name, None) for name in ("job_id", "piece", "fence", "attempt"))
    asked = None if told.get("cause") in OURS else told["command_id"]
    return (recorded.stream, type(event).__name__, *which, told.get("attempt"), asked)


def _outputs(state: Dataset) -> Iterator[tuple[str, tuple[str, int | None]]]:
    """The folders of a READY dataset, relative to the storage, with what each is of."""
    if state.status != DatasetStatus.READY:
        return
    source = state.source.get("repository") or FILE
    lengths = {one.job_id: one.recipe["maxLength"] for one in state.tokenizations.values()}
    for folder in folders_of(state):
        if folder.what == Published.DATA:
            yield folder.path, (source, None)
        elif folder.what == Published.TOKENIZATION:
            yield folder.path, (source, lengths[folder.job_id])
