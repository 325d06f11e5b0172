"""What mutations are given, and the commands that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, checked_list, given, refuse, together
from api.enums import ExportFormat, OnError
from api.plain import given_or
from api.recipes import TokenizationRecipeInput, recipe_over
from api.scalars import BigInt
from domain.commands import DownloadDataset
from domain.errors import Refused
from domain.index_commands import IndexDataset
from domain.tokenization_commands import ExportTokenization, TokenizeDataset

KEY = (
    "Makes the mutation have one effect however often it is sent: a name of your own, remembered for 24 hours. Over"
    " HTTP it may come as the header Idempotency-Key instead."
)
READS_IT = "A token of the Hub that may read it. It is kept encrypted until the job is over, a day at most."
EXPECTED = "Refuse when the dataset is not at this version any more."
LARGEST_INT = 2**31 - 1
TOKENIZER = (
    '"owner/name" or "name" from the Hub, "file:<path>" below MISTUDIO_TOKENIZERS, or "builtin:byt5"; that of the'
    " preset when left out."
)
NO_TOKENIZER = "Name a tokenizer, or a preset that has one."

FILES = (
    "Globs of the files to take, instead of config and splits, as `data_files` of `datasets` has them: `**` stands for"
    " any folders. All of them are of one format, and their rows become the split `train`."
)
MAX_ROWS = "At most so many rows of each split, from its front. Only the bytes that they need are fetched."
MAX_BYTES = (
    "At most so many bytes of the files, from their front, cut after whole rows (of parquet, row groups). The splits"
    " get equal shares; what a small one leaves goes to the others."
)


@strawberry.input(description="A dataset whose text is to be made searchable anew.")
class IndexDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))

    def command(self, dataset_id: str, job_id: str) -> IndexDataset:
        """The command, once nothing is wrong."""
        return IndexDataset(dataset_id=dataset_id, job_id=job_id)


@strawberry.input(description="A dataset to bring from the Hub.")
class DownloadDatasetInput:
    repository: str = strawberry.field(description='The repository, as "owner/name" or "name".')
    revision: str | None = strawberry.field(default=UNSET, description='A branch, tag or commit; "main" when left out.')
    config: str | None = strawberry.field(default=UNSET, description="A config; the repository's choice when left out.")
    splits: list[str] | None = strawberry.field(default=UNSET, description="The splits; all when left out.")
    files: list[str] | None = strawberry.field(default=UNSET, description=FILES)
    max_rows: BigInt | None = strawberry.field(default=UNSET, description=MAX_ROWS)
    max_bytes: BigInt | None = strawberry.field(default=UNSET, description=MAX_BYTES)
    name: str | None = strawberry.field(default=UNSET, description="What to call it; the repository when left out.")
    text_column: str | None = strawberry.field(
        default=UNSET,
        description="The column to read as text; when left out `text`, `content`, `document`, else the longest.",
    )
    tags: list[str] | None = strawberry.field(default=UNSET, description="Words to find it by.")
    on_error: OnError | None = strawberry.field(
        default=UNSET, description="What to do with rows that cannot be read: FAIL. What is skipped is counted."
    )
    allow_duplicate: bool | None = strawberry.field(
        default=UNSET, description="Bring it here even if the same is here already."
    )
    access_token: str | None = strawberry.field(default=UNSET, description=READS_IT)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(
            checked(self.repository, checks.repository, "repository"),
            checked(self.revision, checks.revision, "revision"),
            checked(self.config, checks.config, "config"),
            checked_list(self.splits, checks.split, checks.NAME_LIST_LENGTH, "splits"),
            checked_list(self.files, checks.glob, checks.NAME_LIST_LENGTH, "files"),
            checks.instead(self.files, {"config": self.config, "splits": self.splits}, "files"),
            checks.at_least_one(self.max_rows, "row", "maxRows"),
            checks.at_least_one(self.max_bytes, "byte", "maxBytes"),
            checked(self.name, checks.name, "name"),
            checked(self.text_column, checks.name, "textColumn"),
            checked_list(self.tags or UNSET, checks.tag, checks.TAGS, "tags"),
            checked(self.access_token, checks.token, "accessToken"),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )

    def command(self, dataset_id: str, job_id: str) -> DownloadDataset:
        """The command, once nothing is wrong."""
        return DownloadDataset(
            dataset_id=dataset_id,
            job_id=job_id,
            repository=self.repository,
            revision=given_or(self.revision, "main"),
            config=given_or(self.config, None),
            splits=given_or(self.splits, None),
            files=given_or(self.files, None),
            max_rows=given_or(self.max_rows, None),
            max_bytes=given_or(self.max_bytes, None),
            name=given_or(self.name, None),
            text_column=given_or(self.text_column, None),
            tags=tuple(dict.fromkeys(given_or(self.tags, []))),
            allow_duplicate=given_or(self.allow_duplicate, False),
            on_error=given_or(self.on_error, OnError.FAIL).value,
        )


@strawberry.input(description="A ready dataset to tokenize.")
class TokenizeDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    tokenizer: str | None = strawberry.field(default=UNSET, description=TOKENIZER)
    revision: str | None = strawberry.field(
        default=UNSET, description='A branch, tag or commit of a tokenizer from the Hub; "main" when left out.'
    )
    preset_id: ID | None = strawberry.field(
        default=UNSET, description="A preset, whose tokenizer and recipe stand where these say nothing."
    )
    recipe: TokenizationRecipeInput | None = strawberry.field(default=UNSET, description="What to do with the texts.")
    access_token: str | None = strawberry.field(default=UNSET, description=READS_IT)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        is_alone = not given(self.preset_id)
        return together(
            checked(self.tokenizer, checks.tokenizer, "tokenizer"),
            [refuse(NO_TOKENIZER, "tokenizer")] if is_alone and not given(self.tokenizer) else [],
            checked(self.revision, checks.revision, "revision"),
            self._misplaced_revision(self.tokenizer),
            (self.recipe.all_refusals() if is_alone else self.recipe.refusals()) if self.recipe else [],
            checked(self.access_token, checks.token, "accessToken"),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )

    def command(self, ids: Mapping[str, str], preset: Mapping[str, Any] | None) -> TokenizeDataset:
        """The command, once nothing is wrong; `preset` is the row of the one that was named. Raises Refused."""
        tokenizer = given_or(self.tokenizer, preset["tokenizer"] if preset else None)
        if tokenizer is None:
            raise refuse(NO_TOKENIZER, "tokenizer")
        for refusal in self._misplaced_revision(tokenizer):
            raise refusal
        return TokenizeDataset(
            dataset_id=ids["dataset"],
            tokenization_id=ids["tokenization"],
            job_id=ids["job"],
            tokenizer=tokenizer,
            revision=given_or(self.revision, None),
            recipe=recipe_over(self.recipe, preset["recipe"] if preset else {}),
        )

    def _misplaced_revision(self, tokenizer: str | None) -> list[Refused]:
        is_misplaced = given(self.revision) and isinstance(tokenizer, str) and not checks.has_revisions(tokenizer)
        return [refuse("Only a tokenizer of the Hub has revisions: leave it out.", "revision")] if is_misplaced else []


@strawberry.input(description="A ready tokenization to write as files.")
class ExportTokenizationInput:
    tokenization_id: ID = strawberry.field(description="The tokenization.")
    format: ExportFormat = strawberry.field(description="What files to write.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))

    def command(self, ids: Mapping[str, str]) -> ExportTokenization:
        """The command, once nothing is wrong; the ids by the names of the payload."""
        return ExportTokenization(
            dataset_id=ids["dataset"],
            tokenization_id=ids["tokenization"],
            export_id=ids["export"],
            job_id=ids["job"],
            format=self.format.value,
        )


@strawberry.input(description="A job to stop.")
class CancelJobInput:
    job_id: ID = strawberry.field(description="The job.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))


@strawberry.input(description="A job that failed or was cancelled, to be done after all.")
class RetryJobInput:
    job_id: ID = strawberry.field(description="The job.")
    access_token: str | None = strawberry.field(default=UNSET, description=READS_IT)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(
            checked(self.access_token, checks.token, "accessToken"),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )
