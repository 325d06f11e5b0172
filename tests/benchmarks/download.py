"""Fetching one large file from the test Hub on loopback: how fast, against curl, and what a kill costs, against the
Hub's library.

The Hub is a process of its own that sends by `sendfile`. Both sides begin at the Hub and are sent on to its host of
large files. Ours runs in the service's child; it also checks the sha256, and flushes the file to the disk.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from domain.adapters.files import sha256_of
from tests.benchmarks.report import Figure, machine
from tests.texts import incompressible, write_repository
from workers.child import NICENESS, Child

FAST_BYTES, KILLED_BYTES = 256_000_000, 200_000_000
RUNS = 7
KILLED_AT = 0.9
SLOW_BYTES_A_SECOND = 20_000_000
MIB = 1024 * 1024
# as nice to others as our child is
CURL = ("nice", "-n", str(NICENESS), "curl", "-sSfL", "-o")
LIBRARY = """
import sys
from huggingface_hub import hf_hub_download
hf_hub_download("acme/large", "killed.bin", repo_type="dataset", cache_dir=sys.argv[1])
"""


def run() -> list[Figure]:
    """The two figures; without curl only the second."""
    with tempfile.TemporaryDirectory(prefix="bench-download-") as temporary:
        folder = Path(temporary)
        files = {"fast.bin": incompressible(FAST_BYTES), "killed.bin": incompressible(KILLED_BYTES)}
        write_repository(folder / "datasets/acme/large", files)
        with serving(folder) as url:
            rate = [throughput(url, folder)] if shutil.which("curl") else []
            return [*rate, killed(url, folder)]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a Hub in a process of its own, which this process's children are told."""
    command = [sys.executable, "-m", "tests.hub", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hub:
        try:
            assert hub.stdout is not None
            url = hub.stdout.readline().strip().removeprefix("HF_ENDPOINT=")
            os.environ |= {"HF_ENDPOINT": url, "HF_HUB_DISABLE_XET": "1"}
            yield url
        finally:
            hub.terminate()


def throughput(url: str, folder: Path) -> Figure:
    """The fastest of alternating runs, since what else goes on here only adds; each to a file that is not there yet."""
    child, asked = Child(), request(url, folder / "datasets/acme/large/fast.bin")
    sides: dict[str, Callable[[Path], object]] = {
        "ours": lambda target: fetch(child, asked | {"target": str(target)}),
        "curl": lambda target: subprocess.run([*CURL, target, address(url, asked)], check=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    try:
        for _ in range(RUNS):
            for name, side in sides.items():
                target = folder / f"{name}.bin"
                seconds[name].append(timed(side, target))
                assert target.stat().st_size == FAST_BYTES
                target.unlink()
    finally:
        child.close()
    rates = {name: FAST_BYTES / min(each) / 1e6 for name, each in seconds.items()}
    told = ", ".join(f"{name} {rate:,.0f} MB/s" for name, rate in rates.items())
    detail = (
        f"{told}; fastest of {RUNS} alternating runs each of {FAST_BYTES / 1e6:.0f} MB; ours checks sha256 and fsyncs"
    )
    return Figure("download on loopback, of curl's throughput", rates["ours"] / rates["curl"], ">= 0.8", detail)


def killed(url: str, folder: Path) -> Figure:
    """MiB that the Hub sent twice when a process is killed at 90% and another one goes on."""
    httpx.post(f"{url}/_hub/throttle", json={"bytes_per_second": SLOW_BYTES_A_SECOND})
    asked = request(url, folder / "datasets/acme/large/killed.bin")
    ours = twice(url, lambda: kill_ours(asked, folder))
    theirs = twice(url, lambda: kill_library(url, folder))
    detail = f"MiB of {KILLED_BYTES / MIB:.0f}; huggingface_hub {theirs:.1f}; every answer slowed to 20 MB/s"
    return Figure("a kill at 90% of a file: fetched twice", ours, "<= 1.0", detail)


def kill_ours(asked: dict[str, Any], folder: Path) -> None:
    child, targets = Child(), [str(folder / f"killed.{fence}.bin") for fence in (1, 2)]
    try:
        work = child.call("fetch_file", asked | {"target": targets[0]})
        while next(work).done < KILLED_AT * KILLED_BYTES:
            pass
        child.kill()
        work.close()
        assert fetch(child, asked | {"target": targets[1], "earlier": targets[:1]})["sha256"] == asked["sha256"]
    finally:
        child.close()


def kill_library(url: str, folder: Path) -> None:
    command, before = [sys.executable, "-c", LIBRARY, str(folder / "cache")], sent(url)
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while sent(url) - before < KILLED_AT * KILLED_BYTES:
        assert first.poll() is None
        time.sleep(0.02)
    first.kill()
    first.wait()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def twice(url: str, story: Callable[[], None]) -> float:
    before = sent(url)
    story()
    return (sent(url) - before - KILLED_BYTES) / MIB


def sent(url: str) -> int:
    return sum(one["sent"] for one in httpx.get(f"{url}/_hub/requests").json() if one["path"].endswith("killed.bin"))


def request(url: str, file: Path) -> dict[str, Any]:
    """The plain arguments of a fetch of a file of the repository."""
    commit = httpx.get(f"{url}/api/datasets/acme/large").json()["sha"]
    told = {"path": file.name, "size": file.stat().st_size, "sha256": sha256_of(file), "git_oid": None}
    return {"repository": "acme/large", "commit": commit, **told}


def address(url: str, asked: dict[str, Any]) -> str:
    return f"{url}/datasets/{asked['repository']}/resolve/{asked['commit']}/{asked['path']}"


def fetch(child: Child, asked: dict[str, Any]) -> dict[str, Any]:
    work = child.call("fetch_file", asked)
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: dict[str, Any] = end.value
            return result


def timed(side: Callable[[Path], object], target: Path) -> float:
    started = time.perf_counter()
    side(target)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(machine(), *run(), sep="\n")
