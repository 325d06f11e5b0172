"""The key that secrets are encrypted with: MISTUDIO_SECRET_KEY, or else a file in the home that is made once."""

import fcntl
import os
from pathlib import Path
from secrets import token_hex

from domain.adapters.files import part_of, settle
from domain.adapters.setting_values import LEAST_KEY_LENGTH
from domain.adapters.settings import SettingsError

FILE = "secret.key"
RANDOM_BYTES = 32
CLOSED = 0o600


class KeyOfSecrets:
    """Text of at least LEAST_KEY_LENGTH characters, read once. Its repr does not show it."""

    def __init__(self, given: str | None, home: Path) -> None:
        self._known = given
        self._home = home

    def read(self) -> str:
        """The key. Raises SettingsError when the file in the home was damaged."""
        if self._known is None:
            self._known = _from_file(self._home / FILE)
        return self._known


def _from_file(path: Path) -> str:
    if not path.exists():
        _make(path)
    key = path.read_text("ascii", "replace").strip()
    if len(key) < LEAST_KEY_LENGTH:
        raise SettingsError(f"{path} is damaged: put it back, or remove it and give the tokens of open jobs again.")
    return key


def _make(path: Path) -> None:
    """One of any number of processes makes the file; what a crash leaves is a part, which the next one overwrites."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = part_of(path)
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, CLOSED)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():  # another process was faster; this part was opened too late
            part.unlink(missing_ok=True)
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, token_hex(RANDOM_BYTES).encode(), 0)
        os.fsync(descriptor)
        settle(part, path)
    finally:
        os.close(descriptor)
