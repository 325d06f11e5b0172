"""The environment, read once. `setting_variables` has the table of all that is read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from domain.adapters.setting_variables import LOCKED, VARIABLES, Variable

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
WILDCARDS = ("0.0.0.0", "::")  # noqa: S104  compared, not bound


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
    imports: Path
    downloads: int
    trash_days: int
    shard_bytes: int
    document_memory: int
    index_part_bytes: int
    index_memory: int
    lease_seconds: int
    reserve: int
    quota: int | None
    max_ratio: int
    work_memory: int
    question_seconds: int
    keep_originals: bool
    secret_key: str | None = field(repr=False)
    api_token: str | None = field(repr=False)
    allowed_hosts: tuple[str, ...]
    log_format: str
    profile: str
    documents: Path | None
    max_depth: int
    introspection_depth: int
    max_aliases: int
    max_directives: int
    max_tokens: int
    max_characters: int
    max_cost: int
    introspection_cost: int
    max_errors: int
    max_body_bytes: int
    max_multipart_bytes: int
    max_upload_bytes: int
    max_uploads: int
    upload_hours: int
    upload_seconds: int
    upload_rate: int
    max_subscriptions: int
    init_seconds: int
    request_seconds: int
    send_seconds: int
    keep_alive_seconds: int
    download_minutes: int

    @property
    def is_locked(self) -> bool:
        """Whether only documents that are listed are run, and nothing tells of the schema."""
        return self.profile == LOCKED

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine can reach the API."""
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return self.host != "localhost"

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the API."""
        host = dict(zip(WILDCARDS, ("127.0.0.1", "::1"), strict=True)).get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The variables that make another process read these same settings."""
        values = {variable.name: getattr(self, variable.field) for variable in VARIABLES}
        return {name: _text(value) for name, value in values.items() if value is not None}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Every setting from `environ`; an empty variable counts as unset. Raises SettingsError."""
    given = {variable.field: _given(variable, environ) for variable in VARIABLES}
    home = given["home"] or _default_home(environ)
    defaults: dict[str, object] = {
        "home": home,
        "storage": Path(str(home)) / "storage",
        "tokenizers": Path(str(home)) / "tokenizers",
        "imports": Path(str(home)) / "imports",
        "work_memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2,
        "workers": len(os.sched_getaffinity(0)),
        "allowed_hosts": _own_names(str(given["host"])),
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
        hidden = variable.field.endswith(("_url", "_key", "_token"))  # a URL may hold a password
        shown = "set" if hidden else repr(text)
        raise SettingsError(f"{variable.name} is {shown}, but it must be {wrong}.") from None


def _default_home(environ: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/mistudio")
    data = environ.get("XDG_DATA_HOME", "")
    if data.startswith("/"):  # the XDG rules: a relative one is to be ignored
        return Path(data) / "mistudio"
    return Path(environ.get("HOME") or Path.home()).absolute() / ".local/share/mistudio"


def _own_names(host: str) -> tuple[str, ...]:
    """The names by which this machine, and the address that is listened on, are called."""
    name = f"[{host}]" if ":" in host else host.lower()
    return LOOPBACK if host in WILDCARDS or name in LOOPBACK else (*LOOPBACK, name)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def list_settings() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every variable, for the README and `--help`."""
    return [(variable.name, variable.default, variable.meaning) for variable in VARIABLES]
