"""What mutations answer that keep things, or let them go."""

from __future__ import annotations

import strawberry

from api.context import Info
from api.fields import resolved
from api.payloads import Payload
from api.types import Dataset, dataset, one


@strawberry.type(description="What came of referenceDataset.")
class ReferenceDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)


@strawberry.type(description="What came of releaseDataset.")
class ReleaseDatasetPayload(Payload):
    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)
