"""Every variable of the environment with its default, its check and its meaning, in one table."""

from collections.abc import Callable
from typing import NamedTuple

from domain.adapters.logs import AUTO, FORMAT_VARIABLE, FORMATS
from domain.adapters.setting_values import database_url, folder, hosts, key, one_of, redis_url, token, whole, yes_or_no

PORT_MAX = 65_535
MOST_TRASH_DAYS = 36_500
MOST_UPLOAD_HOURS = 24 * MOST_TRASH_DAYS  # beyond the year 9999 no date can be told
MOST_RESERVE = 99
OPEN, LOCKED = "open", "locked"


class Variable(NamedTuple):
    """One variable: `default` as a reader of the README would write it, `read` from text to value."""

    name: str
    field: str
    default: str
    read: Callable[[str], object]
    meaning: str


def _limit(name: str, default: int, meaning: str, most: int | None = None) -> Variable:
    return Variable(f"MISTUDIO_{name}", name.lower(), str(default), whole(1, most), meaning)


VARIABLES = (
    Variable(
        "MISTUDIO_HOME",
        "home",
        "($XDG_DATA_HOME/mistudio or ~/.local/share/mistudio; for root /var/lib/mistudio)",
        folder,
        "The folder of everything that this machine keeps.",
    ),
    Variable(
        "MISTUDIO_STORAGE",
        "storage",
        "<home>/storage",
        folder,
        "The folder of datasets and tokenizations, shared by all hosts; events name folders relative to it.",
    ),
    Variable("MISTUDIO_HOST", "host", "127.0.0.1", str, "The address that the API listens on."),
    Variable("MISTUDIO_PORT", "port", "8000", whole(1, PORT_MAX), "The port that the API listens on."),
    Variable(
        "MISTUDIO_DATABASE_URL",
        "database_url",
        "(embedded)",
        database_url,
        "A Postgres server to use; unset, one is started on files in the home.",
    ),
    Variable(
        "MISTUDIO_REDIS_URL",
        "redis_url",
        "(embedded)",
        redis_url,
        "A Redis or Valkey server to use; unset, one is started on files in the home.",
    ),
    Variable("MISTUDIO_WORKERS", "workers", "(cores)", whole(1), "Worker processes."),
    Variable(
        "MISTUDIO_TOKENIZERS",
        "tokenizers",
        "<home>/tokenizers",
        folder,
        "The one folder below which a tokenizer may be named by its path.",
    ),
    Variable(
        "MISTUDIO_IMPORTS",
        "imports",
        "<home>/imports",
        folder,
        "The one folder below which files of this machine may be imported; the API and the workers need it.",
    ),
    Variable(
        "MISTUDIO_DOWNLOADS",
        "downloads",
        "1",
        whole(1),
        "Datasets that are downloaded at once; the others wait in QUEUED, in order.",
    ),
    Variable(
        "MISTUDIO_TRASH_DAYS",
        "trash_days",
        "7",
        whole(0, MOST_TRASH_DAYS),
        "Days after which what is in the trash is purged by itself; 0: only by hand. All processes need the same.",
    ),
    Variable(
        "MISTUDIO_SHARD_BYTES",
        "shard_bytes",
        str(32 * 1024 * 1024),
        whole(1),
        "Bytes of text in one piece of a tokenization, about.",
    ),
    Variable(
        "MISTUDIO_DOCUMENT_MEMORY",
        "document_memory",
        str(2 << 30),
        whole(1),
        "Bytes of memory that a text over 1 MB may need to be tokenized, beyond which it is DOCUMENT_TOO_LARGE.",
    ),
    Variable(
        "MISTUDIO_INDEX_PART_BYTES",
        "index_part_bytes",
        str(32 * 1024 * 1024),
        whole(1),
        "Bytes of text in one part of a search index, about; finished parts are searched while others are built.",
    ),
    Variable(
        "MISTUDIO_INDEX_MEMORY",
        "index_memory",
        str(300 * 1024 * 1024),
        whole(1),
        "Bytes of memory that a part of a search index may need: a row whose text or new words need more is left out.",
    ),
    Variable(
        "MISTUDIO_LEASE_SECONDS",
        "lease_seconds",
        "15",
        whole(1),
        "Seconds without a sign of life after which a worker counts as gone and its pieces go on elsewhere.",
    ),
    Variable(
        "MISTUDIO_RESERVE",
        "reserve",
        "5",
        whole(0, MOST_RESERVE),
        "Percent of the storage's disk that stay free: a job or upload that would need them is refused.",
    ),
    Variable(
        "MISTUDIO_QUOTA",
        "quota",
        "(none)",
        whole(1),
        "Bytes of the whole storage beyond which a job or upload is refused, however much its disk has free.",
    ),
    Variable(
        "MISTUDIO_MAX_RATIO",
        "max_ratio",
        "200",
        whole(1),
        "How many times its bytes a source file may come to when it is read, beyond which it counts as a bomb.",
    ),
    Variable(
        "MISTUDIO_WORK_MEMORY",
        "work_memory",
        "(half of this machine's)",
        whole(1),
        "Bytes of memory that one piece of work may take: a file that makes it take more fails its job.",
    ),
    Variable(
        "MISTUDIO_QUESTION_SECONDS",
        "question_seconds",
        "10",
        whole(1, 60),
        "Seconds after which a question that needs the questions process is answered with TRY_AGAIN.",
    ),
    Variable(
        "MISTUDIO_KEEP_ORIGINALS",
        "keep_originals",
        "false",
        yes_or_no,
        "Whether downloaded and uploaded files stay after their ingest was checked.",
    ),
    Variable(
        "MISTUDIO_SECRET_KEY",
        "secret_key",
        "(secret.key in the home, made once)",
        key,
        "What users' tokens are encrypted with: at least 32 random characters, the same on every host.",
    ),
    Variable(
        "MISTUDIO_API_TOKEN",
        "api_token",
        "(none)",
        token,
        "What clients must show as bearer; needed on an address that is not this machine's own.",
    ),
    Variable(
        "MISTUDIO_ALLOWED_HOSTS",
        "allowed_hosts",
        "(localhost and MISTUDIO_HOST)",
        hosts,
        "The names, with commas between them, by which the API may be called and from whose pages.",
    ),
    Variable(
        FORMAT_VARIABLE,
        "log_format",
        AUTO,
        one_of(*FORMATS),
        "How logs are written: `json`, `text`, or `auto`: text at a terminal, else JSON.",
    ),
    Variable(
        "MISTUDIO_PROFILE",
        "profile",
        OPEN,
        one_of(OPEN, LOCKED),
        "`locked`: only the documents of MISTUDIO_DOCUMENTS by POST; no playground, no introspection, no hints.",
    ),
    Variable(
        "MISTUDIO_DOCUMENTS",
        "documents",
        "(none)",
        folder,
        "A folder of .graphql files, each of which may be asked for by its documentId, `sha256:` and its hash.",
    ),
    _limit("MAX_DEPTH", 10, "How deep fields of an operation may be nested, those of introspection apart."),
    _limit("INTROSPECTION_DEPTH", 15, "How deep fields of introspection may be nested."),
    _limit("MAX_ALIASES", 15, "Aliases in one document."),
    _limit("MAX_DIRECTIVES", 50, "Directives in one document."),
    _limit("MAX_TOKENS", 1_000, "Tokens in one document."),
    _limit("MAX_CHARACTERS", 15_000, "Characters of one document."),
    _limit("MAX_COST", 5_000, "Objects that an operation may ask for, by its page sizes."),
    _limit("INTROSPECTION_COST", 100, "What a question about the schema costs, however much it asks for."),
    _limit("MAX_ERRORS", 5, "Errors of validation that one answer tells."),
    _limit("MAX_BODY_BYTES", 1024 * 1024, "Bytes of one request, and of one message on a WebSocket."),
    _limit("MAX_MULTIPART_BYTES", 32 * 1024 * 1024, "Bytes of one multipart request, its files included."),
    _limit(
        "MAX_UPLOAD_BYTES",
        10 * 1024**3,
        "Bytes of one file that is sent to /uploads; more is refused before its first byte.",
    ),
    _limit("MAX_UPLOADS", 100, "Uploads to /uploads at once, those that have come and are no dataset yet included."),
    _limit(
        "UPLOAD_HOURS",
        24,
        "Hours without another byte after which an upload that is no dataset is given up.",
        MOST_UPLOAD_HOURS,
    ),
    _limit(
        "UPLOAD_SECONDS",
        10,
        "Seconds after which a request that brings a file and sends nothing is over; what came to /uploads stays.",
    ),
    _limit(
        "UPLOAD_RATE",
        500,
        "Bytes a second below which a request that brings a file uses up those seconds, and is over with them.",
    ),
    _limit("MAX_SUBSCRIPTIONS", 100, "Operations that one WebSocket runs at once."),
    _limit("INIT_SECONDS", 10, "Seconds in which a WebSocket must have sent its connection_init."),
    _limit(
        "REQUEST_SECONDS",
        20,
        "Seconds in which the head of a request must have come, and without a byte of its body, until it is cut off. "
        "All of a body has five times as long, where it brings no file.",
    ),
    _limit("SEND_SECONDS", 30, "Seconds after which a client that takes nothing of what it is sent is dropped."),
    _limit("KEEP_ALIVE_SECONDS", 12, "Seconds after which a stream of server-sent events says that it is still there."),
    _limit("DOWNLOAD_MINUTES", 15, "Minutes for which the address of an exported file can be fetched from."),
)
