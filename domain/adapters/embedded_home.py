"""The home of embedded servers: which account runs them, what it can reach, and where their sockets are.

As root the servers run as an existing account without privileges, for Postgres refuses to run as root. No account
is added, and no folder outside the home changes its mode. Every folder is made by us below the home, which belongs to
us: nothing is ever written, as root, into a folder of that account.
"""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from domain.adapters.logs import words_of

SOCKET_PATH_BYTES = 107  # sun_path in sys/un.h holds 108, with the NUL
LOG_BYTES = 8 * 1024 * 1024
READ, EXECUTE = 4, 1
CLOSED = 0o700


class EmbeddedError(Exception):
    """An embedded server cannot run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server runs as. `switched` is whether that is another than the one who starts it."""

    uid: int
    gid: int
    switched: bool

    def may(self, wanted: int, path: Path) -> bool:
        """Whether the mode bits of `path` allow `wanted` (of READ, EXECUTE) to this account."""
        status = path.stat()
        shift = 6 if status.st_uid == self.uid else 3 if status.st_gid == self.gid else 0
        return status.st_mode >> shift & wanted == wanted

    def barred_at(self, folder: Path) -> Path | None:
        """The first of `folder` and its parents that this account cannot pass through."""
        chain = [*reversed(folder.parents), folder]
        return next((step for step in chain if not self.may(EXECUTE, step)), None) if self.switched else None

    def own(self, folder: Path) -> None:
        """Make a closed folder of this account, or close the one that is there."""
        folder.mkdir(mode=CLOSED, exist_ok=True)
        folder.chmod(CLOSED)
        if self.switched:
            os.chown(folder, self.uid, self.gid)


def choose_account(data: Path) -> Account:
    """Who runs the server of this data folder: its owner where it exists. Raises EmbeddedError."""
    holder = data.stat().st_uid if data.exists() else None
    us = os.geteuid()
    if us != 0:
        if holder not in (None, us):
            raise EmbeddedError(
                f"{data} belongs to user {holder}, not to you (user {us}): "
                "start as that user or as root, or choose another MISTUDIO_HOME."
            )
        return Account(us, os.getegid(), switched=False)
    if holder:
        return Account(holder, data.stat().st_gid, switched=True)
    return _unprivileged_account()


def _unprivileged_account() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_uid, entry.pw_gid, switched=True)
    raise EmbeddedError(
        "Postgres refuses to run as root, and this machine has neither an account 'postgres' nor 'nobody': "
        "start as another user, or set MISTUDIO_DATABASE_URL and MISTUDIO_REDIS_URL."
    )


def open_home(home: Path) -> Path:
    """The home, made when missing, without symbolic links in its path. Raises EmbeddedError."""
    try:
        home.mkdir(mode=CLOSED, parents=True, exist_ok=True)
        (home / "logs").mkdir(mode=CLOSED, exist_ok=True)
        (home / "run").mkdir(mode=0o711, exist_ok=True)
    except OSError as wrong:
        raise EmbeddedError(f"The home {home} cannot be made ({wrong.strerror}): choose MISTUDIO_HOME.") from wrong
    return home.resolve()


def let_pass(home: Path, account: Account) -> None:
    """See that the account can go through the home to its own folders. Raises EmbeddedError naming what bars it."""
    if not account.switched:
        return
    barring = account.barred_at(home.parent)
    if barring is not None:
        name = pwd.getpwuid(account.uid).pw_name
        raise EmbeddedError(
            f"Started as root, Postgres runs as the account '{name}', which may not enter {barring}: "
            f"choose a MISTUDIO_HOME outside of it, or let it pass (chmod o+x {barring}), or do not start as root."
        )
    for folder in (home, home / "run"):
        if not account.may(EXECUTE, folder):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o011)


def open_log(home: Path, name: str) -> int:
    """A descriptor that appends to `logs/<name>.log`; a log that has grown long is put aside as `.1` first."""
    log = home / "logs" / f"{name}.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def last_words(home: Path, name: str) -> str:
    """The last line of a log that says something, or nothing."""
    log = home / "logs" / f"{name}.log"
    lines = log.read_bytes()[-4096:].decode(errors="replace").split("\n") if log.exists() else []
    return next((words_of(line) for line in reversed(lines) if line.strip()), "")


def socket_folder(home: Path, name: str, file: str, account: Account) -> Path:
    """A closed folder of the account for the socket `file`: below the home, or below /tmp when that path is too long.

    The short folder is remembered in `run/<name>.sockets`, so that a server that still runs is found again.
    """
    usual = home / "run" / name
    if _fits(usual, file):
        account.own(usual)
        return usual
    memory = home / "run" / f"{name}.sockets"
    if memory.exists() and _is_ours(Path(memory.read_text()), account):
        return Path(memory.read_text())
    short = _short_folder(file, account)
    memory.write_text(str(short))
    return short


def _fits(folder: Path, file: str) -> bool:
    """Whether a socket there has a path that the kernel takes and libpq does not read as a list."""
    return len(os.fsencode(folder / file)) <= SOCKET_PATH_BYTES and "," not in str(folder)


def _is_ours(folder: Path, account: Account) -> bool:
    """Whether this is still the folder that we made: in /tmp anyone may have put another in its place."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return status.st_mode == stat.S_IFDIR | CLOSED and status.st_uid == account.uid


def _short_folder(file: str, account: Account) -> Path:
    for base in (Path(tempfile.gettempdir()).resolve(), Path("/tmp"), Path("/var/tmp")):  # noqa: S108  mkdtemp below
        if base.is_dir() and _fits(base / "mistudio-12345678", file) and account.barred_at(base) is None:
            folder = Path(tempfile.mkdtemp(prefix="mistudio-", dir=base))
            account.own(folder)
            return folder
    raise EmbeddedError("The path of MISTUDIO_HOME is too long for a socket, and so is TMPDIR: shorten one of them.")
