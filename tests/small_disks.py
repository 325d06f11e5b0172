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
    with mounted_if_allowed(folder, megabytes) as is_mounted:
        if not is_mounted:
            pytest.skip("only root may mount a small disk")
        yield folder


@contextmanager
def mounted_if_allowed(folder: Path, megabytes: int) -> Iterator[bool]:
    """The same; whether this user may. Without it `folder` is an ordinary one."""
    folder.mkdir(parents=True, exist_ok=True)
    is_mounted = _mount(folder, megabytes)
    try:
        yield is_mounted
    finally:
        if is_mounted:
            _unmount(folder)


def _mount(folder: Path, megabytes: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:  # a machine without the program
        return False


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
