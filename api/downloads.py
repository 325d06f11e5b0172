"""`/downloads/<signed>`: a file of an export, whole or in ranges, for whoever has its address while that is good."""

import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from graphql import GraphQLError
from starlette.requests import Request
from starlette.types import ASGIApp

from api.answers import refused_answer
from api.context import Shared
from api.errors import Code, internal_error, refusal
from api.pages import COMMON
from api.ranges import NotSatisfiable, Span, span_of
from api.streamed import CutShort, StreamedAnswer
from api.threads import Threads
from domain.adapters import Adapters
from domain.adapters.downloads import FileDownload
from domain.adapters.redaction import Redaction
from domain.adapters.views import export_view

CHUNK_BYTES = 512 * 1024
MEDIA = {"PARQUET": "application/vnd.apache.parquet"}
OVER = "This address is over, or is none that was given: ask for the files of the export again."
IS_GONE = "This file is here no more, or no more what was exported: export the tokenization again."


@dataclass(frozen=True, slots=True)
class Found:
    """A file of an export, opened. `etag` is that of HTTP, by its content alone, so it outlives the address."""

    file: BinaryIO
    name: str
    size: int
    etag: str
    media: str

    def headers(self, span: Span | None) -> dict[str, str]:
        """Of an answer with the whole of it, or a span."""
        ranged = {"Content-Range": span.told} if span else {}
        return ranged | {
            **COMMON,
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-transform",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(self.name, safe='')}",
            "Content-Length": str(span.stop - span.start if span else self.size),
            "Content-Type": self.media,
            "ETag": self.etag,
        }


async def serve_download(request: Request) -> ASGIApp:
    """The file, or why not: 403 for an address that is forged or over, 404 for a file that is gone, 416."""
    shared: Shared = request.state.shared
    try:
        found = await shared.threads.run(_find, shared.adapters, request.path_params["signed"])
    except GraphQLError as refused:
        return refused_answer(refused)
    except Exception as bug:  # noqa: BLE001  the shell of a request: the log has the trace, the client an id
        return refused_answer(internal_error(bug, "GET /downloads", Redaction([])))
    try:
        # of HEAD and whatever else, a range means nothing
        span = span_of(request.headers, found.size, found.etag) if request.method == "GET" else None
    except NotSatisfiable:
        found.file.close()
        answer = refused_answer(refusal(Code.RANGE_NOT_SATISFIABLE, f"The file has {found.size:,} bytes."))
        answer.headers["Content-Range"] = f"bytes */{found.size}"
        return answer
    status = 206 if span else 200
    return StreamedAnswer(status, found.headers(span), _chunks(found, span, shared.threads), found.file.close)


def _find(adapters: Adapters, signed: str) -> Found:
    """The file of an address. Raises FORBIDDEN, NOT_FOUND."""
    download = adapters.downloads.read(signed)
    if not isinstance(download, FileDownload):
        raise refusal(Code.FORBIDDEN, OVER)
    row = export_view(adapters.engine, [download.export_id]).get(download.export_id)
    if row is None or row["folder"] is None:
        raise refusal(Code.NOT_FOUND, IS_GONE)
    told = row["files"][download.number]
    try:
        file = Path(adapters.storage, row["folder"], told["name"]).open("rb")  # noqa: SIM115  the answer closes it
    except FileNotFoundError:
        raise refusal(Code.NOT_FOUND, IS_GONE) from None
    if os.fstat(file.fileno()).st_size != told["sizeBytes"]:
        file.close()
        raise refusal(Code.NOT_FOUND, IS_GONE)
    return Found(file, told["name"], told["sizeBytes"], f'"{told["sha256"]}"', MEDIA[row["format"]])


async def _chunks(found: Found, span: Span | None, threads: Threads) -> AsyncGenerator[bytes]:
    """The whole file or a span of it. CutShort."""
    place, stop = (span.start, span.stop) if span else (0, found.size)
    while place < stop:
        chunk = await threads.run(os.pread, found.file.fileno(), min(CHUNK_BYTES, stop - place), place)
        if not chunk:
            raise CutShort(f"{found.name} became shorter")
        place += len(chunk)
        yield chunk
