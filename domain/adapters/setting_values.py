"""What a variable of the environment may hold: each reads its text, or raises ValueError with what it must be."""

import re
from collections.abc import Callable
from pathlib import Path

LEAST_KEY_LENGTH = 32
# What SQLAlchemy's users write after the scheme; the driver is ours to choose, and libpq does not know the form.
DRIVER = re.compile(r"^(postgres(?:ql)?)\+psycopg\w*(?=://)")
ESCAPED = "a URL that can be read: %, /, @, ? and # in a name or password are written %25, %2F, %40, %3F and %23"
HOST = re.compile(r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")


def folder(text: str) -> Path:
    """An absolute path."""
    return Path(text).expanduser().absolute()


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        asked = f"a whole number of at least {least}" + (f" and at most {most}" if most else "")
        if not text.strip().isascii() or not text.strip().isdigit():
            raise ValueError(asked)
        value = int(text)
        if value < least or (most and value > most):
            raise ValueError(asked)
        return value

    return read


def hosts(text: str) -> tuple[str, ...]:
    """Names of hosts, lower case."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not names or not all(HOST.fullmatch(name) for name in names):
        raise ValueError("names of hosts with commas between them, each with a port or without")
    return names


def token(text: str) -> str:
    """A secret that can stand in a header."""
    if not TOKEN.fullmatch(text):
        raise ValueError("at least 16 characters out of letters, digits and ._~+/=-")
    return text


def key(text: str) -> str:
    """A secret that others cannot guess."""
    if len(text) < LEAST_KEY_LENGTH or not text.isprintable():
        raise ValueError(f"at least {LEAST_KEY_LENGTH} random characters")
    return text


def one_of(*names: str) -> Callable[[str], str]:
    """One of these names."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(" or ".join(names))
        return text

    return read


def yes_or_no(text: str) -> bool:
    """A boolean, as people write it."""
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.strip().lower() not in known:
        raise ValueError("true or false")
    return known[text.strip().lower()]


def database_url(text: str) -> str:
    """A URL of Postgres as libpq reads it; what SQLAlchemy's users write after the scheme is left out."""
    # loaded by those alone who are given one
    from psycopg import ProgrammingError  # noqa: PLC0415
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    given = DRIVER.sub(r"\1", text)
    _require_beginning(given, "postgresql://", "postgres://")
    who_and_where, _, database = given.partition("://")[2].partition("?")[0].partition("/")
    if who_and_where.count("@") > 1 or "@" in database:
        raise ValueError(ESCAPED)  # the end of a password would be looked for as a host or database, and be shown
    try:
        conninfo_to_dict(given)
    except ProgrammingError:
        raise ValueError(ESCAPED) from None
    return given


def redis_url(text: str) -> str:
    """A URL of Redis, as it is."""
    from redis.connection import parse_url  # noqa: PLC0415  as above

    _require_beginning(text, "redis://", "rediss://", "unix://")
    try:
        told = parse_url(text)  # type: ignore[no-untyped-call]  # redis has no types there
    except ValueError:
        raise ValueError(ESCAPED) from None
    if not text.startswith("unix://") and "host" not in told and text.partition("://")[2][:1] not in ("", "/", "?"):
        raise ValueError(ESCAPED)
    return text


def _require_beginning(text: str, *beginnings: str) -> None:
    if not text.startswith(beginnings):
        raise ValueError("a URL that begins with " + " or ".join(beginnings))
