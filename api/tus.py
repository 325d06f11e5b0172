"""`/uploads`: files that are sent over as many requests as it takes, by the tus protocol 1.0.0."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from email.utils import formatdate

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.answers import refused_answer
from api.errors import Code, internal_error, refusal
from api.pace import Pace
from api.threads import Threads
from api.tus_body import receive_body
from api.tus_headers import (
    EXTENSIONS,
    VERSION,
    beyond,
    body_length,
    check_body,
    check_version,
    checksum_of,
    has_body,
    metadata_of,
    method_of,
    upload_length,
    upload_offset,
)
from domain.adapters import Adapters
from domain.adapters.redaction import Redaction
from domain.adapters.resumable import ResumableUploads, TooManyUploads, Upload, uploads_of
from domain.adapters.settings import Settings
from domain.adapters.storage import TooLittleRoom, room_of
from domain.adapters.upload_writer import ALGORITHMS, Checksum, Digests, IsWrittenTo, UploadWriter, WrongChecksum

PATH = "/uploads"
THREADS = 4  # of their own: all else is answered while a slow disk takes what is sent
TURN_SECONDS, TURN_EVERY_SECONDS = 2.0, 0.05
# What is refused with more than this to come ends its connection: nobody reads on for nothing.
READ_ON_BYTES = 1 << 20

Answering = Callable[[Request], Awaitable[Response]]


class Uploading:
    """An ASGI application for `/uploads` and `/uploads/{id}`, once it has begun."""

    _uploads: ResumableUploads

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._room = room_of(settings)
        self._digests = Digests()
        self._threads = Threads(THREADS, "upload")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        request = Request(scope, receive)
        is_one = "id" in scope["path_params"]
        answers = self._answers_of_one() if is_one else self._answers_of_all()
        try:
            answer = await self._answer(request, answers)
        except GraphQLError as refused:
            answer = _refused(request, refused, ", ".join(answers))
        except Exception as bug:  # noqa: BLE001  the shell of a request: the log has the trace, the client an id
            answer = _refused(request, internal_error(bug, PATH, Redaction([])))
        answer.headers["Tus-Resumable"] = VERSION
        await answer(scope, receive, send)

    def begin(self, adapters: Adapters) -> None:
        """Answer with the parts of the process, until it is closed."""
        self._uploads = uploads_of(adapters)

    def close(self) -> None:
        """Let running writes end."""
        self._threads.close()

    def _answers_of_all(self) -> Mapping[str, Answering]:
        return {"OPTIONS": self._tell, "POST": self._create}

    def _answers_of_one(self) -> Mapping[str, Answering]:
        return {"OPTIONS": self._tell, "HEAD": self._look, "PATCH": self._add, "DELETE": self._remove}

    async def _answer(self, request: Request, answers: Mapping[str, Answering]) -> Response:
        method = method_of(request)
        if method not in answers:
            raise refusal(Code.METHOD_NOT_ALLOWED, f"Here is {', '.join(answers)}.")
        if method != "OPTIONS":
            check_version(request.headers)
        try:
            return await answers[method](request)
        except TooLittleRoom as full:
            raise _no_room(full) from full

    async def _tell(self, _request: Request) -> Response:
        headers = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(self._settings.max_upload_bytes),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        }
        return Response(status_code=204, headers=headers)

    async def _create(self, request: Request) -> Response:
        length = upload_length(request.headers, self._settings.max_upload_bytes)
        metadata, name = metadata_of(request.headers)
        checksum = checksum_of(request.headers)
        if has_body(request.headers):
            check_body(request.headers, length)
        try:
            upload = await self._threads.run(self._uploads.create, length, name, metadata)
        except TooManyUploads:
            raise refusal(Code.TRY_AGAIN, "As many uploads as may be are open: end one, or try again later.") from None
        location = {"Location": f"{PATH}/{upload.id}"}
        if not has_body(request.headers):
            return Response(status_code=201, headers=location | _place(upload))
        return Response(status_code=201, headers=location | await self._begin(request, upload, checksum))

    async def _begin(self, request: Request, upload: Upload, checksum: Checksum | None) -> dict[str, str]:
        """With the first bytes in the same request: what does not come whole is gone, since its sender does not know
        the upload yet."""
        is_whole = False
        try:
            async with self._writer(upload, checksum) as writer:
                is_whole = await self._receive(request, writer, upload)
        finally:
            if not is_whole:
                await self._threads.run(self._uploads.remove, upload.id)
        return _place(await self._find(upload.id)) if is_whole else {}

    async def _look(self, request: Request) -> Response:
        upload = await self._find(request.path_params["id"])
        headers = _place(upload) | {"Upload-Length": str(upload.length), "Cache-Control": "no-store"}
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Response(status_code=200, headers=headers)

    async def _add(self, request: Request) -> Response:
        upload = await self._find(request.path_params["id"])
        check_body(request.headers, upload.length)
        offset, checksum = upload_offset(request.headers), checksum_of(request.headers)
        async with self._writer(upload, checksum) as writer:
            if offset != writer.offset:
                raise refusal(Code.OFFSET_MISMATCH, f"{writer.offset:,} bytes have come: go on from there.")
            if (body_length(request.headers) or 0) > upload.length - offset:
                raise beyond(upload.length - offset)
            if not upload.is_whole:
                await self._threads.run(self._uploads.go_on, upload)
            await self._receive(request, writer, upload)
        return Response(status_code=204, headers=_place(await self._find(upload.id)))

    async def _remove(self, request: Request) -> Response:
        upload = await self._find(request.path_params["id"])
        async with self._writer(upload, None):  # nobody else adds to it meanwhile
            await self._threads.run(self._uploads.remove, upload.id)
        self._digests.forget(upload.id)
        return Response(status_code=204)

    async def _find(self, upload_id: str) -> Upload:
        upload = await self._threads.run(self._uploads.find, upload_id)
        if upload is None:
            raise _gone()
        return upload

    @asynccontextmanager
    async def _writer(self, upload: Upload, checksum: Checksum | None) -> AsyncIterator[UploadWriter]:
        """Waits some time for its turn, then LOCKED."""
        folder, until = self._uploads.folder(upload.id), time.monotonic() + TURN_SECONDS
        while True:
            try:
                open_ = (folder, upload.length, self._room, self._digests, checksum)
                writer = await self._threads.run(UploadWriter, *open_)
                break
            except FileNotFoundError:
                raise _gone() from None
            except IsWrittenTo:
                if time.monotonic() > until:
                    raise refusal(Code.LOCKED, "Another request adds to this upload: try again.") from None
                await asyncio.sleep(TURN_EVERY_SECONDS)
        try:
            yield writer
        finally:
            await self._threads.run(writer.close)

    async def _receive(self, request: Request, writer: UploadWriter, upload: Upload) -> bool:
        """Whether the request came whole."""
        pace = Pace(self._settings.upload_seconds, self._settings.upload_rate)
        is_whole = await receive_body(request, writer, self._threads, upload.length - writer.offset, pace)
        try:
            if is_whole:
                await self._threads.run(writer.end)
        except WrongChecksum:
            message = "What came is not what its Upload-Checksum says, and nothing of it was kept: send it again."
            raise refusal(Code.CHECKSUM_MISMATCH, message) from None
        return is_whole


def _place(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.offset), "Upload-Expires": formatdate(upload.expires, usegmt=True)}


def _gone() -> GraphQLError:
    return refusal(Code.NOT_FOUND, "There is no such upload: it is a dataset, was ended, or nothing came for too long.")


def _no_room(full: TooLittleRoom) -> GraphQLError:
    refused = refusal(Code.INSUFFICIENT_STORAGE, full.message)
    refused.extensions = {**(refused.extensions or {}), "neededBytes": full.needed, "freeBytes": full.free}
    return refused


def _refused(request: Request, refused: GraphQLError, allow: str = "") -> Response:
    answer = refused_answer(refused, allow)
    answer.headers["Tus-Version"] = VERSION
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > READ_ON_BYTES:
        answer.headers["Connection"] = "close"
    return answer
