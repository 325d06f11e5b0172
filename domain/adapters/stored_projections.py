"""What events make of the bytes that a dataset keeps as they came, in the row of the dataset."""

from typing import Any

from domain.damage import Published
from domain.damage_events import DamageFound
from domain.events import DownloadCompleted, Event, IngestCompleted, UploadReceived


def original_values(event: Event) -> dict[str, Any]:
    """`original_bytes` are those of the files as they were downloaded or sent; null where there are none any more."""
    match event:
        case UploadReceived():
            return {"original_bytes": event.source["sizeBytes"]}
        case DownloadCompleted():
            return {"original_bytes": event.size_bytes}
        case IngestCompleted(originals_kept=False) | DamageFound(what=Published.ORIGINALS):
            return {"original_bytes": None}
    return {}
