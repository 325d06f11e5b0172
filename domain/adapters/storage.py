"""How much room the storage has: what its disk has free less a reserve, what is left of a quota if one is set, and of
both what was promised to others already."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from domain.adapters.files import written_size
from domain.adapters.settings import Settings
from domain.errors import ErrorCode, WorldFailure

PERCENT = 100


class TooLittleRoom(WorldFailure):
    """INSUFFICIENT_STORAGE before anything was written: bytes `needed`, and `free`."""

    def __init__(self, what: str, less: str, needed: int, free: int) -> None:
        message = (
            f"{what} needs about {needed:,} bytes at its peak, and {free:,} are free for the storage: "
            f"free some space, or {less}; then retry."
        )
        super().__init__(ErrorCode.INSUFFICIENT_STORAGE, message)
        self.needed, self.free = needed, free


@dataclass(frozen=True, slots=True)
class Room:
    """The bounds of the storage in `folder`: `reserve` is the percent of its disk that stay free, `quota` the bytes
    that it may use in all (None: no bound but the disk), `promised` what others may still write."""

    folder: str
    reserve: int
    quota: int | None
    promised: int = 0

    def free(self, used: int | None = None) -> int:
        """Bytes that may still be written and are promised to nobody, 0 at least. What is `used` of a quota is counted
        file by file where it is not known."""
        disk = shutil.disk_usage(self.folder)
        bounds = [disk.free - disk.total * self.reserve // PERCENT]
        if self.quota is not None:
            bounds.append(self.quota - (written_size(Path(self.folder)) if used is None else used))
        return max(0, min(bounds) - self.promised)

    def require(
        self, needed: int, what: str, less: str = "ask for less with maxRows or maxBytes", used: int | None = None
    ) -> None:
        """TooLittleRoom where `needed` bytes do not fit; `what` says in a few words what needs them, `less` how it
        would need less. Beside `used`, which may be too much, all is counted before that is said."""
        free = self.free(used)
        if needed > free and used is not None:
            free = self.free()
        if needed > free:
            raise TooLittleRoom(what, less, needed, free)


def room_of(settings: Settings) -> Room:
    """The room of the storage that the settings name, whatever of it is promised."""
    return Room(str(settings.storage), settings.reserve, settings.quota)
