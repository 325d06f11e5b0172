"""How the bytes of one request come into an upload: a block at a time, in threads that no slow client holds."""

import time

from starlette.requests import ClientDisconnect, Request

from api.errors import Code, refusal
from api.pace import Pace
from api.sse import STREAMS
from api.threads import Threads
from api.tus_headers import beyond
from domain.adapters.upload_writer import UploadWriter

BLOCK_BYTES = 256 * 1024  # what is handed to a thread at once
BLOCK_SECONDS = 1.0  # or what came within so long, from slow clients


async def receive_body(request: Request, writer: UploadWriter, threads: Threads, most_bytes: int, pace: Pace) -> bool:
    """Write what comes, until its end: whether it came whole, and not only until the connection was cut.

    Raises TRY_AGAIN where it comes too slowly, PAYLOAD_TOO_LARGE past `most_bytes`; what came before is written. Also
    TooLittleRoom.
    """
    request.scope[STREAMS] = True  # a stop of the process cuts it
    seen, waiting, since = 0, bytearray(), time.monotonic()
    body = aiter(request.stream())
    try:
        while True:
            chunk = await pace.more(body)
            if chunk is None:
                return True
            seen += len(chunk)
            if seen > most_bytes:
                raise beyond(most_bytes)
            waiting += chunk
            if len(waiting) >= BLOCK_BYTES or time.monotonic() - since >= BLOCK_SECONDS:
                block, waiting, since = bytes(waiting), bytearray(), time.monotonic()
                await threads.run(writer.write, block)
    except ClientDisconnect:
        return False
    except TimeoutError:
        raise refusal(Code.TRY_AGAIN, "This came too slowly: ask how much came, and go on.") from None
    finally:
        if waiting:
            await threads.run(writer.write, bytes(waiting))
