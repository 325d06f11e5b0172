"""The closed lists of the API, each value with what it means."""

from enum import StrEnum

from api.described import describe
from domain.dataset import DatasetStatus
from domain.errors import ErrorCode, PlanWarningCode
from domain.jobs import JobKind, JobStatus


class TokenizationStatus(StrEnum):
    """Where a tokenization stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    READY = "READY"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ExportStatus(StrEnum):
    """Where an export stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    READY = "READY"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ExportFormat(StrEnum):
    """What files an export is made of."""

    PARQUET = "PARQUET"


class SequenceMode(StrEnum):
    """How texts become sequences."""

    TRUNCATE = "TRUNCATE"
    WINDOW = "WINDOW"
    PACK = "PACK"


class Padding(StrEnum):
    """How short sequences are filled up."""

    NONE = "NONE"
    LONGEST = "LONGEST"
    MAX_LENGTH = "MAX_LENGTH"


class Tail(StrEnum):
    """What becomes of the tokens at the end of a split that fill no sequence."""

    KEEP = "KEEP"
    PAD = "PAD"
    DROP = "DROP"


class OnError(StrEnum):
    """What to do with what cannot be read."""

    FAIL = "FAIL"
    SKIP = "SKIP"


class SourceKind(StrEnum):
    """Where a dataset came from."""

    HUB = "HUB"
    UPLOAD = "UPLOAD"
    IMPORT = "IMPORT"


class DatasetOrderField(StrEnum):
    """What datasets are ordered by."""

    LAST_USED = "LAST_USED"
    CREATED = "CREATED"
    NAME = "NAME"
    STATUS = "STATUS"
    SOURCE = "SOURCE"
    SIZE = "SIZE"
    ROWS = "ROWS"


class Direction(StrEnum):
    """Which end of an order comes first."""

    ASC = "ASC"
    DESC = "DESC"


class ChangeKind(StrEnum):
    """What a change of a list of datasets is."""

    SNAPSHOT = "SNAPSHOT"
    SNAPSHOT_END = "SNAPSHOT_END"
    UPSERTED = "UPSERTED"
    REMOVED = "REMOVED"


class ProgressUnit(StrEnum):
    """What progress counts."""

    BYTES = "BYTES"
    ROWS = "ROWS"
    TOKENS = "TOKENS"
    PIECES = "PIECES"


