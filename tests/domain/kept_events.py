"""Events as every version so far has stored them: streams in `stored_events/`, kept for good.

Each file holds streams that were written when a shape of an event was new; `shapes.json` lists the fields of every
shape. A changed event needs another file, and its fields in `shapes.json`; none that is there is ever changed.
"""

import json
import re
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

FOLDER = Path(__file__).with_name("stored_events")
SHAPES = json.loads((FOLDER / "shapes.json").read_text())
FILES = sorted(FOLDER.glob("[0-9]*.json"))
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def kept_streams():
    """Every stream, by the file that it is from; no two have an id in common."""
    for file in FILES:
        for number, stream in enumerate(json.loads(file.read_text())):
            place = f"{file.name} {number}"
            own = UUID.sub(lambda found, place=place: str(uuid5(NAMESPACE_URL, place + found[0])), json.dumps(stream))
            yield file.name, json.loads(own)


def kept_events():
    return [event for _, stream in kept_streams() for event in stream["events"]]
