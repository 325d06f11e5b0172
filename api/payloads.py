"""What mutations answer: what they touched, or why they were refused; and how they are carried out, with one effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar
from uuid import uuid4

import strawberry
from strawberry import ID

from api.checks import given
from api.context import Info
from api.fields import resolved
from api.idempotency import idempotency_of, key_of_mutation
from api.ids import global_id
from api.prepared import dataset_key
from api.presets import TokenizationPreset, preset
from api.room import with_room
from api.scalars import Position
from api.secrets import with_secret
from api.taken_uploads import with_sent_file
from api.tally import ACCEPTED, REPLAYED, Carried
from api.types import Dataset, Export, Job, Tokenization, dataset, export, job, one, tokenization
from api.user_errors import UserError, user_error
from domain.adapters.logs import correlation_id
from domain.commands import Command, DatasetCommand
from domain.errors import ClaimTaken, Conflict, Refused
from domain.handle import Handled, handle, replay_of
from domain.log import EventLog, Idempotency, Trace

P = TypeVar("P", bound="Payload")

Prepared = tuple[Command, Mapping[str, str]]
"""A command, and the ids that it makes or touches by the payload's names of them."""


class Input(Protocol):
    """What a mutation is given."""

    idempotency_key: str | None

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""


class DatasetInput(Input, Protocol):
    """What a mutation of one dataset is given."""

    dataset_id: ID

    def command(self, dataset_id: str) -> DatasetCommand:
        """What is asked for, of the dataset with this id."""


@strawberry.type
class Payload:
    objects: strawberry.Private[Mapping[str, str]]
    errors: list[UserError] = strawberry.field(description="Why it was refused; empty where it was carried out.")
    position: Position | None = strawberry.field(
        description="Where the first event of it is in the log: what follows comes after. Null where it was refused."
    )
    replayed: bool = strawberry.field(
        description="Whether nothing was done anew, and this tells of what was done before: under the same idempotency"
        " key, or of the very same tokenization that is being made or is ready, or of the index that is being built."
    )


