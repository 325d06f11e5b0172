"""What the child does for a download before and after its files are fetched: plan which ones, publish their folder."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

from domain.adapters.files import link_or_copy, publish, remove_tree, tree_size
from domain.errors import ErrorCode, WorldFailure
from workers.hub import Entry, Hub
from workers.layout import READ_FILES, Layout, build_skeleton, read_layout, safe_path
from workers.steps import Step, Work


class FetchedFile(TypedDict):
    """A file of the repository and where its bytes are: `file` is absolute."""

    path: str
    file: str


def plan_download(
    *,
    repository: str,
    revision: str | None,
    config: str | None,
    splits: list[str] | None,
    work: str,
    token: str | None = None,
) -> Work:
    """Pins the commit of `revision` (None: `main`) and names the files that the config's splits need.

    `work` is a folder for scratch files, gone at the end. A file of two splits is listed with each. Returns
    {"commit", "config", "splits", "license", "format": {"name", "options", "features"}, "bytes",
    "files": [{"path", "split", "size", "sha256", "git_oid"}]}; `bytes` counts each file once.
    """
    with Hub(token) as hub:
        described = hub.dataset(repository, revision or "main")
        commit = described["sha"]
        yield Step(0, None, "BYTES")
        entries = {entry.path: entry for entry in hub.files(repository, commit)}
        _refuse_script(repository, entries)
        contents = {path: hub.read(repository, commit, path) for path in READ_FILES if path in entries}
    layout = _resolve(Path(work), repository, config, list(entries), contents)
    return {"commit": commit, "license": _license(described), **_plan(repository, layout, splits, entries)}


def complete_download(*, final: str, pieces: Iterable[FetchedFile]) -> Work:
    """Publishes the fetched files as `final`, under their paths of the repository: {"bytes"}."""
    folder = Path(final)
    build = folder.with_name(folder.name + ".build")
    remove_tree(build)
    build.mkdir(parents=True)
    files = {piece["path"]: piece["file"] for piece in pieces}
    for done, (path, file) in enumerate(files.items(), start=1):
        link_or_copy(Path(file), build / safe_path(path))
        yield Step(done, len(files), "PIECES")
    publish(build, folder)
    return {"bytes": tree_size(folder)}


def _refuse_script(repository: str, entries: dict[str, Entry]) -> None:
    script = repository.rpartition("/")[2] + ".py"
    if script in entries:
        message = (
            f"{repository} is a script ({script}), and code of a repository is never run: "
            "look for its parquet form, for many at the revision refs/convert/parquet."
        )
        raise WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)


def _resolve(work: Path, repository: str, config: str | None, paths: list[str], contents: dict[str, bytes]) -> Layout:
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work, prefix="layout-") as scratch:
        # a folder of this name holds no script of the folder's name, which `datasets` would refuse
        skeleton = Path(scratch, "skeleton-of-a-repository")
        skeleton.mkdir()
        build_skeleton(skeleton, paths, contents)
        return read_layout(skeleton, repository, config, Path(scratch, "cache"))


def _plan(repository: str, layout: Layout, asked: list[str] | None, entries: dict[str, Entry]) -> dict[str, Any]:
    chosen = _choose(repository, list(layout.splits), asked)
    files = [_planned(entries[path], split) for split in chosen for path in layout.splits[split]]
    return {
        "config": layout.config,
        "splits": chosen,
        "format": {"name": layout.format, "options": layout.options, "features": layout.features},
        "files": files,
        "bytes": sum(entries[path].size for path in {file["path"] for file in files}),
    }


def _choose(repository: str, known: list[str], asked: list[str] | None) -> list[str]:
    unknown = [split for split in asked or [] if split not in known]
    if unknown:
        message = f"{repository} has no split {', '.join(unknown)}: choose among {', '.join(known)}."
        raise WorldFailure(ErrorCode.SPLIT_NOT_FOUND, message)
    return [split for split in known if not asked or split in asked]


def _planned(entry: Entry, split: str) -> dict[str, Any]:
    digests = {"sha256": entry.sha256, "git_oid": entry.git_oid}
    return {"path": entry.path, "split": split, "size": entry.size, **digests}


def _license(described: dict[str, Any]) -> str | None:
    card = described.get("cardData")
    found = card.get("license") if isinstance(card, dict) else None
    return ", ".join(map(str, found)) if isinstance(found, list) else found and str(found)
