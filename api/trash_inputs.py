"""What deleteDataset and restoreDataset are given, and the commands that it becomes."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, together
from api.inputs import EXPECTED, KEY
from api.plain import given_or
from domain.errors import Refused
from domain.trash_commands import DeleteDataset, RestoreDataset

PURGE = (
    "Do not keep it in the trash: remove its files, its tokenizations and their exports, at last the dataset itself."
    " There is no way back. Of what is in the trash already, this removes it."
)


@strawberry.input(description="A dataset that is no longer wanted.")
class DeleteDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    purge: bool | None = strawberry.field(default=UNSET, description=PURGE)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))

    def command(self, dataset_id: str) -> DeleteDataset:
        """The command, once nothing is wrong."""
        return DeleteDataset(dataset_id=dataset_id, purge=given_or(self.purge, False))


@strawberry.input(description="A dataset to bring back from the trash.")
class RestoreDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))

    def command(self, dataset_id: str) -> RestoreDataset:
        """The command, once nothing is wrong."""
        return RestoreDataset(dataset_id=dataset_id)
