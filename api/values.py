"""Plain values that datasets, jobs and tokenizations are described with. All are made from rows and JSON."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, TypeVar, Union, cast

import strawberry
from strawberry import ID
from strawberry.utils.str_converters import to_camel_case

from api.enums import OnError, Padding, ProgressUnit, SequenceMode, Tail
from api.scalars import BigInt
from domain.adapters.views import Row, RunProgress
from domain.errors import ErrorCode
from domain.jobs import JobKind
from domain.recipe import completed

T = TypeVar("T")


def from_json(kind: type[T], values: Mapping[str, Any], **known: Any) -> T:
    """A value of the kind from JSON that has the schema's field names; `known` are the fields that are not in it."""
    return kind(
        **{field: values.get(name) for field, name in _names(cast("Hashable", kind)) if field not in known}, **known
    )


@lru_cache
def _names(kind: Any) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, to_camel_case(field.name)) for field in fields(kind) if field.init)


@strawberry.type(description="A run of a job: one attempt at it, from a request to its end.")
class EventRun:
    job_id: ID = strawberry.field(description="The job.")
    kind: JobKind = strawberry.field(description="What the job does.")
    attempt: int = strawberry.field(description="Which attempt it was, from 1 on: each retry begins another.")


@strawberry.type(
    description="A repository of the Hugging Face Hub, as it was asked for, and the commit it is fixed to."
)
class HubSource:
    repository: str = strawberry.field(description='The repository, as "owner/name" or "name".')
    revision: str = strawberry.field(description="The branch, tag or commit that was asked for.")
    commit: str | None = strawberry.field(description="The commit that the download is fixed to, once it has begun.")
    config: str | None = strawberry.field(
        description="The config that was asked for; null: the repository's own choice."
    )
    splits: list[str] | None = strawberry.field(description="The splits that were asked for; null: all.")
    files: list[str] | None = strawberry.field(
        description="The globs of the files that were asked for; null: those of the config."
    )
    max_rows: BigInt | None = strawberry.field(
        description="How many rows of each split were asked for, from its front; null: all. Not null: it is a part."
    )
    max_bytes: BigInt | None = strawberry.field(
        description="How many bytes of the files were asked for, from their front; null: all. Not null: it is a part."
    )


@strawberry.type(description="A file that was sent here.")
class UploadSource:
    file_name: str = strawberry.field(description="What its sender calls it.")
    format: str = strawberry.field(
        description="What it was found to be: csv, tsv, json, jsonl, txt, parquet or arrow, with .gz or .zst where it"
        " is packed so; else unknown."
    )
    size_bytes: BigInt = strawberry.field(description="How large it is, as it was sent.")
    sha256: str = strawberry.field(description="The SHA-256 of it, as it was sent, in hexadecimal digits.")


@strawberry.type(description="Files of this machine.")
class ImportSource:
    path: str = strawberry.field(description="The file or folder, as a path below MISTUDIO_IMPORTS.")
    format: str = strawberry.field(description="What they were found to be, as for an upload; of a folder, all alike.")
    size_bytes: BigInt = strawberry.field(description="How large they were when they were asked for.")


DatasetSource = Annotated[
    Union[HubSource, UploadSource, ImportSource],  # noqa: UP007  as Strawberry needs it at run time
    strawberry.union("DatasetSource", description="Where a dataset came from."),
]


def source_of(row: Row) -> HubSource | UploadSource | ImportSource:
    """Where the dataset of a row came from."""
    if row["source"]["kind"] == "UPLOAD":
        return from_json(UploadSource, row["source"])
    if row["source"]["kind"] == "IMPORT":
        return from_json(ImportSource, row["source"])
    return from_json(HubSource, row["source"], commit=row["commit"])


@strawberry.type(description="A part of a dataset, as its source names it.")
class Split:
    name: str = strawberry.field(description="The name of the split.")
    row_count: BigInt = strawberry.field(description="How many rows it has.")
    size_bytes: BigInt = strawberry.field(description="How large it is on disk.")


