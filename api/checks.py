"""What an input may be. Each check gives the refusal, or None; all are made before anything is asked of the domain."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from strawberry import UNSET

from domain.errors import ErrorCode, Refused

NAME_LENGTH = 200
REFERENCE_LENGTH = 200
NAME_LIST_LENGTH = 100
REVISION_LENGTH = 255
GLOB_LENGTH = 500
REPOSITORY_PART_LENGTH = 96  # of the Hub
TAGS = 50
TAG_LENGTH = 100
KEY_LENGTH = 200
TOKEN_LENGTH = 500
TOKEN_TEXT_LENGTH = 200
TEMPLATE_LENGTH = 10_000

REPOSITORY_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
REPOSITORY = re.compile(rf"{REPOSITORY_PART}(?:/{REPOSITORY_PART})?")
TOKEN = re.compile(r"[!-~]+")  # printable ASCII
SPLIT = re.compile(r"\w+(?:\.\w+)*")  # what `datasets` takes for a split
REFERENCE = re.compile(r"[^\W_][\w.:/@#=+-]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
NOT_IN_TEXT = re.compile(r"[\x00\ud800-\udfff]")  # of several lines
NOT_IN_CONFIG = re.compile(r'[<>:/\\|?*"]')  # a config is a folder's name too, on every system
NOT_IN_REVISION = re.compile(r"[ ~^:?*\[\\]|\.\.|@\{|//|^[-/.]|[/.]$")  # what Git takes for no name
FOLDER, BUILTIN = "file:", "builtin:"
BUILTINS = ("builtin:byt5",)

V = TypeVar("V")
Check = Callable[[str], str | None]


def given(value: object) -> bool:
    """Whether an input was given: not left out, and not null."""
    return value is not UNSET and value is not None


def or_none(value: V | None) -> V | None:
    """The input, None where it was left out."""
    return value if given(value) else None


def refuse(message: str, *path: str) -> Refused:
    """INVALID_INPUT."""
    return Refused(ErrorCode.INVALID_INPUT, message, *path)


def checked(value: object, check: Check, *path: str) -> Iterator[Refused]:
    """The refusal of an input that was given."""
    if isinstance(value, str) and (wrong := check(value)):
        yield refuse(wrong, *path)


def checked_list(values: object, check: Check, most: int, *path: str) -> Iterator[Refused]:
    """The refusals of a list that was given, and of everything in it."""
    if not isinstance(values, list):
        return
    if not 1 <= len(values) <= most:
        yield refuse(f"Name from 1 to {most}, or leave it out.", *path)
    for number, value in enumerate(values):
        yield from checked(value, check, *path, str(number))


def repository(value: str) -> str | None:
    parts = value.split("/")
    fits = REPOSITORY.fullmatch(value) and all(len(part) <= REPOSITORY_PART_LENGTH for part in parts)
    if not fits or ".." in value or "--" in value or value.endswith(".git"):
        return 'A repository is "owner/name" or "name": letters, digits, ".", "_" and "-". It is not an address.'
    return None


def without_secrets(value: str) -> str:
    """A repository that is none, as an answer may repeat it: an address may hold a token before an @ or behind a ?."""
    return re.split(r"[?#]", value.rpartition("@")[2])[0]


def revision(value: str) -> str | None:
    if not 1 <= len(value) <= REVISION_LENGTH or CONTROL.search(value) or NOT_IN_REVISION.search(value):
        return "A revision is a branch, a tag or a commit of the repository."
    return None


def config(value: str) -> str | None:
    if not 1 <= len(value) <= NAME_LENGTH or CONTROL.search(value) or NOT_IN_CONFIG.search(value):
        return "A config is a name that the repository gives, without slashes, colons, quotes or wildcards."
    return None


def split(value: str) -> str | None:
    if len(value) > NAME_LENGTH or not SPLIT.fullmatch(value):
        return "A split is a name of letters, digits, underscores and dots; not a slice."
    return None


def glob(value: str) -> str | None:
    unusable = value.startswith(("/", "~")) or "://" in value or "\\" in value or ".." in value.split("/")
    if not value.strip() or len(value) > GLOB_LENGTH or CONTROL.search(value) or unusable:
        return 'A glob names files of the repository, like "data/*.jsonl": not an address, not a path outside of it.'
    return None


def reference(value: str) -> str | None:
    if len(value) > REFERENCE_LENGTH or not REFERENCE.fullmatch(value):
        return f"A reference has from 1 to {REFERENCE_LENGTH} letters, digits and -._:/@#=+, like training/42."
    return None


def instead(value: object, others: Mapping[str, object], name: str) -> Iterator[Refused]:
    """The refusals of what is given together with an input that stands in its place."""
    for other, found in others.items():
        if given(value) and given(found):
            yield refuse(f"Name {name} instead of it, or leave {name} out.", other)


def at_least(least: int, value: object, message: str, *path: str) -> Iterator[Refused]:
    """The refusal of a smaller number that was given."""
    if isinstance(value, int) and value < least:
        yield refuse(message, *path)


def at_least_one(value: object, unit: str, *path: str) -> Iterator[Refused]:
    """The refusal of a number below 1 that was given."""
    return at_least(1, value, f"Ask for at least 1 {unit}, or leave it out for all.", *path)


def text(length: int) -> Check:
    """Any text of one line that says something, up to a length in characters."""

    def check(value: str) -> str | None:
        if not value.strip() or len(value) > length or CONTROL.search(value):
            return f"Give from 1 to {length} characters, not all blank, without line breaks or control characters."
        return None

    return check


name = text(NAME_LENGTH)
tag = text(TAG_LENGTH)
key = text(KEY_LENGTH)


def whole_text(least: int, length: int) -> Check:
    """Any text, of several lines too, of a length in characters."""

    def check(value: str) -> str | None:
        if not least <= len(value) <= length or NOT_IN_TEXT.search(value):
            return f"Give from {least} to {length:,} characters, without NUL or half a surrogate pair."
        return None

    return check


token_text = whole_text(1, TOKEN_TEXT_LENGTH)
template = whole_text(1, TEMPLATE_LENGTH)
column = whole_text(0, NAME_LENGTH)


def token(value: str) -> str | None:
    """Anything that can be sent as a token; the refusal does not repeat it."""
    if not 1 <= len(value) <= TOKEN_LENGTH or not TOKEN.fullmatch(value):
        return f"A token has from 1 to {TOKEN_LENGTH} letters, digits and signs, and no spaces: copy it again."
    return None


def tokenizer(value: str) -> str | None:
    """A tokenizer of the Hub, of a folder or built in."""
    if value.startswith(FOLDER):
        return _folder(value.removeprefix(FOLDER))
    if value.startswith(BUILTIN):
        return None if value in BUILTINS else f"There is no {value[:NAME_LENGTH]!r}: there is {', '.join(BUILTINS)}."
    if repository(value):
        return f'A tokenizer is "owner/name" or "name" of the Hub, "file:<path>", or {", ".join(BUILTINS)}.'
    return None


def has_revisions(tokenizer: str) -> bool:
    """Whether a revision of this tokenizer can be named."""
    return not tokenizer.startswith((FOLDER, BUILTIN))


def _folder(path: str) -> str | None:
    parts: Sequence[str] = path.split("/")
    is_odd = len(path) > REVISION_LENGTH or CONTROL.search(path) or "\\" in path
    if is_odd or not path or path.startswith("/") or ".." in parts:
        return 'A folder of a tokenizer is "file:" and its path below MISTUDIO_TOKENIZERS, without "..".'
    return None


def together(*checks: Iterable[Refused]) -> list[Refused]:
    """All refusals, so that they can be mended at once."""
    return [refusal for check in checks for refusal in check]
