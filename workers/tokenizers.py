"""Finding, pinning and loading tokenizers: from the Hub, from below MISTUDIO_TOKENIZERS, or built in; nothing else.

A pinned tokenizer is a folder of its own with the tokenizer's files alone and `pinned.json` saying what they are. Code
that comes with a tokenizer is never run.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from shutil import copyfile
from typing import Any
from uuid import uuid4

from transformers import AutoConfig, AutoTokenizer, ByT5Tokenizer, PreTrainedConfig

from domain.adapters.files import full_storage_is_told, publish, remove_tree, sha256_of
from domain.errors import ErrorCode, WorldFailure
from workers.hub_tokenizers import fetch_tokenizer

BYT5 = "builtin:byt5"
BUILTIN_COMMIT = "builtin"
FOLDER_PREFIX = "file:"
PINNED = "pinned.json"
TEMPLATES = "additional_chat_templates"
LARGEST_TOKENIZER_BYTES = 1 << 30
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)

# every name that a tokenizer class of transformers reads
TOKENIZER_FILES = (
    *("config.json", "tokenizer*.json", "special_tokens_map.json", "added_tokens.json", "chat_template*"),
    *("*vocab*.json", "vocab*.txt", "merges.txt", "bpe.codes", "dict.txt", "prophetnet.tokenizer"),
    *("*.model", "*.model.v*", "*.spm", "*.tiktoken", "tekken.json"),
    *("normalizer.json", "emoji.json", "byte_maps.json", "word_shape.json", "word_pronunciation.json"),
)


@dataclass(frozen=True, slots=True)
class Pinned:
    """`commit` is the Hub's commit, the sha256 over a folder's files, or "builtin".

    `folder` is a name below the work folder; what is built in has none.
    """

    name: str
    commit: str
    folder: str | None


def pin_tokenizer(name: str, revision: str | None, root: str | None, work: Path, token: str | None) -> Pinned:
    """Brings the named tokenizer's files below `work`, once. Names are those of the contract; `root` is for "file:"."""
    if name == BYT5 or name.startswith(FOLDER_PREFIX):
        _no_revision(name, revision)
    if name == BYT5:
        return Pinned(BYT5, BUILTIN_COMMIT, None)
    work.mkdir(parents=True, exist_ok=True)
    build = work / f"pinning-{uuid4().hex}"
    build.mkdir()
    try:
        with full_storage_is_told(work):
            commit = _fill(build, name, revision, root, token)
            return _settle(build, name, commit)
    finally:
        remove_tree(build)


def _fill(build: Path, name: str, revision: str | None, root: str | None, token: str | None) -> str:
    """The tokenizer's files into `build`; the commit or hash that pins them."""
    if name.startswith(FOLDER_PREFIX):
        _copy_folder(folder_below(root, name.removeprefix(FOLDER_PREFIX)), Path(root or ""), build)
        return hash_of(build)
    check_repository(name)
    return fetch_tokenizer(name, revision, token, build, tokenizer_files)


def _settle(build: Path, name: str, commit: str) -> Pinned:
    pinned = Pinned(name, commit, f"tokenizer-{commit[:16]}")
    final = build.with_name(str(pinned.folder))
    if not final.exists():
        (build / PINNED).write_text(json.dumps(asdict(pinned), indent=2), encoding="utf-8")
        publish(build, final)
    return pinned


def tokenizer_files(sizes: Mapping[str, int]) -> list[str]:
    """Of a listing (path -> bytes), the paths that a tokenizer is made of, sorted."""
    chosen = sorted(path for path in sizes if is_tokenizer_file(path))
    total = sum(sizes[path] for path in chosen)
    if not chosen:
        raise not_found(
            "There is no tokenizer: no tokenizer.json, vocabulary or tokenizer_config.json among its files."
        )
    if total > LARGEST_TOKENIZER_BYTES:
        raise not_found(f"Its tokenizer files are {total:,} bytes; up to {LARGEST_TOKENIZER_BYTES:,} are taken.")
    return chosen


def is_tokenizer_file(path: str) -> bool:
    """Files at the top, and the chat templates in their folder; a path that climbs out of it is none."""
    folder, _, name = path.rpartition("/")
    if folder:
        return folder == TEMPLATES and name.endswith(".jinja")
    return any(fnmatchcase(path, pattern) for pattern in TOKENIZER_FILES)


