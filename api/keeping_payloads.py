"""What mutations answer that keep things, or let them go."""

from __future__ import annotations

import strawberry
from strawberry import ID

from api.context import Info
from api.fields import resolved
from api.ids import global_id
from api.payloads import Payload
from api.types import Dataset, Job, dataset, job, one


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


@strawberry.type(description="What came of deleteTokenization.")
class DeleteTokenizationPayload(Payload):
    @resolved("The id that the tokenization had.")
    def tokenization_id(self) -> ID | None:
        key = self.objects.get("tokenization")
        return None if key is None else global_id("Tokenization", key)

    @resolved("The job that removes its files, as it is now.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.objects.get("job"), job)

    @resolved("The dataset, as it is now.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.objects.get("dataset"), dataset)
