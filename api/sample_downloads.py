"""`/downloads/samples/<signed>.jsonl`: the samples that were found, for whoever has the address while that is good."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from urllib.parse import quote

from graphql import GraphQLError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.answers import refused_answer
from api.context import Context, Shared
from api.errors import Code, internal_error, refusal
from api.pages import COMMON
from api.sample_enums import SampleOrder
from api.sample_search import Answered, SamplesAsked, answer_search, samples_asked
from api.sse import STREAMS, gone
from api.threads import Threads
from domain.adapters.downloads import SamplesDownload
from domain.adapters.redaction import Redaction
from domain.adapters.sample_lines import sample_lines
from domain.adapters.search_damage import DamagedIndex
from domain.dataset import DatasetStatus

MEDIA = "application/jsonl; charset=utf-8"
OVER = "This address is over, or is none that was given: ask for the download of the samples again."
IS_GONE = "The dataset of these samples is here no more."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lines:
    """What is sent: chunks of whole lines, for as long as the dataset's folder is there."""

    chunks: Iterator[bytes]
    folder: Path
    name: str

    def next(self) -> bytes | None:
        """The next chunk, None behind the last. FileNotFoundError, DamagedIndex."""
        (self.folder / "dataset_dict.json").stat()  # what is mapped outlives a purge
        return next(self.chunks, None)

    def headers(self) -> dict[str, str]:
        """Of the answer."""
        return {
            **COMMON,
            "Cache-Control": "private, no-store, no-transform",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(self.name, safe='')}",
            "Content-Type": MEDIA,
        }


async def serve_samples(request: Request) -> ASGIApp:
    """The lines, or why not: 403 for an address that is forged or over, 404 for a dataset that is gone."""
    shared: Shared = request.state.shared
    try:
        return LinesAnswer(await _find(Context(shared), request.path_params["signed"]), shared.threads)
    except GraphQLError as refused:
        return refused_answer(refused)
    except FileNotFoundError:  # purged since its row was read
        return refused_answer(refusal(Code.NOT_FOUND, IS_GONE))
    except Exception as bug:  # noqa: BLE001  the shell of a request: the log has the trace, the client an id
        return refused_answer(internal_error(bug, "GET /downloads/samples", Redaction([])))


async def _find(context: Context, signed: str) -> Lines:
    """What an address is of. Raises FORBIDDEN, NOT_FOUND, BAD_USER_INPUT, FileNotFoundError."""
    download = await context.threads.run(context.adapters.downloads.read, signed)
    if not isinstance(download, SamplesDownload):
        raise refusal(Code.FORBIDDEN, OVER)
    dataset = await context.datasets.load(download.dataset_id)
    if dataset is None or dataset["folder"] is None or dataset["status"] == DatasetStatus.PURGING:
        raise refusal(Code.NOT_FOUND, IS_GONE)
    asked = await samples_asked(context, dataset, download.filter, SampleOrder(download.order))
    return await context.searching.run(answer_search, context, asked, partial(_lines, context, asked), inf)


def _lines(context: Context, asked: SamplesAsked, answered: Answered) -> Lines:
    folder = context.storage / asked.dataset["folder"]
    chunks = sample_lines(context.samples.open(folder), answered.found.places(asked.order))
    name = asked.dataset["name"].removesuffix(".jsonl")
    is_part = " (partial)" if answered.found.partial else ""
    return Lines(chunks, folder, f"{name.replace('/', '-')}{is_part}.jsonl")


class LinesAnswer:
    """An ASGI response that sends lines, a chunk at a time, until their end or the client has gone."""

    def __init__(self, lines: Lines, threads: Threads) -> None:
        self._lines = lines
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        scope[STREAMS] = True  # a stop of the process cuts it
        headers = [(name.lower().encode(), value.encode()) for name, value in self._lines.headers().items()]
        leaving = asyncio.create_task(gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await self._send_all(leaving, send)
        finally:
            leaving.cancel()

    async def _send_all(self, leaving: asyncio.Task[None], send: Send) -> None:
        while not leaving.done():
            try:
                chunk = await self._threads.run(self._lines.next)
            except (FileNotFoundError, DamagedIndex):
                log.warning("What %s is read from went while it was sent", self._lines.name)
                return  # what was promised is not whole, so the connection is cut
            await send({"type": "http.response.body", "body": chunk or b"", "more_body": chunk is not None})
            if chunk is None:
                return
