"""The pages for browsers that `web/build.py` made, and the files that they load."""

import re
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

BUILT = Path(__file__).resolve().parents[1] / "web" / "dist"
# Best first; Vite has written each beside the file itself.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
A_YEAR_SECONDS = 31_536_000
NAME = re.compile(r"\w[\w.-]*", re.ASCII)

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Styles alone may stand in the page: Monaco and GraphiQL position what they draw by style elements and attributes of
# their own. Their fonts and cursors are part of their style sheets, as data.
PLAYGROUND_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


class Pages:
    """Those in a folder as Vite leaves it; where nothing was built there are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def playground(self) -> Response | None:
        """GraphiQL, asked for anew each time; None where it was not built."""
        try:
            page = (self._folder / "playground.html").read_bytes()
        except FileNotFoundError:
            return None
        policy = _policy(PLAYGROUND_POLICY)
        return HTMLResponse(page, headers={**COMMON, **policy, "Cache-Control": "no-cache", "Vary": "Accept"})

    def asset(self, name: str, accepted: str) -> Response:
        """The file of this name, in the best encoding of an Accept-Encoding header. Raises 404 where there is none."""
        file = self._folder / "assets" / name
        if not NAME.fullmatch(name) or not file.is_file():
            raise HTTPException(404, "There is no such file.")
        kind = guess_type(name)[0] or "application/octet-stream"
        forever = f"public, max-age={A_YEAR_SECONDS}, immutable"
        headers = {**COMMON, "Cache-Control": forever, "Vary": "Accept-Encoding"}
        for encoding in (encoding for encoding in ENCODINGS if encoding in _tokens(accepted)):
            packed = file.with_name(name + ENCODINGS[encoding])
            if packed.is_file():
                return FileResponse(packed, headers={**headers, "Content-Encoding": encoding}, media_type=kind)
        return FileResponse(file, headers=headers, media_type=kind)


async def serve_asset(request: Request) -> Response:
    """Of `/assets/{name}`."""
    pages: Pages = request.state.pages
    return pages.asset(request.path_params["name"], request.headers.get("Accept-Encoding", ""))


def _policy(directives: Mapping[str, Any]) -> dict[str, str]:
    return {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in directives.items())}


def _tokens(accepted: str) -> set[str]:
    """The encodings that are wanted at all."""
    weighed = (item.replace(" ", "").lower().partition(";q=") for item in accepted.split(","))
    return {name for name, _, weight in weighed if weight.strip("0.") or not weight}
