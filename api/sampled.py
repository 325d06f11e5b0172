"""The rows of a dataset, as a field of it."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from api.connections import DEFAULT_SAMPLES, After, Before, First, Last, asked
from api.context import Info
from api.fields import resolved
from api.sample_connection import SampleConnection
from api.sample_filters import Filter, OrderBy
from api.sample_pages import read_samples
from api.scalars import BigInt
from domain.adapters.views import Row

At = Annotated[
    BigInt | None,
    strawberry.argument(description="Begin at this row of the result, from 0 on. Not with a cursor or `last`."),
]


@strawberry.type
class Sampled:
    row: strawberry.Private[Row]

    @resolved(
        "Its rows, or those that a filter finds. None until it is ready, and then a row is found by search, words or "
        "tokens once it is indexed."
    )
    async def samples(  # noqa: PLR0913, PLR0917  the contract's arguments
        self,
        info: Info,
        filter: Filter = UNSET,
        order_by: OrderBy = UNSET,
        at: At = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> SampleConnection:
        page = asked(first, after, last, before, DEFAULT_SAMPLES)
        return await read_samples(info, self.row, filter, order_by, at, page)
