"""What mutations are given, and the commands that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, checked_list, given, refuse, together
from api.enums import ExportFormat, OnError, SequenceMode
from api.scalars import BigInt
from domain.adapters.uploads import UploadedFile
from domain.commands import DownloadDataset, ExportTokenization, TokenizeDataset
from domain.errors import Refused

V = TypeVar("V")

KEY = (
    "Makes the mutation have one effect however often it is sent: a name of your own, remembered for 24 hours. Over"
    " HTTP it may come as the header Idempotency-Key instead."
)
READS_IT = "A token of the Hub that may read it. It is kept encrypted until the job is over, a day at most."
EXPECTED = "Refuse when the dataset is not at this version any more."
LARGEST_INT = 2**31 - 1

FILES = (
    "Globs of the files to take, instead of config and splits, as `data_files` of `datasets` has them: `**` stands for"
    " any folders. All of them are of one format, and their rows become the split `train`."
)
MAX_ROWS = "At most so many rows of each split, from its front. Only the bytes that they need are fetched."
MAX_BYTES = (
    "At most so many bytes of the files, from their front, cut after whole rows (of parquet, row groups). The splits"
    " get equal shares; what a small one leaves goes to the others."
)


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
            revision=_or(self.revision, "main"),
            config=_or(self.config, None),
            splits=_or(self.splits, None),
            files=_or(self.files, None),
            max_rows=_or(self.max_rows, None),
            max_bytes=_or(self.max_bytes, None),
            name=_or(self.name, None),
            text_column=_or(self.text_column, None),
            tags=tuple(dict.fromkeys(_or(self.tags, []))),
            allow_duplicate=_or(self.allow_duplicate, False),
            on_error=_or(self.on_error, OnError.FAIL).value,
        )


@strawberry.input(description="What to do with the texts. What is left out has the default that is named.")
class TokenizationRecipeInput:
    mode: SequenceMode | None = strawberry.field(default=UNSET, description="How texts become sequences: TRUNCATE.")
    max_length: int | None = strawberry.field(
        default=UNSET, description="The longest sequence, in tokens; the tokenizer's own when left out."
    )
    add_special_tokens: bool | None = strawberry.field(
        default=UNSET, description="Whether the tokenizer adds its special tokens: true."
    )
    splits: list[str] | None = strawberry.field(default=UNSET, description="The splits; all when left out.")

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        short = self.max_length is not UNSET and self.max_length is not None and self.max_length < 1
        return together(
            [refuse("A sequence has at least 1 token.", "recipe", "maxLength")] if short else [],
            checked_list(self.splits, checks.split, checks.NAME_LIST_LENGTH, "recipe", "splits"),
        )


@strawberry.input(description="A ready dataset to tokenize.")
class TokenizeDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    tokenizer: str = strawberry.field(
        description='"owner/name" or "name" from the Hub, "file:<path>" below MISTUDIO_TOKENIZERS, or "builtin:byt5".'
    )
    revision: str | None = strawberry.field(
        default=UNSET, description='A branch, tag or commit of a tokenizer from the Hub; "main" when left out.'
    )
    recipe: TokenizationRecipeInput | None = strawberry.field(default=UNSET, description="What to do with the texts.")
    access_token: str | None = strawberry.field(default=UNSET, description=READS_IT)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        misplaced = given(self.revision) and not checks.has_revisions(self.tokenizer)
        return together(
            checked(self.tokenizer, checks.tokenizer, "tokenizer"),
            checked(self.revision, checks.revision, "revision"),
            [refuse("Only a tokenizer of the Hub has revisions: leave it out.", "revision")] if misplaced else [],
            self.recipe.refusals() if self.recipe else [],
            checked(self.access_token, checks.token, "accessToken"),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )

    def command(self, dataset_id: str, tokenization_id: str, job_id: str) -> TokenizeDataset:
        """The command, once nothing is wrong."""
        return TokenizeDataset(
            dataset_id=dataset_id,
            tokenization_id=tokenization_id,
            job_id=job_id,
            tokenizer=self.tokenizer,
            revision=_or(self.revision, None),
            recipe=plain(self.recipe) if self.recipe else {},
        )


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


def plain(value: Any) -> Any:
    """An input as JSON with the schema's names, without what was left out."""
    if isinstance(value, UploadedFile):
        return value.told()
    if is_dataclass(value):
        named = ((_camel(field.name), getattr(value, field.name)) for field in fields(value))
        return {name: plain(item) for name, item in named if given(item)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _or(value: V | None, default: V) -> V:
    return default if value is UNSET or value is None else value
