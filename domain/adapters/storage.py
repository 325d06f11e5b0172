"""How much room the storage has: what its disk has free less a reserve, and what is left of a quota if one is set."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domain.adapters.files import tree_size
from domain.adapters.settings import Settings
from domain.errors import ErrorCode, WorldFailure

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Room:
    """The bounds of the storage in `folder`: `reserve` is the percent of its disk that stay free, `quota` the bytes
    that it may use in all (None: no bound but the disk)."""

    folder: str
    reserve: int
    quota: int | None

    def free(self) -> int:
        """Bytes that may still be written, 0 at least. A quota is counted file by file."""
        disk = shutil.disk_usage(self.folder)
        bounds = [disk.free - disk.total * self.reserve // PERCENT]
        if self.quota is not None:
            bounds.append(self.quota - tree_size(Path(self.folder)))
        return max(0, min(bounds))

    def require(self, needed: int, what: str, less: str = "ask for less with maxRows or maxBytes") -> None:
        """INSUFFICIENT_STORAGE where `needed` bytes do not fit; `what` says in a few words what needs them, `less` how
        it would need less."""
        free = self.free()
        if needed > free:
            message = (
                f"{what} needs about {needed:,} bytes at its peak, and {free:,} are free for the storage: "
                f"free some space, or {less}; then retry."
            )
            raise WorldFailure(ErrorCode.INSUFFICIENT_STORAGE, message)

    def told(self) -> dict[str, Any]:
        """As plain JSON, for a child."""
        return asdict(self)


def room_of(settings: Settings) -> Room:
    """The room of the storage that the settings name."""
    return Room(str(settings.storage), settings.reserve, settings.quota)
