"""What the child does for a download: plan which files, fetch one file, publish the folder of all."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict

from domain.adapters.files import link_or_copy, publish, remove_tree, tree_size
from domain.errors import ErrorCode, WorldFailure
from workers.chunks import ChunkedFile, discard, saved_chunks
from workers.hub import Body, Entry, Hub, RangeRefused
from workers.layout import READ_FILES, Layout, build_skeleton, read_layout, safe_path
from workers.steps import Step, Work

SECONDS_BETWEEN_STEPS = 0.25


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


def fetch_file(  # noqa: PLR0913  the plain arguments of one piece
    *,
    repository: str,
    commit: str,
    path: str,
    size: int,
    sha256: str | None,
    git_oid: str | None,
    target: str,
    earlier: Sequence[str] = (),
    token: str | None = None,
) -> Work:
    """Fetches one file to `target`, going on where the `earlier` targets of the same file ended, which are removed.

    What earlier fetches left is copied, never written to: one of them may still be at work. Returns {"path", "file",
    "bytes", "sha256"}. CHECKSUM_MISMATCH, after which nothing is left, when size, sha256 or git blob are not as told.
    """
    with ChunkedFile(Path(target), size) as file:
        yield from _adopt(file, [Path(name) for name in earlier if name != target])
        with Hub(token) as hub:
            try:
                yield from _fetch(file, path, hub, repository, commit)
            except RangeRefused:
                file.restart()
                yield from _fetch(file, path, hub, repository, commit)
        _check(file, path, sha256, git_oid)
        file.finish()
        return {"path": path, "file": Path(target).name, "bytes": file.done, "sha256": file.sha256}


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


def _adopt(file: ChunkedFile, earlier: list[Path]) -> Iterator[Step]:
    for source in earlier:
        for chunk in saved_chunks(source, file.done):
            file.add(chunk)
            yield Step(file.done, file.size, "BYTES")
        file.forget_torn()
    for source in earlier:
        discard(source)


def _fetch(file: ChunkedFile, path: str, hub: Hub, repository: str, commit: str) -> Iterator[Step]:
    """Requests until the file is whole; one that saves nothing is the last."""
    while file.done < file.size:
        before = file.done
        with hub.content(repository, commit, path, before) as body:
            yield from _take(file, body, path)
        if file.done <= before:
            raise WorldFailure(ErrorCode.HUB_UNAVAILABLE, f"The Hub cut {path} short: retry.", retryable=True)


def _take(file: ChunkedFile, body: Body, path: str) -> Iterator[Step]:
    if body.total not in (None, file.size):
        raise _mismatch(file, path)
    if body.start != file.done:
        file.restart()
    told = time.monotonic()
    for block in body.blocks:
        saved = file.add(block)
        if file.received > file.size:
            raise _mismatch(file, path)
        if saved or time.monotonic() - told > SECONDS_BETWEEN_STEPS:
            told = time.monotonic()
            yield Step(file.received, file.size, "BYTES", committed=file.advanced)
    file.forget_torn()


def _check(file: ChunkedFile, path: str, sha256: str | None, git_oid: str | None) -> None:
    if sha256 not in (None, file.sha256) or git_oid not in (None, file.git_oid):
        raise _mismatch(file, path)


def _mismatch(file: ChunkedFile, path: str) -> WorldFailure:
    """Drops what was fetched: none of it can be trusted."""
    discard(file.target)
    message = (
        f"{path} is not what the Hub's list says (size or checksum): retry, it will be fetched from its beginning."
    )
    return WorldFailure(ErrorCode.CHECKSUM_MISMATCH, message, retryable=True, discarded=True)
