"""What deleteTokenization is given, and the command that it becomes."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, together
from api.inputs import EXPECTED, KEY
from domain.errors import Refused
from domain.tokenization_commands import DeleteTokenization


@strawberry.input(description="A tokenization that is no longer wanted.")
class DeleteTokenizationInput:
    tokenization_id: ID = strawberry.field(description="The tokenization.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))

    def command(self, ids: Mapping[str, str]) -> DeleteTokenization:
        """The command, once nothing is wrong; `ids` are those that it touches."""
        return DeleteTokenization(dataset_id=ids["dataset"], tokenization_id=ids["tokenization"])