describe(
    DatasetStatus,
    {
        "QUEUED": "Waits for a worker.",
        "DOWNLOADING": "Its files are being fetched.",
        "INGESTING": "Its files are being read, checked and counted.",
        "READY": "Can be browsed and tokenized.",
        "FAILED": "Could not be brought here; `error` says why. Its job can be retried.",
        "CANCELLED": "Was stopped on request. Its job can be retried.",
        "TRASHED": "Is in the trash: it can be restored, as it was, or purged.",
        "PURGING": "Its files are being removed, and then it is gone. There is no way back.",
    },
)
describe(
    TokenizationStatus,
    {
        "QUEUED": "Waits for a worker.",
        "RUNNING": "Its shards are being tokenized.",
        "CANCELLING": "Was asked to stop; the workers are winding up.",
        "READY": "Its tokens can be loaded from `path`.",
        "FAILED": "Could not be done; `error` says why. Its job can be retried.",
        "CANCELLED": "Was stopped on request. Its job can be retried.",
    },
)
describe(
    ExportStatus,
    {
        "QUEUED": "Waits for a worker.",
        "RUNNING": "Its files are being written.",
        "CANCELLING": "Was asked to stop; the workers are winding up.",
        "READY": "Its files can be fetched.",
        "FAILED": "Could not be done; `error` says why. Ask for it again, or retry its job.",
        "CANCELLED": "Was stopped on request. Ask for it again, or retry its job.",
    },
)
describe(ExportFormat, {"PARQUET": "Parquet, some files a split: with `datasets` read as what was tokenized."})
describe(
    JobKind,
    {
        "DOWNLOAD": "Fetches the files of a dataset.",
        "INGEST": "Reads, checks and counts the files of a dataset.",
        "INDEX": "Makes the text of a dataset searchable.",
        "TOKENIZE": "Tokenizes a dataset.",
        "EXPORT": "Writes the tokens of a dataset as files to be taken away.",
        "PURGE": "Removes all files of a dataset.",
    },
)
describe(
    JobStatus,
    {
        "QUEUED": "Waits for a worker.",
        "RUNNING": "Is being worked on, or waits between two attempts.",
        "CANCELLING": "Was asked to stop; the workers are winding up.",
        "SUCCEEDED": "Is done.",
        "FAILED": "Has ended; `error` says why. It can be retried and goes on where it stopped.",
        "CANCELLED": "Was stopped on request. A retry begins anew.",
    },
)
describe(
    SequenceMode,
    {
        "TRUNCATE": "One sequence for each text, cut at the longest length; what is cut off is counted.",
        "WINDOW": "As many sequences for each text as it takes, which may overlap; what is repeated is counted.",
        "PACK": "All texts of a split one after another in row order, cut to sequences of the longest length.",
    },
)
describe(
    Padding,
    {
        "NONE": "Sequences are as long as they are.",
        "LONGEST": "Up to the longest sequence of the split.",
        "MAX_LENGTH": "Up to the longest length.",
    },
)
describe(
    Tail,
    {
        "KEEP": "They are a sequence that is shorter than the others.",
        "PAD": "They are filled up to a sequence like the others.",
        "DROP": "They are left out, and counted.",
    },
)
describe(
    OnError,
    {
        "FAIL": "The job fails and says where it is.",
        "SKIP": "It is left out and counted.",
    },
)
describe(
    SourceKind,
    {
        "HUB": "A repository of the Hugging Face Hub.",
        "UPLOAD": "A file that was sent here.",
        "IMPORT": "Files of this machine, below MISTUDIO_IMPORTS.",
    },
)
describe(
    DatasetOrderField,
    {
        "LAST_USED": "When something was last done with it.",
        "CREATED": "When it was asked for.",
        "NAME": "What it is called, whatever the case of its letters.",
        "STATUS": "Where it stands, by the name of that.",
        "SOURCE": "Where it came from: by kind, and then by the name of its repository or file.",
        "SIZE": "How large it is on disk.",
        "ROWS": "How many rows it has.",
    },
)
describe(Direction, {"ASC": "The least, the earliest, A.", "DESC": "The largest, the latest, Z."})
describe(
    ChangeKind,
    {
        "SNAPSHOT": "A part of the list as it is now. Once it is whole, it takes the place of whatever a client had.",
        "SNAPSHOT_END": "The list is whole; from here on come changes of it.",
        "UPSERTED": "These belong to the list and are like this now: new ones, and those that changed.",
        "REMOVED": "These belong to the list no more.",
    },
)
describe(
    ProgressUnit,
    {
        "BYTES": "Bytes.",
        "ROWS": "Rows.",
        "TOKENS": "Tokens.",
        "PIECES": "Pieces of work: files or shards.",
    },
)
describe(
    ErrorCode,
    {
        "INVALID_INPUT": "An input is not what it must be; `path` names it.",
        "NOT_FOUND": "There is nothing with this id.",
        "NOT_READY": "The dataset is not ready for this yet, or no longer.",
        "INVALID_TRANSITION": "What was asked does not follow from where the job or dataset stands.",
        "VERSION_CONFLICT": "The dataset or preset is no longer at the version that was expected: read it again.",
        "IDEMPOTENCY_KEY_REUSED": "The key was used before, for something else.",
        "DUPLICATE_DATASET": "The same data is here already, or the same tokens are.",
        "IN_USE": "Something still uses it, or holds its files.",
        "INSUFFICIENT_STORAGE": "There is too little room on the disk.",
        "TRY_AGAIN": "Nothing is wrong but the moment: ask again.",
        "REPOSITORY_NOT_FOUND": "The Hub has no such repository, or hides it from those without a token.",
        "AUTHENTICATION_REQUIRED": "The Hub wants a token.",
        "ACCESS_DENIED": "The Hub knows the token and refuses it for this repository.",
        "REVISION_NOT_FOUND": "The repository has no such revision.",
        "CONFIG_NOT_FOUND": "The repository has no such config.",
        "SPLIT_NOT_FOUND": "There is no such split.",
        "HUB_UNAVAILABLE": "The Hub cannot be reached, or fails.",
        "RATE_LIMITED": "The Hub wants fewer requests.",
        "UNSUPPORTED_FORMAT": "The files are in no format that is read here.",
        "CORRUPT_DATA": "A file is not what its format says.",
        "INVALID_ENCODING": "A text is not UTF-8.",
        "CHECKSUM_MISMATCH": "What arrived is not what the Hub says it sent.",
        "EMPTY_DATASET": "There is not one row.",
        "COLUMN_NOT_FOUND": "There is no such column.",
        "COLUMN_NOT_TEXT": "The column holds no text.",
        "UPLOAD_INCOMPLETE": "The upload did not arrive whole.",
        "UPLOAD_TOO_LARGE": "The upload is larger than is allowed.",
        "TOKENIZER_NOT_FOUND": "There is no such tokenizer, or it cannot be loaded.",
        "TOKENIZATION_FAILED": "The tokens were made but do not pass their checks.",
        "MAX_LENGTH_REQUIRED": "The tokenizer knows no longest length: give one.",
        "PAD_TOKEN_MISSING": "The tokenizer has no token to pad with: name one.",
        "DOCUMENT_TOO_LARGE": "One text is too large to be tokenized.",
        "WORKER_LOST": "Workers ended in the middle, several times in a row.",
        "CANCELLED": "It was stopped on request.",
        "INTERNAL": "A fault of this service; the log has the trace under `errorId`.",
    },
)
describe(
    PlanWarningCode,
    {
        "DOUBLE_BEGIN_TOKEN": "Texts begin with the special token that is set before them: it would stand there twice.",
        "PAD_TOKEN_MISSING": "The tokenizer has no token to pad with: a run would fail.",
        "COLUMN_NOT_TEXT": "A column holds no text: it is refused.",
        "TOKENS_LOST": "More than a fifth of the tokens of the texts come into no sequence.",
        "MOSTLY_PADDING": "More than half of all cells are padding.",
        "SAMPLES_NOT_TOKENIZED": "Some of the rows that were tried cannot be tokenized.",
        "LONGER_THAN_MODEL": "Sequences may be longer than what the tokenizer's model reads.",
        "INSUFFICIENT_STORAGE": "There is too little room on the disk.",
    },
)
