"""What referenceDataset and releaseDataset are given, and the commands that it becomes."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, together
from api.inputs import EXPECTED, KEY
from domain.errors import Refused
from domain.reference_commands import ReferenceDataset, ReleaseDataset

REFERENCE = (
    "What uses it, by a name of yours (`training/42`): from 1 to 200 letters, digits and `-._:/@#=+`, the first of "
    "which is a letter or a digit. Names are told apart letter by letter."
)


@strawberry.input(description="A dataset that something outside of this service uses.")
class ReferenceDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    reference: str = strawberry.field(description=REFERENCE)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return _refusals(self.reference, self.idempotency_key)

    def command(self, dataset_id: str) -> ReferenceDataset:
        """The command, once nothing is wrong."""
        return ReferenceDataset(dataset_id=dataset_id, reference=self.reference)


@strawberry.input(description="A dataset that something outside of this service uses no more.")
class ReleaseDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    reference: str = strawberry.field(description="What has used it, by the name that referenceDataset was given.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return _refusals(self.reference, self.idempotency_key)

    def command(self, dataset_id: str) -> ReleaseDataset:
        """The command, once nothing is wrong."""
        return ReleaseDataset(dataset_id=dataset_id, reference=self.reference)


def _refusals(reference: str, key: str | None) -> list[Refused]:
    return together(checked(reference, checks.reference, "reference"), checked(key, checks.key, "idempotencyKey"))
