"""The environment, read once: every variable with its default, its check and its meaning in one table."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PORT_MAX = 65_535
LEAST_KEY_LENGTH = 32
MOST_RESERVE = 99
# What SQLAlchemy's users write after the scheme; the driver is ours to choose, and libpq does not know the form.
DRIVER = re.compile(r"^(postgres(?:ql)?)\+psycopg\w*(?=://)")


class SettingsError(Exception):
    """A variable of the environment cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. `VARIABLES` gives the meaning of each field; all paths are absolute."""

    home: Path
    storage: Path
    host: str
    port: int
    database_url: str | None
    redis_url: str | None
    workers: int
    tokenizers: Path
    downloads: int
    shard_bytes: int
    lease_seconds: int
    reserve: int
    quota: int | None
    question_seconds: int
    keep_originals: bool
    secret_key: str | None = field(repr=False)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the API."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The variables that make another process read these same settings."""
        values = {variable.name: getattr(self, variable.field) for variable in VARIABLES}
        return {name: _text(value) for name, value in values.items() if value is not None}


class Variable(NamedTuple):
    """One variable: `default` as a reader of the README would write it, `read` from text to value."""

    name: str
    field: str
    default: str
    read: Callable[[str], object]
    meaning: str


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Every setting from `environ`; an empty variable counts as unset. Raises SettingsError."""
    given = {variable.field: _given(variable, environ) for variable in VARIABLES}
    home = given["home"] or _default_home(environ)
    defaults: dict[str, object] = {
        "home": home,
        "storage": Path(str(home)) / "storage",
        "tokenizers": Path(str(home)) / "tokenizers",
        "workers": len(os.sched_getaffinity(0)),
    }
    values: dict[str, Any] = {field: defaults.get(field) if value is None else value for field, value in given.items()}
    return Settings(**values)


def _given(variable: Variable, environ: Mapping[str, str]) -> object:
    computed = variable.default.startswith("(") or variable.default.startswith("<")
    text = environ.get(variable.name) or ("" if computed else variable.default)
    if not text:
        return None
    try:
        return variable.read(text)
    except ValueError as wrong:
        hidden = variable.field.endswith(("_url", "_key"))  # a URL may hold a password
        shown = "set" if hidden else repr(text)
        raise SettingsError(f"{variable.name} is {shown}, but it must be {wrong}.") from None


def _default_home(environ: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/mistudio")
    data = environ.get("XDG_DATA_HOME", "")
    if data.startswith("/"):  # the XDG rules: a relative one is to be ignored
        return Path(data) / "mistudio"
    return Path(environ.get("HOME") or Path.home()).absolute() / ".local/share/mistudio"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(text: str) -> str:
    if len(text) < LEAST_KEY_LENGTH or not text.isprintable():
        raise ValueError(f"at least {LEAST_KEY_LENGTH} random characters")
    return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _whole(least: int, most: int | None = None) -> Callable[[str], int]:
    def read(text: str) -> int:
        asked = f"a whole number of at least {least}" + (f" and at most {most}" if most else "")
        if not text.strip().isascii() or not text.strip().isdigit():
            raise ValueError(asked)
        value = int(text)
        if value < least or (most and value > most):
            raise ValueError(asked)
        return value

    return read


def _yes_or_no(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("true or false")
    return known[text.strip().lower()]


def _url(*beginnings: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.startswith(beginnings):
            raise ValueError("a URL that begins with " + " or ".join(beginnings))
        return text

    return read


VARIABLES = (
    Variable(
        "MISTUDIO_HOME",
        "home",
        "($XDG_DATA_HOME/mistudio or ~/.local/share/mistudio; for root /var/lib/mistudio)",
        _folder,
        "The folder of everything that this machine keeps.",
    ),
    Variable(
        "MISTUDIO_STORAGE",
        "storage",
        "<home>/storage",
        _folder,
        "The folder of datasets and tokenizations, shared by all hosts; events name folders relative to it.",
    ),
    Variable("MISTUDIO_HOST", "host", "127.0.0.1", str, "The address that the API listens on."),
    Variable("MISTUDIO_PORT", "port", "8000", _whole(1, PORT_MAX), "The port that the API listens on."),
    Variable(
        "MISTUDIO_DATABASE_URL",
        "database_url",
        "(embedded)",
        lambda text: _url("postgresql://", "postgres://")(DRIVER.sub(r"\1", text)),
        "A Postgres server to use; unset, one is started on files in the home.",
    ),
    Variable(
        "MISTUDIO_REDIS_URL",
        "redis_url",
        "(embedded)",
        _url("redis://", "rediss://", "unix://"),
        "A Redis or Valkey server to use; unset, one is started on files in the home.",
    ),
    Variable("MISTUDIO_WORKERS", "workers", "(cores)", _whole(1), "Worker processes."),
    Variable(
        "MISTUDIO_TOKENIZERS",
        "tokenizers",
        "<home>/tokenizers",
        _folder,
        "The one folder below which a tokenizer may be named by its path.",
    ),
    Variable(
        "MISTUDIO_DOWNLOADS",
        "downloads",
        "1",
        _whole(1),
        "Datasets that are downloaded at once; the others wait in QUEUED, in order.",
    ),
    Variable(
        "MISTUDIO_SHARD_BYTES",
        "shard_bytes",
        str(32 * 1024 * 1024),
        _whole(1),
        "Bytes of text in one piece of a tokenization, about.",
    ),
    Variable(
        "MISTUDIO_LEASE_SECONDS",
        "lease_seconds",
        "15",
        _whole(1),
        "Seconds without a sign of life after which a worker counts as gone and its pieces go on elsewhere.",
    ),
    Variable(
        "MISTUDIO_RESERVE",
        "reserve",
        "5",
        _whole(0, MOST_RESERVE),
        "Percent of the storage's disk that stay free: a download that would need them is refused.",
    ),
    Variable(
        "MISTUDIO_QUOTA",
        "quota",
        "(none)",
        _whole(1),
        "Bytes of the whole storage beyond which a download is refused, however much its disk has free.",
    ),
    Variable(
        "MISTUDIO_QUESTION_SECONDS",
        "question_seconds",
        "10",
        _whole(1, 60),
        "Seconds after which a question that needs the questions process is answered with TRY_AGAIN.",
    ),
    Variable(
        "MISTUDIO_KEEP_ORIGINALS",
        "keep_originals",
        "false",
        _yes_or_no,
        "Whether downloaded files stay after their ingest was checked.",
    ),
    Variable(
        "MISTUDIO_SECRET_KEY",
        "secret_key",
        "(secret.key in the home, made once)",
        _key,
        "What users' tokens are encrypted with: at least 32 random characters, the same on every host.",
    ),
)


def list_settings() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every variable, for the README and `--help`."""
    return [(variable.name, variable.default, variable.meaning) for variable in VARIABLES]
