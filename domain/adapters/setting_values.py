"""What a variable of the environment may hold: each reads its text, or raises ValueError with what it must be."""

import re
from collections.abc import Callable
from pathlib import Path

LEAST_KEY_LENGTH = 32
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


def url(*beginnings: str) -> Callable[[str], str]:
    """A URL with one of these beginnings, as it is."""

    def read(text: str) -> str:
        if not text.startswith(beginnings):
            raise ValueError("a URL that begins with " + " or ".join(beginnings))
        return text

    return read
