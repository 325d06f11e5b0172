"""A Hub on loopback: serves `datasets/<owner>/<name>` and `models/<owner>/<name>` of a folder as the real one would.

The real `datasets`, `transformers` and `huggingface_hub` talk to it through `HF_ENDPOINT`. Large (LFS) files it
sends to signed addresses at another host, as the Hub does. Alone:

    python -m tests.hub FOLDER [--port P] [--bytes-per-second N]

Its faults, its throttle and its log of requests are reached in the process, or from another one by
`POST /_hub/faults` (a list of the fields of Fault), `POST /_hub/throttle` (`{"bytes_per_second": N}`),
`POST /_hub/expire` and `GET /_hub/requests`.
"""

import argparse
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from tests.hub_answers import HubHandler
from tests.hub_blobs import BlobHandler, Signatures
from tests.hub_faults import BLOBS, Fault, Request
from tests.hub_wire import HubServer, serving
from tests.snapshots import Repository

REDIRECTS = (302, 307)


class Hub:
    """Two threaded servers over a folder; a context manager. `url` is what HF_ENDPOINT should be."""

    def __init__(self, folder: Path, *, port: int = 0, bytes_per_second: int | None = None) -> None:
        self.folder = folder
        self.bytes_per_second = bytes_per_second
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self._repositories: dict[str, Repository] = {}
        self._lock = threading.Lock()
        self._kept = tempfile.TemporaryDirectory(prefix="hub-")
        self._servers = HubServer(("127.0.0.1", port), HubHandler, self), HubServer(("127.0.0.2", 0), BlobHandler, self)
        self.url, self.blobs_url = (server.url for server in self._servers)
        self.signatures = Signatures()
        self._bodies = 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.callback(self._kept.cleanup)
        self._open.enter_context(serving(*self._servers))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def throttle(self, bytes_per_second: int | None) -> None:
        """Slows the body of every answer from now on, also of those under way; None: as fast as it goes."""
        self.bytes_per_second = bytes_per_second

    def fail(self, path: str, **what: Any) -> None:
        """Adds a fault: `hub.fail("*/train.parquet", status=503, times=2)`."""
        self.faults.append(Fault(path, **what))

    def heal(self) -> None:
        self.faults.clear()

    def commit_of(self, name: str, kind: str = "datasets") -> str:
        """The sha that `main` stands for now."""
        return self.repository(kind, name).head().sha

    def body_requests(self, path: str) -> list[Request]:
        """The requests that asked for the content of a file, in order; those that were sent elsewhere apart."""
        asked = [request for request in self.requests if request.method == "GET" and request.path.endswith(path)]
        return [request for request in asked if request.status not in REDIRECTS]

    def blob_requests(self) -> list[Request]:
        """What the host of the large files was asked for."""
        return [request for request in self.requests if request.host == BLOBS]

    @contextmanager
    def sending(self, entry: Request) -> Iterator[None]:
        """Counts the bodies that are on their way at once."""
        with self._lock:
            self._bodies += 1
            entry.at_once = self._bodies
        try:
            yield
        finally:
            with self._lock:
                self._bodies -= 1

    def repository(self, kind: str, name: str) -> Repository:
        """KeyError when there is no such folder. Without an owner's folder the name is unknown too."""
        folder = self.folder / kind / name
        if ".." in name or not folder.is_dir():
            raise KeyError(name)
        with self._lock:
            key = f"{kind}/{name}"
            return self._repositories.setdefault(key, Repository(folder, Path(self._kept.name)))

    def next_fault(self, method: str, path: str, host: str, *, of_body: bool) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self.faults if fault.fits(method, path, host, of_body=of_body)), None)
            if fault and fault.times:
                fault.times -= 1
            return fault

    def environment(self, home: Path) -> dict[str, str]:
        """What a process needs so that the Hub's libraries in it talk to this Hub, and to nothing else."""
        quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        return {"HF_ENDPOINT": self.url, "HF_HOME": str(home), **quiet}


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves a folder of repositories as the Hub does.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bytes-per-second", type=int)
    asked = parser.parse_args()
    # SIGINT too: who is started in the background of a script inherits that it is ignored
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    with Hub(asked.folder, port=asked.port, bytes_per_second=asked.bytes_per_second) as hub:
        try:
            print(f"HF_ENDPOINT={hub.url}", flush=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