def folder_below(root: str | None, path: str) -> Path:
    """The folder `path` below `root`; nothing outside `root` is ever answered, by dots, slashes or links."""
    if not root or not Path(root).is_dir():
        raise not_found("There is no folder of tokenizers: set MISTUDIO_TOKENIZERS to one.")
    top = Path(root).resolve()
    try:
        folder = (top / path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # missing, NUL in the name, links in a circle
        folder = None
    if not path or folder is None or not folder.is_relative_to(top) or not folder.is_dir():
        raise not_found(f"There is no folder {path!r} below MISTUDIO_TOKENIZERS. Name one: file:<folder>.")
    return folder


def _copy_folder(folder: Path, root: Path, build: Path) -> None:
    top = root.resolve()
    found = {path.relative_to(folder).as_posix(): path for path in _candidates(folder)}
    for name, path in found.items():
        if not path.resolve().is_relative_to(top):
            raise not_found(f"{name} of this tokenizer is a link that leaves MISTUDIO_TOKENIZERS: copy the file there.")
    for name in tokenizer_files({name: path.stat().st_size for name, path in found.items()}):
        (build / name).parent.mkdir(exist_ok=True)
        copyfile(found[name], build / name)


def _candidates(folder: Path) -> Iterable[Path]:
    paths = (*folder.iterdir(), *folder.glob(f"{TEMPLATES}/*"))
    return (path for path in paths if path.is_file() and is_tokenizer_file(path.relative_to(folder).as_posix()))


def hash_of(folder: Path) -> str:
    """sha256 over the sorted names and contents of a folder's files."""
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    lines = "".join(f"{name}\0{sha256_of(path)}\n" for name, path in files)
    return hashlib.sha256(lines.encode()).hexdigest()


@lru_cache(maxsize=1)
def load_tokenizer(reference: str) -> Any:
    """The transformers tokenizer of a pinned folder (absolute), or of "builtin:byt5"; kept for the next shard."""
    if reference == BYT5:
        return ByT5Tokenizer()
    folder = Path(reference)
    try:
        tokenizer = _load(folder)
    except Exception as error:  # the Rust loader raises bare Exception; whatever it is, the files are at fault
        raise _cannot_load(folder, error) from error
    if not set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens):
        raise not_found(f"{pinned_in(folder).name} has no vocabulary: choose one with a tokenizer.json.")
    return tokenizer


def pinned_in(folder: Path) -> Pinned:
    """What a pinned folder holds."""
    return Pinned(**json.loads((folder / PINNED).read_text(encoding="utf-8")))


def pinned_as(reference: str) -> Pinned:
    """What `load_tokenizer` loads for the same reference."""
    return Pinned(BYT5, BUILTIN_COMMIT, None) if reference == BYT5 else pinned_in(Path(reference))


def model_vocabulary(reference: str) -> int | None:
    """How many ids the model that comes with a tokenizer knows; None where its `config.json` does not say."""
    if reference == BYT5:
        return None
    config = _read_json(Path(reference) / "config.json")
    text = config.get("text_config")
    size = (text if isinstance(text, dict) else config).get("vocab_size", config.get("vocab_size"))
    return size if isinstance(size, int) and size > 0 else None


def _load(folder: Path) -> Any:
    config = _config(folder)
    # some repositories are known to transformers by name as declaring the wrong class
    config.name_or_path = pinned_in(folder).name
    return AutoTokenizer.from_pretrained(folder, config=config, trust_remote_code=False, local_files_only=True)


def _config(folder: Path) -> Any:
    """As AutoTokenizer itself reads it: a model that transformers does not know may have a tokenizer that it does."""
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except (ValueError, OSError):
        return PreTrainedConfig.from_pretrained(folder, local_files_only=True)


def _cannot_load(folder: Path, error: Exception) -> WorldFailure:
    name = pinned_in(folder).name
    if "AutoTokenizer" in str(_read_json(folder / "tokenizer_config.json").get("auto_map")):
        return not_found(
            f"{name} needs Python code of its own, and code that comes with a tokenizer is never run here: "
            "choose one that has a tokenizer.json."
        )
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return not_found(f"{name} cannot be loaded as a tokenizer: choose one with a whole tokenizer.json ({reason}).")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def check_repository(name: str) -> None:
    """INVALID_INPUT for what cannot be the name of a repository."""
    if not REPOSITORY.fullmatch(name) or ".." in name or "--" in name:
        message = f'{name!r} names no tokenizer: use "owner/name" of the Hub, "file:<folder>" or "{BYT5}".'
        raise WorldFailure(ErrorCode.INVALID_INPUT, message)


def _no_revision(name: str, revision: str | None) -> None:
    if revision is not None:
        message = f"{name} has no revisions: leave `revision` out, it belongs to tokenizers of the Hub."
        raise WorldFailure(ErrorCode.INVALID_INPUT, message)


def not_found(message: str) -> WorldFailure:
    """The tokenizer is not there or cannot be used."""
    return WorldFailure(ErrorCode.TOKENIZER_NOT_FOUND, message)
