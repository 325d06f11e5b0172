"""The pages for browsers that `web/build.py` made, and the files that they load."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from mimetypes import guess_type
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

BUILT = Path(__file__).resolve().parents[1] / "web" / "dist"
# Best first; Vite has written each beside the file itself.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
A_YEAR_SECONDS = 31_536_000
NAME = re.compile(r"\w[\w.-]*", re.ASCII)
# Where the client has pages of its own; it alone knows which of them there are.
CLIENT_ADDRESSES = ("/", "/datasets/{rest:path}", "/jobs", "/storage")
# What `index.html` has in the place of a nonce, which is another one in each answer.
NONCE = b"NONCE_OF_THIS_ANSWER"
NONCE_BYTES = 16

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What the client's dialogs write into the page as style is known by the nonce; all else comes in files.
CLIENT_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'nonce-{nonce}'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
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
        page = self._page("playground.html")
        return None if page is None else HTMLResponse(page, headers=_headers(PLAYGROUND_POLICY))

    def client(self, status: int = 200) -> Response | None:
        """The web client, the same at each of its addresses; None where it was not built."""
        page = self._page("index.html")
        if page is None:
            return None
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        policy = {**CLIENT_POLICY, "style-src": CLIENT_POLICY["style-src"].format(nonce=nonce)}
        return HTMLResponse(page.replace(NONCE, nonce.encode()), status, headers=_headers(policy))

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

    def _page(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None


def serve_client(welcome: str, *, is_locked: bool) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of the client's addresses: its page for a browser, the welcome for whoever else asks."""

    async def serve(request: Request) -> Response:
        page = client_page(request, is_locked=is_locked)
        return page or PlainTextResponse(welcome, headers={"Vary": "Accept"})

    return serve


def client_page(request: Request, *, is_locked: bool, status: int = 200) -> Response | None:
    """The client for a browser, with this status; None for whoever else asks. A locked service runs none of the
    client's documents, and has no page."""
    pages: Pages = request.state.pages
    is_wanted = not is_locked and request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    return pages.client(status) if is_wanted else None


async def serve_asset(request: Request) -> Response:
    """Of `/assets/{name}`."""
    pages: Pages = request.state.pages
    return pages.asset(request.path_params["name"], request.headers.get("Accept-Encoding", ""))


def _headers(policy: Mapping[str, str]) -> dict[str, str]:
    """Of a page, which is asked for anew each time."""
    told = "; ".join(f"{name} {value}" for name, value in policy.items())
    return {**COMMON, "Content-Security-Policy": told, "Cache-Control": "no-cache", "Vary": "Accept"}


def _tokens(accepted: str) -> set[str]:
    """The encodings that are wanted at all."""
    weighed = (item.replace(" ", "").lower().partition(";q=") for item in accepted.split(","))
    return {name for name, _, weight in weighed if weight.strip("0.") or not weight}
