"""Which files the configs and splits of a repository are: what `datasets` says, without letting it near the network.

`load_dataset_builder` resolves README.md, folder names and file-name patterns on a skeleton: the names of the
repository's files, empty, and the few small files that it reads. So no token, no shared cache and no retries of its
own come into play, and no code of the repository is ever run.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

import yaml  # type: ignore[import-untyped]  # it ships no types
from datasets import BuilderConfig, load_dataset_builder
from datasets.load import import_main_class, infer_module_for_data_files
from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES as READERS
from huggingface_hub import DatasetCard

from domain.errors import ErrorCode, WorldFailure
from workers.arrow_folder import SPLIT_NAME
from workers.source_bytes import COMPRESSED
from workers.source_tables import SEEKING

CARD, STANDALONE_CARD, INFOS = "README.md", ".huggingface.yaml", "dataset_infos.json"
READ_FILES = (CARD, STANDALONE_CARD, INFOS)
NOT_DATA = {*READ_FILES, ".gitattributes"}
FORMATS = ("parquet", "arrow", "json", "csv", "text")
READABLE = "parquet, arrow, json, jsonl, csv, tsv and txt files are read, all but the first two also as .gz or .zst"
ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar", *(f".tar{suffix}" for suffix in COMPRESSED))
LONGEST_NAME_BYTES = 255
LONGEST_SPLIT_BYTES = 200  # more is added to it in the names of files
GENERAL = {field.name for field in fields(BuilderConfig)} | {"features", "default"}
WRONG_CARD = (ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Layout:
    """One config, or None for files that were named: paths by split, in the order of `datasets`, and how they are read.

    `options` are the settings of the builder that differ from its own, `features` what the card says of the columns.
    """

    config: str | None
    splits: dict[str, list[str]]
    format: str
    options: dict[str, Any]
    features: dict[str, Any] | None

    @property
    def read_as(self) -> dict[str, Any]:
        """The format as an ingest is told of it."""
        return {"name": self.format, "options": self.options, "features": self.features}


def build_skeleton(folder: Path, paths: list[str], contents: dict[str, bytes]) -> None:
    """The files of a repository by name; empty but for `contents`."""
    for path in paths:
        target = folder / safe_path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents.get(path, b""))


def safe_path(path: str) -> PurePosixPath:
    """A path of a repository, or UNSUPPORTED_FORMAT when it would leave the folder that it is put in, or no file can be
    called so."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or not all(map(_is_name, pure.parts)):
        raise _unsupported(f"The repository holds a file named {path!r}, which cannot be kept on disk.")
    return pure


def _is_name(part: str) -> bool:
    """Whether a file may be called so."""
    try:
        return "\0" not in part and len(part.encode()) <= LONGEST_NAME_BYTES
    except UnicodeEncodeError:
        return False


def read_layout(skeleton: Path, repository: str, config: str | None, cache: Path) -> Layout:
    """The files of a config; without a name the repository's default one, else `default`, else its first.

    Raises CONFIG_NOT_FOUND, UNSUPPORTED_FORMAT, EMPTY_DATASET.
    """
    with _said_of(repository, skeleton):
        _refuse_foreign(skeleton)
        _refuse_odd_splits(skeleton)
        names = [str(entry["config_name"]) for entry in _configs(skeleton)] or ["default"]
        name = config if config is not None else _default(skeleton, names)
        if name not in names:
            message = f"{repository} has no config {name!r}: choose one of {', '.join(names)}."
            raise WorldFailure(ErrorCode.CONFIG_NOT_FOUND, message)
        builder = load_dataset_builder(str(skeleton), name=name, cache_dir=str(cache))
        entry = next((entry for entry in _configs(skeleton) if entry["config_name"] == name), None)
        reader, own = _own_reader(builder.config, entry) if entry else (_name_of(builder), builder.config)
        return _layout(reader, own, builder.info.features, skeleton.resolve())


def list_configs(skeleton: Path, repository: str) -> tuple[list[dict[str, Any]], str]:
    """What the card says of each config (nothing, where it names none), and the name of the one that is taken unasked.

    Raises UNSUPPORTED_FORMAT where none could be read.
    """
    with _said_of(repository, skeleton):
        _refuse_foreign(skeleton)
        _refuse_odd_splits(skeleton)
        entries = _configs(skeleton)
        return entries, _default(skeleton, [str(entry["config_name"]) for entry in entries] or ["default"])


def _name_of(builder: object) -> str:
    return type(builder).__module__.rpartition(".")[2]


