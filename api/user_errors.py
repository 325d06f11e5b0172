"""What was refused, as data of the payload: typed, expected, never masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from api.context import Info
from api.fields import resolved
from api.ids import global_id
from api.scalars import BigInt
from api.types import Dataset, Tokenization, dataset, one, tokenization
from domain.dataset import dataset_id_of
from domain.errors import ClaimTaken, Conflict, ErrorCode, Refused
from domain.preset import NAME_CLAIM


@strawberry.interface(description="Why something was refused.")
class UserError:
    message: str = strawberry.field(description="What is wrong and what to do, for a person.")
    code: ErrorCode = strawberry.field(description="The kind of refusal, for a program.")
    path: list[str] = strawberry.field(description="The field of the input at fault; empty where it is none.")


@strawberry.type(description="An input cannot be used; `path` names it.")
class InvalidInputError(UserError):
    pass


@strawberry.type(description="There is nothing with this id.")
class NotFoundError(UserError):
    pass


@strawberry.type(description="What was asked does not follow from where the job or dataset stands.")
class InvalidTransitionError(UserError):
    status: str = strawberry.field(description="Where it stands.")


@strawberry.type(description="The dataset or preset is not at the version that was expected.")
class VersionConflictError(UserError):
    current_version: int = strawberry.field(description="The version that it is at.")


@strawberry.type(
    description="The same data is here already. With `allowDuplicate` it is brought here once more; an upload that has"
    " become a dataset is sent again."
)
class DuplicateDatasetError(UserError):
    dataset_id: strawberry.Private[str]

    @resolved("The dataset that is here; null where it has gone meanwhile.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.dataset_id, dataset)


@strawberry.type(description="The same tokens of this dataset are made or here already.")
class DuplicateTokenizationError(UserError):
    tokenization_id: strawberry.Private[str]

    @resolved("The tokenization that is here; null where it has gone meanwhile.")
    async def tokenization(self, info: Info) -> Tokenization | None:
        return await one(info.context.tokenizations, self.tokenization_id, tokenization)


@strawberry.type(description="Something still uses it.")
class InUseError(UserError):
    used_by: list[str] = strawberry.field(
        description="What uses it: the ids of the jobs that are not over, and the references that are not released."
    )


@strawberry.type(description="The idempotency key was used before, for something else.")
class IdempotencyKeyReusedError(UserError):
    pass


@strawberry.type(description="There is no room for it in the storage.")
class InsufficientStorageError(UserError):
    needed_bytes: BigInt = strawberry.field(description="How much room it needs.")
    free_bytes: BigInt = strawberry.field(description="How much there is.")


@strawberry.type(description="Not all of the upload has come yet.")
class UploadIncompleteError(UserError):
    offset: BigInt = strawberry.field(description="How many bytes have come.")
    length: BigInt = strawberry.field(description="How many it has.")


@strawberry.type(description="Others changed the same thing, time and again. Nothing was done: ask again.")
class TryAgainError(UserError):
    pass


TYPES: Mapping[ErrorCode, type[UserError]] = {
    ErrorCode.NOT_FOUND: NotFoundError,
    ErrorCode.VERSION_CONFLICT: VersionConflictError,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: IdempotencyKeyReusedError,
}
USER_ERRORS = (
    InvalidInputError,
    NotFoundError,
    InvalidTransitionError,
    VersionConflictError,
    DuplicateDatasetError,
    DuplicateTokenizationError,
    InUseError,
    InsufficientStorageError,
    IdempotencyKeyReusedError,
    TryAgainError,
    UploadIncompleteError,
)


def user_error(refusal: Refused | ClaimTaken | Conflict) -> UserError:
    """The refusal as clients see it."""
    if isinstance(refusal, ClaimTaken):
        return _claim_taken(refusal)
    if isinstance(refusal, Conflict):
        message = "Others are changing the same just now, and nothing was done: ask again."
        return TryAgainError(message=message, code=ErrorCode.TRY_AGAIN, path=[])
    return _refused(refusal, {"message": refusal.message, "code": refusal.code, "path": list(refusal.path)})


def _refused(refusal: Refused, given: Mapping[str, Any]) -> UserError:
    """Of the type that has a place for the extra facts of the refusal."""
    facts: Mapping[str, Any] = refusal.details
    if "status" in facts:
        return InvalidTransitionError(**given, status=str(facts["status"]))
    if "dataset" in facts:
        return DuplicateDatasetError(**given, dataset_id=str(facts["dataset"]))
    if "tokenization" in facts:
        return DuplicateTokenizationError(**given, tokenization_id=str(facts["tokenization"]))
    if "jobs" in facts:
        jobs = [global_id("Job", job_id) for job_id in facts["jobs"]]
        return InUseError(**given, used_by=[*jobs, *facts.get("references", ())])
    return _measured(refusal, given)


def _measured(refusal: Refused, given: Mapping[str, Any]) -> UserError:
    """Those whose extra facts are numbers, and those that have none."""
    numbers = {name: int(str(value)) for name, value in refusal.details.items()}
    if refusal.code == ErrorCode.INSUFFICIENT_STORAGE:
        needed, free = BigInt(numbers["neededBytes"]), BigInt(numbers["freeBytes"])
        return InsufficientStorageError(**given, needed_bytes=needed, free_bytes=free)
    if refusal.code == ErrorCode.UPLOAD_INCOMPLETE:
        return UploadIncompleteError(**given, offset=BigInt(numbers["offset"]), length=BigInt(numbers["length"]))
    if refusal.code == ErrorCode.VERSION_CONFLICT:
        return VersionConflictError(**given, current_version=numbers["currentVersion"])
    return TYPES.get(refusal.code, InvalidInputError)(**given)


def _claim_taken(taken: ClaimTaken) -> UserError:
    """What another stream holds: the name of a preset, or the data of a dataset."""
    if taken.key.startswith(NAME_CLAIM):
        message = "Another preset has this name: choose one of its own, or save that preset by its id."
        return InvalidInputError(message=message, code=ErrorCode.INVALID_INPUT, path=["name"])
    return DuplicateDatasetError(
        message="The same data is here already: use it, delete it first, or download it with allowDuplicate: true.",
        code=ErrorCode.DUPLICATE_DATASET,
        path=[],
        dataset_id=dataset_id_of(taken.holder),
    )
