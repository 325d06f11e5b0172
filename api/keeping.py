"""What can be asked for that keeps things, or lets them go."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.bulk import DeleteDatasetsPayload, delete_datasets
from api.bulk_inputs import DeleteDatasetsInput
from api.context import Info
from api.deleting_inputs import DeleteTokenizationInput
from api.fields import mutation
from api.keeping_payloads import DeleteTokenizationPayload, ReferenceDatasetPayload, ReleaseDatasetPayload
from api.payloads import Prepared, carry_out, carry_out_on_dataset
from api.prepared import row_of
from api.reference_inputs import ReferenceDatasetInput, ReleaseDatasetInput
from domain.trash import purge_job_id

What = strawberry.argument(description="What is asked for.")
DeleteMany = Annotated[DeleteDatasetsInput, What]
DeleteTokens = Annotated[DeleteTokenizationInput, What]
Reference = Annotated[ReferenceDatasetInput, What]
Release = Annotated[ReleaseDatasetInput, What]


@strawberry.type
class Keeping:
    @mutation(
        "Say that something outside of this service uses a dataset, so that it is not deleted until that is released. "
        "What is said already is no change."
    )
    async def reference_dataset(self, info: Info, input: Reference) -> ReferenceDatasetPayload:
        return await carry_out_on_dataset(info, ReferenceDatasetPayload, input)

    @mutation("Say that something uses a dataset no more. What was never said, or is taken back already, is no change.")
    async def release_dataset(self, info: Info, input: Release) -> ReleaseDatasetPayload:
        return await carry_out_on_dataset(info, ReleaseDatasetPayload, input)

    @mutation(
        "Remove the tokens of a dataset, and all exports of them. They are gone at once, so the same can be made anew; "
        "a job removes their files. While the job that makes them, or one that exports them, is not over, they are in "
        "use: cancel it, or wait."
    )
    async def delete_tokenization(self, info: Info, input: DeleteTokens) -> DeleteTokenizationPayload:
        async def prepare() -> Prepared:
            row = await row_of(info.context.tokenizations, "Tokenization", input.tokenization_id, "tokenizationId")
            ids = {"tokenization": row["id"], "dataset": row["dataset_id"], "job": purge_job_id(row["id"])}
            return input.command(ids), ids

        return await carry_out(info, DeleteTokenizationPayload, input, prepare)

    @mutation(
        "Move datasets to the trash, or with `purge` remove them for good; with `dryRun` only tell what would go. What "
        "cannot go is told in `refused`, and all others go, at once or not at all."
    )
    async def delete_datasets(self, info: Info, input: DeleteMany) -> DeleteDatasetsPayload:
        return await delete_datasets(info, input)