@strawberry.type(description="What came of downloadDataset.")
class DownloadDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)

    @resolved("The job that fetches it, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)


@strawberry.type(description="What came of uploadDataset.")
class UploadDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)

    @resolved("The job that reads its file, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)


@strawberry.type(description="What came of importDataset.")
class ImportDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)

    @resolved("The job that copies its files, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)


@strawberry.type(description="What came of describeDataset.")
class DescribeDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of indexDataset.")
class IndexDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)

    @resolved("The job that builds its index, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)


@strawberry.type(description="What came of tokenizeDataset.")
class TokenizeDatasetPayload(Payload):
    @resolved("The tokenization, as it is now.")
    async def tokenization(self, info: Info) -> Tokenization | None:
        return await one(info.context.tokenizations, self.objects.get("tokenization"), tokenization)

    @resolved("The job that makes it, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)

    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of exportTokenization.")
class ExportTokenizationPayload(Payload):
    @resolved("The export, as it is now: the one that is here where it runs or is done already.")
    async def export(self, info: Info) -> Export | None:
        return await one(info.context.exports, self.objects.get("export"), export)

    @resolved("The job that writes it, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)

    @resolved("The tokenization, as it is now.")
    async def tokenization(self, info: Info) -> Tokenization | None:
        return await one(info.context.tokenizations, self.objects.get("tokenization"), tokenization)

    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of cancelJob.")
class CancelJobPayload(Payload):
    @resolved("The job, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)

    @resolved("Its dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of retryJob.")
class RetryJobPayload(Payload):
    @resolved("The job, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)

    @resolved("Its dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of deleteDataset.")
class DeleteDatasetPayload(Payload):
    @resolved("The dataset, as it is now; null once it is purged.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)

    @resolved("The job that purges it, if that was asked for; null once it is done.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)


@strawberry.type(description="What came of restoreDataset.")
class RestoreDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of savePreset.")
class SavePresetPayload(Payload):
    @resolved("The preset, as it is now.")
    async def preset(self, info: Info) -> TokenizationPreset | None:
        return await one(info.context.presets, self.objects.get("preset"), preset)


@strawberry.type(description="What came of deletePreset.")
class DeletePresetPayload(Payload):
    @resolved("The id that the preset had.")
    def preset_id(self) -> ID | None:
        key = self.objects.get("preset")
        return None if key is None else global_id("TokenizationPreset", key)


async def carry_out_on_dataset(info: Info, kind: type[P], asked: DatasetInput) -> P:
    """What concerns one dataset that is there, and makes nothing with an id of its own."""

    async def prepare() -> Prepared:
        command = asked.command(dataset_key(asked.dataset_id))
        return command, {"dataset": command.dataset_id}

    return await carry_out(info, kind, asked, prepare)


async def carry_out(info: Info, kind: type[P], asked: Input, prepare: Callable[[], Awaitable[Prepared]]) -> P:
    """Do what was asked, and tell what came of it. `prepare` may raise Refused. Raises BAD_USER_INPUT."""
    with info.context.tally.command(info.field_name) as carried:
        payload = await _carry_out(info, kind, asked, prepare)
        tell_of(payload, carried)
    return payload


def tell_of(payload: Payload, carried: Carried) -> None:
    """How a mutation went, for metrics and log."""
    carried.outcome = REPLAYED if payload.replayed else ACCEPTED
    carried.position = payload.position
    if payload.errors:
        carried.outcome = payload.errors[0].code.value


async def _carry_out(info: Info, kind: type[P], asked: Input, prepare: Callable[[], Awaitable[Prepared]]) -> P:
    key = key_of_mutation(info, asked.idempotency_key)
    if refusals := asked.refusals():
        return _refused(kind, *refusals)
    try:
        handled = await _act(info, asked, key, prepare)
    except (Refused, ClaimTaken, Conflict) as refusal:
        return _refused(kind, refusal)
    position = info.context.position(handled.position)
    return kind(objects=handled.objects, errors=[], position=position, replayed=handled.replayed)


async def _act(info: Info, asked: Input, key: str | None, prepare: Callable[[], Awaitable[Prepared]]) -> Handled:
    context, log = info.context, info.context.adapters.log
    try:
        return await _attempt(info, asked, key, prepare)
    except Refused:
        # what it is about may have gone since the key was used
        replay = await context.threads.run(replay_of, log, idempotency_of(info, key, asked, {}))
        if replay is None:
            raise
        return replay


async def _attempt(info: Info, asked: Input, key: str | None, prepare: Callable[[], Awaitable[Prepared]]) -> Handled:
    context, log = info.context, info.context.adapters.log
    command, objects = await prepare()
    idempotency = idempotency_of(info, key, asked, objects)
    version = getattr(asked, "expected_version", None)

    def act(command: Command) -> Handled:
        trace = new_trace(info.field_name)
        return _handle(log, command, trace, version if given(version) else None, idempotency)

    act = partial(with_room, context.adapters, asked, idempotency, act=act)
    act = partial(with_sent_file, context.adapters, asked, act=act)
    handled = await context.threads.run(with_secret, context.adapters.secrets, asked, command, act)
    return handled if handled.objects else replace(handled, objects=objects)


def new_trace(cause: str) -> Trace:
    """A command that a client asks for begins a story; its id is that under which the log tells of the request."""
    return Trace(str(uuid4()), correlation_id() or str(uuid4()), cause=cause)


def _refused(kind: type[P], *refusals: Refused | ClaimTaken | Conflict) -> P:
    errors = [user_error(refusal) for refusal in refusals]
    return kind(objects={}, errors=errors, position=None, replayed=False)


def _handle(
    log: EventLog, command: Command, trace: Trace, version: int | None, idempotency: Idempotency | None
) -> Handled:
    try:
        return handle(log, command, trace, expected_version=version, idempotency=idempotency)
    except (Refused, ClaimTaken):
        # Of two at once with one key, the second may be refused for what the first has just done.
        if idempotency is None or log.remembered(idempotency.key) is None:
            raise
    return handle(log, command, trace, expected_version=version, idempotency=idempotency)
