"""Deleting many datasets at once: in one transaction, with one effect, and what is refused told one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import strawberry

from api.bulk_inputs import DeleteDatasetsInput
from api.context import Info
from api.fields import resolved
from api.filters import wanted_datasets
from api.idempotency import idempotency_of, key_of_mutation
from api.ids import global_id, key_of
from api.payloads import Payload, new_trace, tell_of
from api.plain import given_or
from api.scalars import BigInt
from api.types import Dataset, dataset
from api.user_errors import UserError, user_error
from domain.adapters import Adapters
from domain.adapters.files import freed_by_removing
from domain.adapters.folders import home_of
from domain.adapters.views import dataset_count_view, dataset_versions_view
from domain.dataset import dataset_id_of
from domain.errors import Conflict, ErrorCode, Refused
from domain.handle import Handled, replay_of
from domain.handle_many import Planned, handle_many, plan_many
from domain.log import Idempotency
from domain.trash_commands import DeleteDataset

# Each is an append, and all of them keep others from appending for as long as they take: half a second about.
MOST_FOUND = 500
NO_DATASET = "There is no such dataset."


@strawberry.type(description="What came of deleteDatasets.")
class DeleteDatasetsPayload(Payload):
    @resolved("Those that go, or would, as they are now; without those that are purged since.")
    async def datasets(self, info: Info) -> list[Dataset]:
        found = [await info.context.datasets.load(key) for key in self.objects.get("datasets", "").split()]
        return [dataset(row) for row in found if row is not None]

    @resolved(
        "How many bytes on disk those take that go by this, with all that was made of them: free once they are purged, "
        "which is soon with `purge`, else when their time in the trash is over."
    )
    def bytes_freed(self) -> BigInt:
        return BigInt(int(self.objects.get("bytes", "0")))

    @resolved(
        "Why some of them stay as they are. `path` ends with the place in `datasetIds`, or with the id of the dataset "
        "that the filter has found."
    )
    def refused(self) -> list[UserError]:
        return [user_error(_refused(told)) for told in json.loads(self.objects.get("refused", "[]"))]


@dataclass(frozen=True, slots=True)
class Meant:
    """A dataset that is to go, and how refusals name it; no `key`: there is no such dataset. `version`: the one of
    which a filter held."""

    key: str | None
    path: tuple[str, ...]
    version: int | None = None


async def delete_datasets(info: Info, asked: DeleteDatasetsInput) -> DeleteDatasetsPayload:
    """Do what was asked, and tell what came of it. Raises BAD_USER_INPUT."""
    with info.context.tally.command(info.field_name) as carried:
        payload = await _delete_datasets(info, asked)
        tell_of(payload, carried)
    return payload


async def _delete_datasets(info: Info, asked: DeleteDatasetsInput) -> DeleteDatasetsPayload:
    key = key_of_mutation(info, asked.idempotency_key)
    if refusals := asked.refusals():
        return _payload(errors=refusals)
    idempotency = idempotency_of(info, key, asked, {})
    try:
        handled = await info.context.threads.run(
            delete_meant, info.context.adapters, asked, info.field_name, idempotency
        )
    except (Refused, Conflict) as refusal:
        return _payload(errors=[refusal])
    position = info.context.position(handled.position) if handled.position else None
    return DeleteDatasetsPayload(objects=handled.objects, errors=[], position=position, replayed=handled.replayed)


def _payload(errors: Sequence[Refused | Conflict]) -> DeleteDatasetsPayload:
    return DeleteDatasetsPayload(objects={}, errors=list(map(user_error, errors)), position=None, replayed=False)


def delete_meant(
    adapters: Adapters, asked: DeleteDatasetsInput, cause: str, idempotency: Idempotency | None = None
) -> Handled:
    """Do what an input asks in which nothing is wrong; waits. Of the objects `datasets` are the ids of those that go,
    `bytes` what they take, `refused` JSON. Raises Refused, Conflict."""
    log = adapters.log
    trace = new_trace(cause)
    replay = replay_of(log, idempotency)  # the filter may find others by now
    if replay is not None:
        return replay
    meant = _meant(adapters, asked)
    there = [one for one in meant if one.key is not None]
    purge = given_or(asked.purge, False)
    commands = [DeleteDataset(dataset_id=str(one.key), purge=purge) for one in there]
    # what was restored meanwhile is no trash any more, and must not be emptied with it
    chosen_at = [one.version for one in there if one.version is not None]

    def tell(planned: Planned) -> Mapping[str, str]:
        return _told(adapters.storage, meant, there, planned)

    if given_or(asked.dry_run, False):
        return Handled(0, objects=tell(plan_many(log, commands, trace, chosen_at)))
    return handle_many(log, commands, trace, tell, idempotency, chosen_at)


def _meant(adapters: Adapters, asked: DeleteDatasetsInput) -> list[Meant]:
    """Each once, in the order in which they were named, or else came here. Raises Refused."""
    if asked.dataset_ids:
        named = {key_of("Dataset", id_) or id_: number for number, id_ in reversed([*enumerate(asked.dataset_ids)])}
        numbers = sorted(named.values())
        return [Meant(key_of("Dataset", asked.dataset_ids[n]), ("datasetIds", str(n))) for n in numbers]
    wanted = wanted_datasets(asked.filter or None)
    found = dataset_versions_view(adapters.engine, wanted, MOST_FOUND + 1)
    if len(found) > MOST_FOUND:
        number = dataset_count_view(adapters.engine, wanted)
        message = f"This filter finds {number:,} datasets, and {MOST_FOUND} at most go at once: narrow it down."
        raise Refused(ErrorCode.INVALID_INPUT, message, "filter")
    return [Meant(key, ("filter", global_id("Dataset", key)), version) for key, version in found.items()]


def _told(storage: Path, meant: Sequence[Meant], there: Sequence[Meant], planned: Planned) -> Mapping[str, str]:
    """What is answered, and remembered, as texts."""
    refusals = {there[number].path: refused for number, refused in planned.refused.items()}
    refusals |= {one.path: Refused(ErrorCode.NOT_FOUND, NO_DATASET) for one in meant if one.key is None}
    going = [one.key for one in there if one.key is not None and one.path not in refusals]
    homes = [home_of(storage, dataset_id_of(change.stream)) for change in planned.changes.values()]
    return {
        "datasets": " ".join(going),
        "bytes": str(sum(map(freed_by_removing, homes))),
        "refused": json.dumps([_plain(refusals[one.path], one.path) for one in meant if one.path in refusals]),
    }


def _plain(refused: Refused, path: Sequence[str]) -> dict[str, Any]:
    return {"code": refused.code, "message": refused.message, "path": list(path), "details": refused.details}


def _refused(told: Mapping[str, Any]) -> Refused:
    return Refused(ErrorCode(told["code"]), told["message"], *told["path"], **told["details"])
