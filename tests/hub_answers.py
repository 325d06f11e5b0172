"""How the test Hub answers: its routes, its refusals, ranges, and what goes wrong when a test asks for it."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.snapshots import Blob, Commit, Repository, file_entry, folder_entry, sibling, tree

if TYPE_CHECKING:
    from tests.hub import Hub

BLOCK_BYTES = 256 * 1024
TREE_PAGE = 1000
REPOSITORY = r"(?P<name>[^/]+/[^/]+)"
API = rf"/api/(?P<kind>datasets|models)/{REPOSITORY}"
RESOLVE = re.compile(rf"/(?:(?P<kind>datasets)/)?{REPOSITORY}/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
INFO = re.compile(rf"{API}(?:/revision/(?P<revision>[^/]+))?")
TREE = re.compile(rf"{API}/tree/(?P<revision>[^/]+)(?:/(?P<path>.+))?")
PATHS = re.compile(rf"{API}/paths-info/(?P<revision>[^/]+)")
REFS = re.compile(rf"{API}/refs")


@dataclass
class Fault:
    """What goes wrong with requests whose path fits a pattern of `fnmatch`, the next `times` times (None: always)."""

    path: str
    times: int | None = None
    method: str = "GET"
    status: int | None = None  # answer with this status instead
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None  # bytes of the body, then the connection closes
    damage_at: int | None = None  # the byte of the file that is sent wrong
    ignore_range: bool = False
    stall_seconds: float = 0.0  # before the answer
    redirect: str | None = None  # 302 to this address

    def fits(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method in (method, "*") and fnmatch(path, self.path)


@dataclass
class Request:
    """One line of the log; `sent` counts the bytes of the body while they are written."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    status: int = 0
    sent: int = 0


class Refusal(Exception):  # noqa: N818  the word of the answer
    """An answer that is an error, said as the Hub says it."""

    def __init__(self, status: int, code: str, message: str, commit: Commit | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {"X-Error-Code": code, "X-Error-Message": message}
        self.headers |= {"X-Repo-Commit": commit.sha} if commit else {}


class HubServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], hub: "Hub") -> None:
        super().__init__(address, Handler)
        self.hub = hub


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "HubServer"
    entry: Request

    @property
    def hub(self) -> "Hub":
        return self.server.hub

    def log_message(self, *_: object) -> None:
        """The log is `hub.requests`."""

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        self.url = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(self.url.query).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.url.path.startswith("/_hub/"):
            return self.control(self.url.path.removeprefix("/_hub/"))
        path = unquote(self.url.path)
        self.entry = Request(self.command, path, self.headers.get("Range"), self.headers.get("Authorization"))
        self.hub.requests.append(self.entry)
        self.fault = self.hub.next_fault(self.command, path)
        try:
            self.dispatch()
        except Refusal as refusal:
            self.send_json({"error": str(refusal)}, refusal.status, refusal.headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def dispatch(self) -> None:
        if self.fault:
            time.sleep(self.fault.stall_seconds)
            if self.fault.redirect or self.fault.status:
                location = {"Location": self.fault.redirect} if self.fault.redirect else {}
                return self.send_json({}, self.fault.status or 302, self.fault.headers | location)
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
        if settings.get("private") and token not in settings.get("readers", []):
            raise Refusal(404 if token else 401, "RepoNotFound", "Repository not found")
        self.may_read = not settings.get("gated") or token in settings.get("readers", [])
        return repository

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
        start = int(self.query.get("cursor", 0))
        stop = start + int(self.query.get("limit", TREE_PAGE))
        following = f"{self.hub.url}{self.url.path}?recursive={recursive}&cursor={stop}&limit={stop - start}"
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
        self.send_blob(commit.blobs[path], {"X-Repo-Commit": commit.sha})

    def send_blob(self, blob: Blob, headers: dict[str, str]) -> None:
        start, stop = self.asked_range(blob.size)
        partial = (start, stop) != (0, blob.size) or (self.entry.range is not None and blob.size > 0)
        if self.fault and self.fault.ignore_range:
            start, stop, partial = 0, blob.size, False
        headers |= {"ETag": f'"{blob.etag}"', "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        headers |= {"X-Linked-Size": str(blob.size), "X-Linked-Etag": f'"{blob.etag}"'} if blob.sha256 else {}
        if blob.size and not 0 <= start < stop <= blob.size:
            raise Refusal(416, "RangeNotSatisfiable", "The range is outside of the file.")
        headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{blob.size}"} if partial else {}
        headers |= self.fault.headers if self.fault else {}
        self.send_head(206 if partial else 200, {"Content-Length": str(stop - start), **headers})
        if self.command == "GET":
            self.send_content(blob.content, start, stop)

    def asked_range(self, size: int) -> tuple[int, int]:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if not found:
            return 0, size
        return int(found[1]), min(int(found[2]) + 1, size) if found[2] else size

    def send_content(self, path: Path, start: int, stop: int) -> None:
        cut = self.fault.cut_after if self.fault else None
        stop = stop if cut is None else min(stop, start + cut)
        with path.open("rb") as file:
            file.seek(start)
            while start < stop:
                block = self.damaged(file.read(min(self.block_bytes(), stop - start)), start)
                self.wfile.write(block)
                self.entry.sent += len(block)
                start += len(block)
                if self.hub.bytes_per_second:
                    time.sleep(len(block) / self.hub.bytes_per_second)
        if cut is not None:
            self.close_connection = True

    def block_bytes(self) -> int:
        rate = self.hub.bytes_per_second
        return BLOCK_BYTES if rate is None else max(1, min(BLOCK_BYTES, rate // 50))

    def damaged(self, block: bytes, start: int) -> bytes:
        at = self.fault.damage_at if self.fault else None
        if at is None or not start <= at < start + len(block):
            return block
        return block[: at - start] + bytes([block[at - start] ^ 0xFF]) + block[at - start + 1 :]

    def send_json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        described = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        self.send_head(status, described | (headers or {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_head(self, status: int, headers: dict[str, str]) -> None:
        if hasattr(self, "entry"):
            self.entry.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def control(self, what: str) -> None:
        if what == "faults" and self.command == "POST":
            self.hub.faults[:] = [Fault(**fault) for fault in json.loads(self.body)]
        elif what == "throttle" and self.command == "POST":
            self.hub.throttle(json.loads(self.body)["bytes_per_second"])
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
