"""Addresses of files that can be fetched without a token of the API, for some minutes: signed, one file each.

What is signed names an export and the number of a file in it, never a path; who alters it has no signature for it.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from domain.adapters.public_ids import decode, encode
from domain.adapters.secret_key import KeyOfSecrets

# Told apart from whatever else the key of the home is used for.
PURPOSE = b"mistudio downloads"
SECONDS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Download:
    """One file: its number, from 0 on, in an export."""

    export_id: str
    number: int


class Downloads:
    """Signs and reads addresses; safe for use by many threads. The key is read, or made, when it is first needed."""

    def __init__(self, key: KeyOfSecrets, minutes: int, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._minutes = minutes
        self._now = now

    def sign(self, download: Download) -> str:
        """The last part of an address, good for the minutes of the settings."""
        ends = int(self._now()) + self._minutes * SECONDS_A_MINUTE
        named = encode(f"{download.export_id}\n{download.number}\n{ends}")
        return f"{named}.{self._signature(named)}"

    def read(self, text: str) -> Download | None:
        """What an address is of; None where it was not signed by this key, or its time is over."""
        named, _, shown = text.rpartition(".")
        if not hmac.compare_digest(shown.encode(errors="replace"), self._signature(named).encode()):
            return None
        export_id, number, ends = (decode(named) or "").split("\n")  # as `sign` wrote it
        return Download(export_id, int(number)) if self._now() < int(ends) else None

    def _signature(self, named: str) -> str:
        key = hmac.digest(self._key.read().encode(), PURPOSE, "sha256")
        return hmac.digest(key, named.encode(errors="replace"), "sha256").hex()
