"""A disk of a few megabytes, real and soon full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mounts a file system in memory at `folder`; skips the test where this user may not."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _mount(folder, megabytes):
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        _unmount(folder)


@contextmanager
def mounted_if_allowed(folder: Path, megabytes: int) -> Iterator[bool]:
    """The same; whether this user may. Without it `folder` is an ordinary one."""
    is_mounted = os.geteuid() == 0 and _mount(folder, megabytes)
    try:
        yield is_mounted
    finally:
        if is_mounted:
            _unmount(folder)


def _mount(folder: Path, megabytes: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
