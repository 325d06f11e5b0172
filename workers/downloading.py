"""What the child does for a download before and after its files are fetched: plan which ones, publish their folder."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from domain.adapters.files import linking, remove_tree, tree_size
from domain.adapters.peaks import fetching_bytes
from domain.adapters.sums import publish_sealed
from domain.errors import ErrorCode, WorldFailure
from workers.file_globs import read_files
from workers.hub import Entry, Hub
from workers.layout import READ_FILES, Layout, build_skeleton, read_layout, safe_path
from workers.parquet_footer import Footer
from workers.parts import Part, Take, expected_bytes, plan_part, whole_files
from workers.ranges import fetch_footer
from workers.steps import Step, Work, with_steps


class FetchedFile(TypedDict):
    """A file of the repository and where its bytes are: `file` is absolute; `sha256` as they were fetched."""

    path: str
    file: str
    sha256: NotRequired[str]


def plan_download(  # noqa: PLR0913  the plain arguments of one piece
    *,
    repository: str,
    revision: str | None,
    config: str | None,
    splits: list[str] | None,
    work: str,
    files: list[str] | None = None,
    part: Mapping[str, int | None] | None = None,
    token: str | None = None,
) -> Work:
    """Pins the commit of `revision` (None: `main`) and names the files that the config's splits, or `files`, need.

    `work` is a folder for scratch files, gone at the end. `part` ({"rows", "bytes"}) asks for no more than that from
    the front. A file of two splits is listed with each. Returns {"repository", "commit", "config", "splits",
    "license", "format": {"name", "options", "features"}, "bytes", "peakBytes", "files": [{"path", "split", "size",
    "sha256", "git_oid"}]}: the repository as the Hub calls it; of a part each file has a "take" (a Take) too. `bytes`
    counts each file once, `peakBytes` what its ingest will write, too.
    """
    with Hub(token) as hub:
        described = hub.dataset(repository, revision or "main")
        commit = described["sha"]
        yield Step(0, None, "BYTES")
        entries = {entry.path: entry for entry in hub.files(repository, commit)}
        refuse_script(repository, entries)
        contents = {path: hub.read(repository, commit, path) for path in READ_FILES if path in entries}
        layout = _resolve(Path(work), repository, (config, files), list(entries), contents)
        listed = _listed(repository, layout, splits, entries)
        footer_of = partial(_footer, hub, repository, commit)
        planned = plan_part(Part(**part), layout.read_as, listed, footer_of) if part else whole_files(listed)
    sizes = expected_bytes(planned)
    pinned = {"repository": name_of(described) or repository, "commit": commit, "license": license_of(described)}
    planned_files = [_planned(*one, is_part=part is not None) for one in planned]
    read = {"config": layout.config, "splits": list(listed), "format": layout.read_as}
    amounts = {"bytes": sum(sizes.values()), "peakBytes": fetching_bytes(layout.format, sizes)}
    return pinned | read | amounts | {"files": planned_files}


def complete_download(*, final: str, pieces: Iterable[FetchedFile]) -> Work:
    """Publishes the fetched files as `final`, under their paths of the repository: {"bytes", "sumsSha256"}."""
    folder = Path(final)
    build = folder.with_name(folder.name + ".build")
    remove_tree(build)
    build.mkdir(parents=True)
    files = {piece["path"]: piece for piece in pieces}
    for done, (path, piece) in enumerate(files.items()):
        linked = linking(Path(piece["file"]), build / safe_path(path))
        yield from with_steps(linked, Step(done, len(files), "PIECES"))
        yield Step(done + 1, len(files), "PIECES")
    known = {str(safe_path(path)): piece.get("sha256", "") for path, piece in files.items()}
    sealed = yield from with_steps(publish_sealed(build, folder, known), Step(len(files), len(files), "PIECES"))
    return {"bytes": tree_size(folder), "sumsSha256": sealed}


def refuse_script(repository: str, entries: dict[str, Entry]) -> None:
    """UNSUPPORTED_FORMAT where a script would say what the files are."""
    script = repository.rpartition("/")[2] + ".py"
    if script in entries:
        message = (
            f"{repository} is a script ({script}), and code of a repository is never run: "
            "look for its parquet form, for many at the revision refs/convert/parquet."
        )
        raise WorldFailure(ErrorCode.UNSUPPORTED_FORMAT, message)


def _resolve(
    work: Path,
    repository: str,
    asked: tuple[str | None, list[str] | None],
    paths: list[str],
    contents: dict[str, bytes],
) -> Layout:
    """The files of the config, or those of the globs, that are asked for."""
    config, globs = asked
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work, prefix="layout-") as scratch:
        # a folder of this name holds no script of the folder's name, which `datasets` would refuse
        skeleton = Path(scratch, "skeleton-of-a-repository")
        skeleton.mkdir()
        build_skeleton(skeleton, paths, contents)
        if globs is not None:
            return read_files(skeleton, repository, globs)
        return read_layout(skeleton, repository, config, Path(scratch, "cache"))


def _listed(
    repository: str, layout: Layout, asked: list[str] | None, entries: dict[str, Entry]
) -> dict[str, list[Entry]]:
    """The files of each split that was asked for, in the order of the source."""
    unknown = [split for split in asked or [] if split not in layout.splits]
    if unknown:
        message = f"{repository} has no split {', '.join(unknown)}: choose among {', '.join(layout.splits)}."
        raise WorldFailure(ErrorCode.SPLIT_NOT_FOUND, message)
    return {
        split: [entries[path] for path in paths]
        for split, paths in layout.splits.items()
        if not asked or split in asked
    }


def _planned(split: str, entry: Entry, take: Take, *, is_part: bool) -> dict[str, Any]:
    digests = {"sha256": entry.sha256, "git_oid": entry.git_oid}
    found = {"path": entry.path, "split": split, "size": entry.size, **digests}
    return found | {"take": asdict(take)} if is_part else found


def _footer(hub: Hub, repository: str, commit: str, entry: Entry) -> Footer:
    return fetch_footer(hub.file(repository, commit, entry.path), entry.size)


def name_of(described: Mapping[str, Any]) -> str | None:
    """What the Hub calls the repository: its new name where it was renamed, the name as it is written there."""
    name = described.get("id")
    return name if isinstance(name, str) else None


def license_of(described: dict[str, Any]) -> str | None:
    """What the card says, several with commas between them."""
    card = described.get("cardData")
    found = card.get("license") if isinstance(card, dict) else None
    return ", ".join(map(str, found)) if isinstance(found, list) else found and str(found)
