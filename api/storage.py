"""What the storage is used for, and how much room it has."""

from __future__ import annotations

import shutil
from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from api.connections import DEFAULT, MOST, First
from api.context import Info
from api.described import describe
from api.errors import bad_input
from api.fields import resolved
from api.ids import key_of
from api.scalars import BigInt
from api.types import Dataset, dataset, one
from domain.adapters import Adapters
from domain.adapters.stored_views import StorageKind, Stored, Usage, usage_view

OfThese = Annotated[list[ID] | None, strawberry.argument(description="Of these datasets only.")]
AFTER = "Only what comes after this dataset; nothing where it uses nothing, or is none of these."
After = Annotated[ID | None, strawberry.argument(description=AFTER)]

describe(
    StorageKind,
    {
        "ORIGINALS": "Files as they were downloaded or sent: until their ingest was checked, or for good by setting.",
        "DATA": "The rows of datasets.",
        "INDEX": "Search indexes.",
        "TOKENIZATIONS": "The tokens of ready tokenizations.",
        "EXPORTS": "Files that were exported.",
        "PARTIAL": "What is not whole: finished pieces of jobs that run or failed, and uploads that no dataset has.",
    },
)


@strawberry.type(description="How much of one kind there is.")
class KindStorage:
    kind: StorageKind = strawberry.field(description="What it is.")
    bytes: BigInt = strawberry.field(description="How much of it there is.")


@strawberry.type(description="How much of the storage a dataset uses, with all that was made of it.")
class DatasetStorage:
    stored: strawberry.Private[Stored]

    @resolved("The dataset; null where it has gone meanwhile.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.stored.dataset_id, dataset)

    @resolved("All of it.")
    def bytes(self) -> BigInt:
        return BigInt(self.stored.total)

    @resolved("What it is used for; kinds of which there is nothing are left out.")
    def by_kind(self) -> list[KindStorage]:
        return [KindStorage(kind=kind, bytes=BigInt(size)) for kind, size in self.stored.kinds.items()]


@strawberry.type(description="The storage: how much room there is, and what it is used for.")
class Storage:
    usage: strawberry.Private[Usage]
    total_bytes: BigInt = strawberry.field(
        description="How large it may be: its disk, or the quota where that is less."
    )
    free_bytes: BigInt = strawberry.field(
        description="How much may still be asked for: what the disk has free without its reserve, within the quota, and"
        " promised to nobody."
    )
    reserved_bytes: BigInt = strawberry.field(
        description="What jobs and uploads that are not over were promised and have not written yet."
    )

    @resolved("What is used: the sum over all kinds.")
    def used_bytes(self) -> BigInt:
        return BigInt(self.usage.used)

    @resolved("What a purge of all that is in the trash would free.")
    def trashed_bytes(self) -> BigInt:
        return BigInt(self.usage.trashed)

    @resolved("What is not whole: the kind PARTIAL.")
    def partial_bytes(self) -> BigInt:
        return BigInt(self.usage.of(StorageKind.PARTIAL))

    @resolved("Datasets with what they use, the largest first.")
    def by_dataset(self, first: First = UNSET, after: After = UNSET, ids: OfThese = UNSET) -> list[DatasetStorage]:
        most = DEFAULT if first is None or first is UNSET else first
        if not 0 <= most <= MOST:
            raise bad_input(f"first is from 0 to {MOST}; this was {most}.")
        found = self.usage.datasets
        if ids is not None and ids is not UNSET:
            keys = {key_of("Dataset", id_) for id_ in ids}
            found = tuple(stored for stored in found if stored.dataset_id in keys)
        if after is not None and after is not UNSET:
            last = key_of("Dataset", after)
            behind = (place + 1 for place, stored in enumerate(found) if stored.dataset_id == last)
            found = found[next(behind, len(found)) :]
        return [DatasetStorage(stored=stored) for stored in found[:most]]

    @resolved("What all of it is used for; every kind is there.")
    def by_kind(self) -> list[KindStorage]:
        return [KindStorage(kind=kind, bytes=BigInt(self.usage.of(kind))) for kind in StorageKind]


async def read_storage(info: Info) -> Storage:
    """The storage as it is now."""
    return await info.context.threads.run(_read, info.context.adapters)


def _read(adapters: Adapters) -> Storage:
    usage = usage_view(adapters.engine, adapters.storage)
    room = adapters.room()
    disk = shutil.disk_usage(adapters.storage).total
    return Storage(
        usage=usage,
        total_bytes=BigInt(disk if room.quota is None else min(disk, room.quota)),
        free_bytes=BigInt(room.free(used=usage.used)),
        reserved_bytes=BigInt(room.promised),
    )
