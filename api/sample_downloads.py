"""`/downloads/samples/<signed>.jsonl`: the samples that were found, for whoever has the address while that is good."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from urllib.parse import quote

from graphql import GraphQLError
from starlette.requests import Request
from starlette.types import ASGIApp

from api.answers import refused_answer
from api.context import Context, Shared
from api.errors import Code, internal_error, refusal
from api.pages import COMMON
from api.sample_enums import SampleOrder
from api.sample_search import Answered, SamplesAsked, answer_search, samples_asked
from api.streamed import CutShort, StreamedAnswer
from api.threads import Threads
from domain.adapters.downloads import SamplesDownload
from domain.adapters.redaction import Redaction
from domain.adapters.sample_lines import sample_lines
from domain.adapters.search_damage import DamagedIndex
from domain.dataset import DatasetStatus

MEDIA = "application/jsonl; charset=utf-8"
OVER = "This address is over, or is none that was given: ask for the download of the samples again."
IS_GONE = "The dataset of these samples is here no more."


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
        lines = await _find(Context(shared), request.path_params["signed"])
    except GraphQLError as refused:
        return refused_answer(refused)
    except FileNotFoundError:  # purged since its row was read
        return refused_answer(refusal(Code.NOT_FOUND, IS_GONE))
    except Exception as bug:  # noqa: BLE001  the shell of a request: the log has the trace, the client an id
        return refused_answer(internal_error(bug, "GET /downloads/samples", Redaction([])))
    return StreamedAnswer(200, lines.headers(), _chunks(lines, shared.threads))


async def _find(context: Context, signed: str) -> Lines:
    """What an address is of. Raises FORBIDDEN, NOT_FOUND, BAD_USER_INPUT, FileNotFoundError."""
    download = await context.threads.run(context.adapters.downloads.read, signed)
    if not isinstance(download, SamplesDownload):
        raise refusal(Code.FORBIDDEN, OVER)
    dataset = await context.datasets.load(download.dataset_id)
    if dataset is None or dataset["folder"] is None or dataset["status"] == DatasetStatus.PURGING:
        raise refusal(Code.NOT_FOUND, IS_GONE)
    asked = await samples_asked(context, dataset, download.filter, SampleOrder(download.order))
    return await context.downloading.run(answer_search, context, asked, partial(_lines, context, asked), inf)


def _lines(context: Context, asked: SamplesAsked, answered: Answered) -> Lines:
    folder = context.storage / asked.dataset["folder"]
    chunks = sample_lines(context.samples.open(folder), answered.found.places(asked.order))
    name = asked.dataset["name"].removesuffix(".jsonl")
    is_part = " (partial)" if answered.found.partial else ""
    return Lines(chunks, folder, f"{name.replace('/', '-')}{is_part}.jsonl")


async def _chunks(lines: Lines, threads: Threads) -> AsyncGenerator[bytes]:
    """All lines. CutShort."""
    try:
        while chunk := await threads.run(lines.next):
            yield chunk
    except (FileNotFoundError, DamagedIndex) as damage:
        raise CutShort(f"What {lines.name} is read from went") from damage
