"""What can be asked for that keeps things, or lets them go."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.fields import mutation
from api.keeping_payloads import ReferenceDatasetPayload, ReleaseDatasetPayload
from api.payloads import Prepared, carry_out
from api.prepared import dataset_key
from api.reference_inputs import ReferenceDatasetInput, ReleaseDatasetInput

What = strawberry.argument(description="What is asked for.")
Reference = Annotated[ReferenceDatasetInput, What]
Release = Annotated[ReleaseDatasetInput, What]


@strawberry.type
class Keeping:
    @mutation(
        "Say that something outside of this service uses a dataset, so that it is not deleted until that is released. "
        "What is said already is no change."
    )
    async def reference_dataset(self, info: Info, input: Reference) -> ReferenceDatasetPayload:
        async def prepare() -> Prepared:
            command = input.command(dataset_key(input.dataset_id))
            return command, {"dataset": command.dataset_id}

        return await carry_out(info, ReferenceDatasetPayload, input, prepare)

    @mutation("Say that something uses a dataset no more. What was never said, or is taken back already, is no change.")
    async def release_dataset(self, info: Info, input: Release) -> ReleaseDatasetPayload:
        async def prepare() -> Prepared:
            command = input.command(dataset_key(input.dataset_id))
            return command, {"dataset": command.dataset_id}

        return await carry_out(info, ReleaseDatasetPayload, input, prepare)
