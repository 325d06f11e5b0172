"""What the test Hub serves: a folder seen as a git repository, each state of it kept under its commit."""

import hashlib
import json
import os
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.adapters.files import link_or_copy

LFS_ABOVE_BYTES = 100_000
LFS_SUFFIXES = {".parquet", ".arrow", ".safetensors", ".gz", ".zst"}
COPIED_UP_TO_BYTES = 8 * 1024 * 1024
SETTINGS = ".hub.json"


@dataclass(frozen=True)
class Blob:
    """One file at one commit: `oid` is git's name of it, `sha256` is there when the Hub would keep it as LFS."""

    content: Path
    size: int
    oid: str
    sha256: str | None

    @property
    def etag(self) -> str:
        return self.sha256 or self.oid


@dataclass(frozen=True)
class Commit:
    sha: str
    blobs: dict[str, Blob]

    def folders(self) -> set[str]:
        return {"/".join(parts[:n]) for parts in map(_parts, self.blobs) for n in range(1, len(parts))}


@dataclass
class Repository:
    """A folder `<owner>/<name>`; a change of a file is a new commit, and the old ones stay.

    An optional file `.hub.json`, never served, sets {"private": bool, "gated": false | "auto" | "manual",
    "readers": [tokens that may read], "revisions": {branch or tag: sha}, "moved": its new name, "whole_location":
    whether a redirect to that names the Hub}.
    """

    folder: Path
    kept: Path
    commits: dict[str, Commit] = field(default_factory=dict)
    _seen: dict[tuple[str, int, int], Blob] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settings(self) -> dict[str, Any]:
        path = self.folder / SETTINGS
        settings: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return settings

    def at(self, revision: str) -> Commit | None:
        head = self.head()
        revision = self.settings().get("revisions", {}).get(revision, revision)
        return head if revision == "main" else self.commits.get(revision)

    def head(self) -> Commit:
        with self._lock:
            blobs = {path: self._blob(self.folder / path) for path in sorted(_files(self.folder))}
            names = "\n".join(f"{path} {blob.oid}" for path, blob in blobs.items())
            sha = hashlib.sha1(f"{self.folder.name}\n{names}".encode()).hexdigest()
            return self.commits.setdefault(sha, Commit(sha, blobs))

    def _blob(self, path: Path) -> Blob:
        stat = path.stat()
        key = (str(path), stat.st_mtime_ns, stat.st_size)
        if key not in self._seen:
            self._seen[key] = _keep(path, self.kept)
        return self._seen[key]


def _keep(path: Path, kept: Path) -> Blob:
    size = path.stat().st_size
    git, sha256 = hashlib.sha1(b"blob %d\0" % size), hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            git.update(block)
            sha256.update(block)
    content = kept / git.hexdigest()
    if not content.exists():
        # large files are linked: replace them whole, never write into them, if old commits are to stay
        (shutil.copyfile if size <= COPIED_UP_TO_BYTES else link_or_copy)(path, content)
    large = size > LFS_ABOVE_BYTES or path.suffix in LFS_SUFFIXES
    return Blob(content, size, git.hexdigest(), sha256.hexdigest() if large else None)


def _files(folder: Path) -> list[str]:
    found = (Path(where, name) for where, _, names in os.walk(folder) for name in names if name != SETTINGS)
    return [path.relative_to(folder).as_posix() for path in found]


def _parts(path: str) -> list[str]:
    return path.split("/")


def tree(commit: Commit, below: str, *, recursive: bool) -> list[dict[str, Any]] | None:
    """The Hub's answer to `tree`: folders and files below a path, one level unless recursive; None: no such folder."""
    prefix = f"{below}/" if below else ""
    folders = sorted(folder for folder in commit.folders() if folder.startswith(prefix) and folder != below)
    files = [path for path in commit.blobs if path.startswith(prefix)]
    if below and not files:
        return None
    entries = [folder_entry(folder) for folder in folders] + [file_entry(path, commit.blobs[path]) for path in files]
    return [entry for entry in entries if recursive or "/" not in entry["path"][len(prefix) :]]


def folder_entry(path: str) -> dict[str, Any]:
    return {"type": "directory", "oid": hashlib.sha1(path.encode()).hexdigest(), "size": 0, "path": path}


def file_entry(path: str, blob: Blob) -> dict[str, Any]:
    entry = {"type": "file", "oid": blob.oid, "size": blob.size, "path": path}
    return entry | ({"lfs": _lfs(blob, "oid")} if blob.sha256 else {})


def sibling(path: str, blob: Blob, *, detailed: bool) -> dict[str, Any]:
    """How the Hub lists a file in the answer about its repository."""
    if not detailed:
        return {"rfilename": path}
    entry = {"rfilename": path, "size": blob.size, "blobId": blob.oid}
    return entry | ({"lfs": _lfs(blob, "sha256")} if blob.sha256 else {})


def _lfs(blob: Blob, name: str) -> dict[str, Any]:
    return {name: blob.sha256, "size": blob.size, "pointerSize": 134}
