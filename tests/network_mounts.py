"""What a network mount has otherwise than a disk, where a test has no mount."""

import errno
import fcntl
import os
import stat

import pytest

# By the mode in which a file is open, the locks that it may not have.
REFUSED = {os.O_RDONLY: fcntl.LOCK_EX, os.O_WRONLY: fcntl.LOCK_SH, os.O_RDWR: 0}


def lock_as_nfs_does(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """`flock` of files is a lock of all their bytes at the server there, for which they must be open for reading
    (shared) or writing (exclusive); of folders it is one of this machine. Gives the mode of each file that is locked
    from here on."""
    modes: list[int] = []
    lock = fcntl.flock

    def flock(file, operation):
        descriptor = file if isinstance(file, int) else file.fileno()
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            modes.append(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE)
            if operation & REFUSED[modes[-1]]:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    return modes
