"""The closed list of codes, and the three families that never mix: refused, failed by the world, and bugs."""

from collections.abc import Mapping
from enum import StrEnum


class ErrorCode(StrEnum):
    """Every code that an answer, an event or a message may carry."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    NOT_READY = "NOT_READY"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    DUPLICATE_DATASET = "DUPLICATE_DATASET"
    IN_USE = "IN_USE"
    INSUFFICIENT_STORAGE = "INSUFFICIENT_STORAGE"
    TRY_AGAIN = "TRY_AGAIN"
    REPOSITORY_NOT_FOUND = "REPOSITORY_NOT_FOUND"
    AUTHENTICATION_REQUIRED = "AUTHENTICATION_REQUIRED"
    ACCESS_DENIED = "ACCESS_DENIED"
    REVISION_NOT_FOUND = "REVISION_NOT_FOUND"
    CONFIG_NOT_FOUND = "CONFIG_NOT_FOUND"
    SPLIT_NOT_FOUND = "SPLIT_NOT_FOUND"
    HUB_UNAVAILABLE = "HUB_UNAVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"
    CORRUPT_DATA = "CORRUPT_DATA"
    INVALID_ENCODING = "INVALID_ENCODING"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    EMPTY_DATASET = "EMPTY_DATASET"
    COLUMN_NOT_FOUND = "COLUMN_NOT_FOUND"
    COLUMN_NOT_TEXT = "COLUMN_NOT_TEXT"
    UPLOAD_INCOMPLETE = "UPLOAD_INCOMPLETE"
    UPLOAD_TOO_LARGE = "UPLOAD_TOO_LARGE"
    TOKENIZER_NOT_FOUND = "TOKENIZER_NOT_FOUND"
    TOKENIZATION_FAILED = "TOKENIZATION_FAILED"
    MAX_LENGTH_REQUIRED = "MAX_LENGTH_REQUIRED"
    PAD_TOKEN_MISSING = "PAD_TOKEN_MISSING"  # noqa: S105  a code, not a password
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    WORKER_LOST = "WORKER_LOST"
    CANCELLED = "CANCELLED"
    INTERNAL = "INTERNAL"


class PlanWarningCode(StrEnum):
    """What a plan of a tokenization may warn of."""

    DOUBLE_BEGIN_TOKEN = "DOUBLE_BEGIN_TOKEN"  # noqa: S105  a code, not a password
    PAD_TOKEN_MISSING = "PAD_TOKEN_MISSING"  # noqa: S105  a code, not a password
    COLUMN_NOT_TEXT = "COLUMN_NOT_TEXT"
    TOKENS_LOST = "TOKENS_LOST"
    MOSTLY_PADDING = "MOSTLY_PADDING"
    SAMPLES_NOT_TOKENIZED = "SAMPLES_NOT_TOKENIZED"
    LONGER_THAN_MODEL = "LONGER_THAN_MODEL"
    INSUFFICIENT_STORAGE = "INSUFFICIENT_STORAGE"


# What a run fails with and a plan warns of, too.
WARNED: Mapping[ErrorCode, PlanWarningCode] = {
    ErrorCode.PAD_TOKEN_MISSING: PlanWarningCode.PAD_TOKEN_MISSING,
    ErrorCode.COLUMN_NOT_TEXT: PlanWarningCode.COLUMN_NOT_TEXT,
}


class Refused(Exception):  # noqa: N818  the domain's word, not a fault
    """The domain said no. Expected, never retried, shown to the asker as a typed error.

    `path` names the input field at fault; `details` are extra facts of the typed error (status, usedBy, ...).
    """

    def __init__(self, code: ErrorCode, message: str, *path: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.details = details


class Conflict(Exception):  # noqa: N818  the log's word
    """Another writer appended first: the stream is not at the version that was expected."""


class ClaimTaken(Exception):  # noqa: N818  the log's word
    """A key that must be unique across streams is held by another stream."""

    def __init__(self, key: str, holder: str) -> None:
        super().__init__(f"{key} is held by {holder}")
        self.key = key
        self.holder = holder


class WorldFailure(Exception):  # noqa: N818  not a bug of ours
    """The world said no: a server, a file, a disk. `retryable` says whether the same call may work later.

    `discarded`: what this attempt had saved was worth nothing, so it made no progress. `damaged` names files of
    finished pieces that are no longer what their ledger says: those pieces are done again. `retry_after_seconds`: how
    long the world asked to be left alone.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        retryable: bool = False,
        discarded: bool = False,
        damaged: tuple[str, ...] = (),
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.discarded = discarded
        self.damaged = damaged
        self.retry_after_seconds = retry_after_seconds
