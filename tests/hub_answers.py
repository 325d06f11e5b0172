"""How the test Hub answers: its routes, what it tells of a repository, its refusals and redirects."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import yaml

from tests.hub_faults import HUB, Fault, Moved, Refusal
from tests.hub_wire import Wire
from tests.snapshots import Blob, Commit, Repository, file_entry, folder_entry, sibling, tree

TREE_PAGE = 1000
REPOSITORY = r"(?P<name>[^/]+/[^/]+)"
API = rf"/api/(?P<kind>datasets|models)/{REPOSITORY}"
RESOLVE = re.compile(rf"/(?:(?P<kind>datasets)/)?{REPOSITORY}/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
INFO = re.compile(rf"{API}(?:/revision/(?P<revision>[^/]+))?")
TREE = re.compile(rf"{API}/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?")
PATHS = re.compile(rf"{API}/paths-info/(?P<revision>[^/]+)")
REFS = re.compile(rf"{API}/refs")


class HubHandler(Wire):
    host = HUB

    def answer(self) -> None:
        if self.path.startswith("/_hub/"):
            self.control(self.path.removeprefix("/_hub/"))
        else:
            super().answer()

    def dispatch(self) -> None:
        for pattern, act in self.routes():
            if found := pattern.fullmatch(self.url.path):
                return act(**{key: unquote(value) if value else value for key, value in found.groupdict().items()})
        raise Refusal(404, "NotFound", "Sorry, we can't find the page you are looking for.")

    def routes(self) -> list[tuple[re.Pattern[str], Callable[..., None]]]:
        if self.command == "POST":
            return [(PATHS, self.send_paths)]
        return [(INFO, self.send_info), (TREE, self.send_tree), (REFS, self.send_refs), (RESOLVE, self.send_file)]

    def find(self, kind: str, name: str) -> Repository:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        try:
            repository = self.hub.repository(kind, name)
            settings = repository.settings()
        except KeyError:
            raise Refusal(404 if token else 401, "RepoNotFound", "Repository not found") from None
        if "moved" in settings:
            raise Moved(self.moved(name, settings["moved"], whole=settings.get("whole_location", False)))
        if settings.get("private") and token not in settings.get("readers", []):
            raise Refusal(404 if token else 401, "RepoNotFound", "Repository not found")
        self.may_read = not settings.get("gated") or token in settings.get("readers", [])
        return repository

    def moved(self, name: str, now: str, *, whole: bool) -> str:
        """Where what was asked of a renamed repository is; the Hub names itself in it or not."""
        path = self.path.replace(f"/{quote(name)}", f"/{quote(now)}", 1)
        return f"{self.hub.url}{path}" if whole else path

    def commit(self, kind: str, name: str, revision: str | None) -> Commit:
        commit = self.find(kind, name).at(revision or "main")
        if commit is None:
            raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def send_info(self, kind: str, name: str, revision: str | None) -> None:
        repository, commit = self.find(kind, name), self.commit(kind, name, revision)
        detailed = self.query.get("blobs", "").lower() in ("true", "1")
        settings = repository.settings()
        self.send_json(
            {
                "id": name,
                "author": name.split("/", maxsplit=1)[0],
                "sha": commit.sha,
                "private": bool(settings.get("private")),
                "gated": settings.get("gated", False),
                "disabled": False,
                "lastModified": "2024-01-01T00:00:00.000Z",
                "createdAt": "2024-01-01T00:00:00.000Z",
                "downloads": 0,
                "likes": 0,
                "tags": [],
                "cardData": card_of(commit),
                "siblings": [sibling(path, blob, detailed=detailed) for path, blob in commit.blobs.items()],
            }
        )

    def send_tree(self, kind: str, name: str, revision: str, path: str | None) -> None:
        commit = self.commit(kind, name, revision)
        recursive = self.query.get("recursive", "").lower() in ("true", "1")
        entries = tree(commit, (path or "").strip("/"), recursive=recursive)
        if entries is None:
            raise Refusal(404, "EntryNotFound", f'{path} does not exist on "{revision}"', commit)
        start = int(base64.b64decode(self.query.get("cursor", "MA==")))
        stop = start + int(self.query.get("limit", TREE_PAGE))
        cursor = quote(base64.b64encode(str(stop).encode()))
        following = f"{self.hub.url}{self.url.path}?recursive={recursive}&cursor={cursor}&limit={stop - start}"
        link = {"Link": f'<{following}>; rel="next"'} if stop < len(entries) else {}
        self.send_json(entries[start:stop], headers=link)

    def send_paths(self, kind: str, name: str, revision: str) -> None:
        commit, folders = self.commit(kind, name, revision), self.commit(kind, name, revision).folders()
        is_json = "json" in (self.headers.get("Content-Type") or "")
        asked = json.loads(self.body)["paths"] if is_json else parse_qs(self.body.decode()).get("paths", [])
        files = [file_entry(path, commit.blobs[path]) for path in asked if path in commit.blobs]
        self.send_json(files + [folder_entry(path) for path in asked if path in folders])

    def send_refs(self, kind: str, name: str) -> None:
        branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": self.find(kind, name).head().sha}
        self.send_json({"branches": [branch], "tags": [], "converts": []})

    def send_file(self, kind: str | None, name: str, revision: str, path: str) -> None:
        commit = self.commit(kind or "models", name, revision)
        if not self.may_read:
            status = 403 if self.headers.get("Authorization") else 401
            raise Refusal(status, "GatedRepo", f"Access to {name} is restricted.")
        if path not in commit.blobs:
            raise Refusal(404, "EntryNotFound", "Entry not found", commit)
        blob, headers = commit.blobs[path], {"X-Repo-Commit": commit.sha}
        if blob.sha256 is None:
            self.send_blob(blob, headers)
        else:
            self.send_elsewhere(f"/{kind or 'models'}/{name}/{blob.sha256}/{path}", blob, headers)

    def send_elsewhere(self, path: str, blob: Blob, headers: dict[str, str]) -> None:
        """To the signed address of a large file at the host that keeps those."""
        headers |= {"Location": f"{self.hub.blobs_url}{self.hub.signatures.sign(path, blob)}"}
        self.send_json({}, 302, headers | {"X-Linked-Size": str(blob.size), "X-Linked-Etag": f'"{blob.etag}"'})

    def control(self, what: str) -> None:
        """What tests in other processes do; it is not logged."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if what == "faults" and self.command == "POST":
            self.hub.faults[:] = [Fault(**fault) for fault in json.loads(body)]
        elif what == "throttle" and self.command == "POST":
            self.hub.throttle(json.loads(body)["bytes_per_second"])
        elif what == "expire" and self.command == "POST":
            self.hub.signatures.expire()
        self.send_json([asdict(request) for request in self.hub.requests] if what == "requests" else {})


def card_of(commit: Commit) -> dict[str, Any]:
    """The YAML at the head of README.md; nothing when it cannot be read."""
    if "README.md" not in commit.blobs:
        return {}
    _, *parts = commit.blobs["README.md"].content.read_text().split("---\n")
    try:
        return (yaml.safe_load(parts[0]) if parts else None) or {}
    except yaml.YAMLError:
        return {}