@strawberry.type(description="A column of a dataset.")
class Column:
    name: str = strawberry.field(description="The name of the column.")
    type: str = strawberry.field(description="What it holds, as `datasets` names types.")
    is_text: bool = strawberry.field(description="Whether it holds text and can be tokenized.")


@strawberry.type(description="How far work has come.")
class Progress:
    fraction: float | None = strawberry.field(description="From 0 to 1; null where the end is not known.")
    done: BigInt = strawberry.field(description="How much is done.")
    total: BigInt | None = strawberry.field(description="How much there is to do; null where it is not known.")
    unit: ProgressUnit = strawberry.field(description="What is counted.")
    rate_per_second: float | None = strawberry.field(description="How much is done in a second; null at the beginning.")
    seconds_left: float | None = strawberry.field(description="How long it will take at this rate.")
    updated_at: datetime = strawberry.field(description="When this was so.")


def progress_of(run: RunProgress | None) -> Progress | None:
    """The progress of a run as clients see it; None stays None."""
    if run is None:
        return None
    left = None if run.total is None else max(0, run.total - run.done)
    return Progress(
        fraction=min(1.0, run.done / run.total) if run.total else None,
        done=BigInt(run.done),
        total=None if run.total is None else BigInt(run.total),
        unit=ProgressUnit(run.unit),
        rate_per_second=run.rate,
        seconds_left=left / run.rate if left is not None and run.rate else None,
        updated_at=run.updated_at,
    )


@strawberry.type(description="Why work has failed, and what to do next.")
class JobError:
    code: ErrorCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(description="What went wrong and what to do, for a person.")
    retryable: bool = strawberry.field(description="Whether the same may succeed later.")
    error_id: str | None = strawberry.field(description="Under what the log has the trace of a fault of this service.")


def error_of(row: Row) -> JobError | None:
    """The error of a row, or None where it has none."""
    return error_from(row["error"])


def error_from(error: Mapping[str, Any] | None) -> JobError | None:
    """The error of its JSON; None stays None."""
    return None if error is None else from_json(JobError, error, code=ErrorCode(error["code"]))


@strawberry.type(
    description="What a tokenization does with texts. What depends on its tokenizer is filled in when it begins; what"
    " its mode does not have is null."
)
class TokenizationRecipe:
    mode: SequenceMode = strawberry.field(description="How texts become sequences.")
    max_length: int | None = strawberry.field(description="The longest sequence, in tokens; null until it has begun.")
    stride: int | None = strawberry.field(
        description="How many tokens a sequence has in common with the one before it."
    )
    padding: Padding = strawberry.field(description="How short sequences are filled up.")
    pad_token: str | None = strawberry.field(description="The token to pad with; null where nothing is padded.")
    add_special_tokens: bool = strawberry.field(description="Whether the tokenizer adds its special tokens.")
    begin_token: str | None = strawberry.field(description="The token that every sequence begins with.")
    end_of_document_token: str | None = strawberry.field(description="The token that ends every text.")
    separator_token: str | None = strawberry.field(description="The token between one text and the next.")
    tail: Tail | None = strawberry.field(description="What becomes of the last tokens of a split.")
    text_columns: list[str] | None = strawberry.field(description="The columns that are read; null until it has begun.")
    template: str | None = strawberry.field(description="How the text columns become one text.")
    chat_column: str | None = strawberry.field(description="The column of conversations that is read instead.")
    splits: list[str] | None = strawberry.field(description="The splits that are tokenized; null: all.")
    min_tokens: int = strawberry.field(description="Texts of fewer tokens are left out.")
    on_error: OnError = strawberry.field(description="What is done with a text that cannot be tokenized.")


def recipe_of(row: Row) -> TokenizationRecipe:
    """The recipe of a tokenization's or preset's row, with the defaults of what was not asked for."""
    whole = completed(row["recipe"])
    return from_json(
        TokenizationRecipe,
        whole,
        mode=SequenceMode(whole["mode"]),
        padding=Padding(whole["padding"]),
        tail=None if whole["tail"] is None else Tail(whole["tail"]),
        on_error=OnError(whole["onError"]),
    )
