"""What deleteDatasets is given."""

from __future__ import annotations

from collections.abc import Iterator

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, given, refuse, together
from api.filters import DatasetFilter
from api.inputs import KEY
from domain.errors import Refused

MOST_IDS = 100
WHICH = "Say which datasets by `datasetIds` or by a `filter`: one of them, not both."
EVERYTHING = "This filter leaves nothing out: say by it which datasets are meant, like `status`, `unused` or `tags`."
FILTER = (
    "All datasets that it finds, 500 at most. One that leaves nothing out is refused. Those in the trash are found by "
    "`status: [TRASHED]` alone: with `purge` this empties it."
)
PURGE = "Do not keep them in the trash: remove them for good, as deleteDataset does. There is no way back."
DRY_RUN = "Only tell what would go, how many bytes that is, and what would be refused. Nothing is done or remembered."


@strawberry.input(description="Datasets that are no longer wanted: by `datasetIds`, or by a `filter`.")
class DeleteDatasetsInput:
    dataset_ids: list[ID] | None = strawberry.field(default=UNSET, description="The datasets, 100 at most.")
    filter: DatasetFilter | None = strawberry.field(default=UNSET, description=FILTER)
    purge: bool | None = strawberry.field(default=UNSET, description=PURGE)
    dry_run: bool | None = strawberry.field(default=UNSET, description=DRY_RUN)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(self._which(), self._filter(), checked(self.idempotency_key, checks.key, "idempotencyKey"))

    def _which(self) -> Iterator[Refused]:
        if given(self.dataset_ids) == given(self.filter):
            yield refuse(WHICH, "datasetIds")
        elif (self.dataset_ids and len(self.dataset_ids) > MOST_IDS) or self.dataset_ids == []:
            yield refuse(f"Name from 1 to {MOST_IDS} datasets.", "datasetIds")

    def _filter(self) -> Iterator[Refused]:
        if not self.filter:
            return
        refusals = self.filter.refusals()
        for refused in refusals:
            yield Refused(refused.code, refused.message, "filter", *refused.path)
        if not refusals and self.filter.is_open:
            yield refuse(EVERYTHING, "filter")