def _own_reader(config: BuilderConfig, entry: dict[str, Any]) -> tuple[str, BuilderConfig]:
    """The reader that a config's own files ask for: `datasets` takes that of the card's first config for all."""
    reader, given = infer_module_for_data_files(config.data_files)
    kind = import_main_class(READERS[reader][0]).BUILDER_CONFIG_CLASS
    settings = {
        name: value for name, value in {**given, **entry}.items() if name not in GENERAL and hasattr(kind, name)
    }
    return reader, kind(name=config.name, data_files=config.data_files, **settings)


def _layout(reader: str, config: BuilderConfig, features: Any, root: Path) -> Layout:
    if reader not in FORMATS:
        raise _unsupported(f"The files are read as {reader}, which is not known here: {READABLE}.")
    splits = {str(split): [_inside(root, path) for path in paths] for split, paths in config.data_files.items()}
    refuse_compressed(reader, [path for paths in splits.values() for path in paths])
    return Layout(config.name, splits, reader, _options(config), features and features.to_dict())


def refuse_compressed(reader: str, paths: list[str]) -> None:
    """UNSUPPORTED_FORMAT for an archive, and for what is compressed though its reader seeks in it."""
    archive = next((path for path in paths if path.lower().endswith(ARCHIVES)), None)
    if archive:
        raise _unsupported(
            f"{archive} is an archive, and none is unpacked here: publish its files, or name others by `files`."
        )
    wrapped = next((path for path in paths if path.endswith(COMPRESSED)), None)
    if reader in SEEKING and wrapped:
        raise _unsupported(
            f"{wrapped} is {reader} inside of a compressed file: publish it without, it compresses itself."
        )


def _inside(root: Path, path: str) -> str:
    try:
        return Path(path).relative_to(root).as_posix()
    except ValueError:
        raise _unsupported("The card names files outside of the repository: only its own are fetched.") from None


def _options(config: BuilderConfig) -> dict[str, Any]:
    """Settings of the config that are not the builder's own, as plain JSON; names, files and features apart."""
    own = {field.name: getattr(config, field.name) for field in fields(config) if field.name not in GENERAL}
    plain = type(config)()
    return {name: value for name, value in own.items() if value != getattr(plain, name)}


def _default(skeleton: Path, names: list[str]) -> str:
    marked = [entry["config_name"] for entry in _configs(skeleton) if entry.get("default")]
    return next((name for name in [*marked, "default"] if name in names), names[0])


def _refuse_foreign(skeleton: Path) -> None:
    """The patterns of a card are resolved on the skeleton alone: not elsewhere on the disk, nor at another server."""
    for entry in _configs(skeleton):
        for text in _texts([entry.get("data_files"), entry.get("data_dir")]):
            if "://" in text or text.startswith(("/", "~")) or ".." in PurePosixPath(text).parts:
                raise _unsupported(f"The card names {text}, outside of the repository: only its own files are fetched.")


def _refuse_odd_splits(skeleton: Path) -> None:
    """The check of `datasets` lets a line's end through, and takes a page to say no."""
    for entry in _configs(skeleton):
        listed = entry.get("data_files")
        for item in listed if isinstance(listed, list) else ():
            if isinstance(item, dict) and not _is_split(str(item.get("split"))):
                allowed = f"it takes letters, digits, _ and dots between them, {LONGEST_SPLIT_BYTES} bytes at most"
                raise _unsupported(f"The card names a split {item['split']!r}: {allowed}.")


def _is_split(name: str) -> bool:
    return re.fullmatch(SPLIT_NAME, name) is not None and len(name.encode()) <= LONGEST_SPLIT_BYTES


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _configs(skeleton: Path) -> list[dict[str, Any]]:
    card = DatasetCard.load(skeleton / CARD).data.to_dict() if (skeleton / CARD).exists() else {}
    if (skeleton / STANDALONE_CARD).exists():
        card |= yaml.safe_load((skeleton / STANDALONE_CARD).read_text(encoding="utf-8")) or {}
    return card.get("configs") or []


@contextmanager
def _said_of(repository: str, skeleton: Path) -> Iterator[None]:
    """What `datasets` makes of a repository it cannot resolve, as errors of ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise _nothing(repository, skeleton) from error
    except WRONG_CARD as error:
        told = str(error).replace(str(skeleton.resolve()), repository).replace(str(skeleton), repository)
        raise _unsupported(f"What {repository} says of its files cannot be used: {told}") from error


def _nothing(repository: str, skeleton: Path) -> WorldFailure:
    files = {path.relative_to(skeleton).as_posix() for path in skeleton.rglob("*") if path.is_file()}
    if files <= NOT_DATA:
        return WorldFailure(ErrorCode.EMPTY_DATASET, f"{repository} holds no files of data: there is nothing to fetch.")
    return _unsupported(f"No file of {repository} can be read: {READABLE}.")


def _unsupported(message: str) -> WorldFailure:
    return WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)
