"""What a tokenization says of itself: what was asked, where it stands, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from api.connections import asked
from api.context import Info
from api.enums import TokenizationStatus
from api.fields import resolved
from api.scalars import BigInt
from api.skipped import SkippedSample, read_skipped
from api.statistics import TokenStatistics, Top, token_statistics_of
from api.values import JobError, TokenizationRecipe, error_of, recipe_of
from domain.adapters.views import RUNNING, Row


@strawberry.type
class Tokenized:
    row: strawberry.Private[Row]
    dataset_name: str = strawberry.field(description="The name of its dataset.")
    status: TokenizationStatus = strawberry.field(description="Where it stands.")
    tokenizer: str = strawberry.field(description="The tokenizer, as it was asked for.")
    tokenizer_commit: str | None = strawberry.field(
        description="The commit, or hash of the files, that it is fixed to."
    )
    recipe_hash: str = strawberry.field(description="Equal for equal work.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    size_bytes: BigInt | None = strawberry.field(description="How large it is on disk, once it is ready.")

    @resolved("What is done with the texts.")
    def recipe(self) -> TokenizationRecipe:
        return recipe_of(self.row)

    @resolved("The folder for `datasets.load_from_disk`, once it is ready.")
    def path(self, info: Info) -> str | None:
        folder = info.context.folder(self.row)
        return None if folder is None else str(folder)

    @resolved("Why it has failed, while it is FAILED.")
    def error(self) -> JobError | None:
        return error_of(self.row)

    @resolved(
        "Figures of its tokens: while it runs of the shards that are done, once it is ready of them all. What tokens "
        "say comes at the end: until then `topTokens` and `specialTokens` are empty. So do the sequences of mode PACK, "
        "which are cut from the whole stream: until then its source tokens grow."
    )
    async def statistics(self, info: Info) -> TokenStatistics | None:
        context, row = info.context, self.row
        found = await context.token_statistics.load(row["id"])
        if found is None and self.status in RUNNING:
            found = await context.threads.run_once(context.live.of_run, row["dataset_id"], row["job_id"])
        return None if found is None else token_statistics_of(found)

    @resolved("Samples that could not be tokenized, once it is ready; statistics say how many there are.")
    async def skipped(self, info: Info, first: Top = UNSET) -> list[SkippedSample]:
        most, folder = asked(first, None, None, None).limit, info.context.folder(self.row)
        return [] if folder is None else await info.context.threads.run(read_skipped, folder, most)


def tokenized_fields(row: Row) -> dict[str, Any]:
    """The fields of a row's tokenization."""
    return {
        "row": row,
        "dataset_name": row["dataset_name"],
        "status": TokenizationStatus(row["status"]),
        "tokenizer": row["tokenizer"],
        "tokenizer_commit": row["tokenizer_commit"],
        "recipe_hash": row["recipe_hash"],
        "created_at": row["created_at"],
        "size_bytes": row["size_bytes"],
    }
