"""A Hub on loopback: serves `datasets/<owner>/<name>` and `models/<owner>/<name>` of a folder as the real one would.

The real `datasets`, `transformers` and `huggingface_hub` talk to it through `HF_ENDPOINT`. Alone:

    python -m tests.hub FOLDER [--port P] [--bytes-per-second N]

Its faults, its throttle and its log of requests are reached in the process, or from another one by
`POST /_hub/faults` (a list of the fields of Fault), `POST /_hub/throttle` (`{"bytes_per_second": N}`)
and `GET /_hub/requests`.
"""

import argparse
import tempfile
import threading
from pathlib import Path
from typing import Any, Self

from tests.hub_answers import Fault, HubServer, Request
from tests.snapshots import Repository


class Hub:
    """A threaded server over a folder; a context manager. `url` is what HF_ENDPOINT should be."""

    def __init__(self, folder: Path, *, port: int = 0, bytes_per_second: int | None = None) -> None:
        self.folder = folder
        self.bytes_per_second = bytes_per_second
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self._repositories: dict[str, Repository] = {}
        self._lock = threading.Lock()
        self._kept = tempfile.TemporaryDirectory(prefix="hub-")
        self._server = HubServer(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._kept.cleanup()

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
        """The requests that asked for the content of a file, in order."""
        return [request for request in self.requests if request.method == "GET" and request.path.endswith(path)]

    def repository(self, kind: str, name: str) -> Repository:
        """KeyError when there is no such folder. Without an owner's folder the name is unknown too."""
        folder = self.folder / kind / name
        if ".." in name or not folder.is_dir():
            raise KeyError(name)
        with self._lock:
            key = f"{kind}/{name}"
            return self._repositories.setdefault(key, Repository(folder, Path(self._kept.name)))

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            fault = next((fault for fault in self.faults if fault.fits(method, path)), None)
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
    with Hub(asked.folder, port=asked.port, bytes_per_second=asked.bytes_per_second) as hub:
        print(f"HF_ENDPOINT={hub.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
