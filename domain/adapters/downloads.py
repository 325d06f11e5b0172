"""Addresses of what can be fetched without a token of the API, for some minutes: signed, one download each.

What is signed names a file of an export, or the samples that a filter finds, never a path; who alters it has no
signature for it.
"""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.adapters.public_ids import decode, encode
from domain.adapters.secret_key import KeyOfSecrets

# Told apart from whatever else the key of the home is used for.
PURPOSE = b"mistudio downloads"
SECONDS_A_MINUTE = 60
FILE, SAMPLES = "file", "samples"


@dataclass(frozen=True, slots=True)
class FileDownload:
    """One file: its number, from 0 on, in an export."""

    export_id: str
    number: int


@dataclass(frozen=True, slots=True)
class SamplesDownload:
    """The samples of a dataset that are found by a filter, as clients write it, in an order."""

    dataset_id: str
    order: str
    filter: Mapping[str, Any]


Download = FileDownload | SamplesDownload


class Downloads:
    """Signs and reads addresses; safe for use by many threads. The key is read, or made, when it is first needed."""

    def __init__(self, key: KeyOfSecrets, minutes: int, now: Callable[[], float] = time.time) -> None:
        self._key = key
        self._minutes = minutes
        self._now = now

    def sign(self, download: Download) -> str:
        """The last part of an address, good for the minutes of the settings."""
        ends = int(self._now()) + self._minutes * SECONDS_A_MINUTE
        named = encode("\n".join([str(ends), *_written(download)]))
        return f"{named}.{self._signature(named)}"

    def read(self, text: str) -> Download | None:
        """What an address is of; None where it was not signed by this key, or its time is over."""
        named, _, shown = text.rpartition(".")
        if not hmac.compare_digest(shown.encode(errors="replace"), self._signature(named).encode()):
            return None
        ends, *told = (decode(named) or "").split("\n")  # as `sign` wrote it
        return _read(told) if self._now() < int(ends) else None

    def _signature(self, named: str) -> str:
        key = hmac.digest(self._key.read().encode(), PURPOSE, "sha256")
        return hmac.digest(key, named.encode(errors="replace"), "sha256").hex()


def _written(download: Download) -> list[str]:
    """Lines; JSON has no line break of its own."""
    if isinstance(download, FileDownload):
        return [FILE, download.export_id, str(download.number)]
    told = json.dumps(download.filter, separators=(",", ":"))
    return [SAMPLES, download.dataset_id, download.order, told]


def _read(told: list[str]) -> Download:
    match told:
        case [kind, export_id, number] if kind == FILE:
            return FileDownload(export_id, int(number))
        case [_, dataset_id, order, filter_]:
            return SamplesDownload(dataset_id, order, json.loads(filter_))
    raise ValueError(f"signed, and yet of no kind: {told[:1]}")
