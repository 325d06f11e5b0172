"""A file that is sent by tus as slowly as a bad line would, and goes on where it was after each cut."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import httpx

from tests.chaos.commands import AGAIN_AFTER_SECONDS, ANSWERED_WITHIN_SECONDS, Commands, Unanswered
from tests.chaos.sources import FILE

TUS = {"Tus-Resumable": "1.0.0"}
ADDING = TUS | {"Content-Type": "application/offset+octet-stream"}
BLOCK_SECONDS = 0.05
BLOCKS = 50


class Sender:
    """Sends one file after the other; each becomes a dataset."""

    def __init__(self, commands: Commands, content: bytes) -> None:
        self._commands = commands
        self._http = commands.service.client
        self._content = content

    def send(self) -> dict[str, Any]:
        """One upload from its creation to the dataset."""
        address = self._create()
        while (offset := self._offset(address)) < len(self._content):
            self._add(address, offset)
        answer = self._commands.ask("uploadDataset", "dataset { id }", uploadId=address.rpartition("/")[2])
        if answer["errors"] and answer["errors"][0]["code"] != "INSUFFICIENT_STORAGE":
            raise Unanswered(f"an upload that had come whole was refused: {answer['errors']}")
        if answer["errors"]:
            self._insist("DELETE", address, TUS, (204, 404))
        return answer

    def _create(self) -> str:
        name = base64.b64encode(FILE.encode()).decode()
        headers = TUS | {"Upload-Length": str(len(self._content)), "Upload-Metadata": f"filename {name}"}
        return self._insist("POST", "/uploads", headers, (201,)).headers["Location"]

    def _offset(self, address: str) -> int:
        return int(self._insist("HEAD", address, TUS, (200,)).headers["Upload-Offset"])

    def _insist(self, method: str, address: str, headers: dict[str, str], wanted: tuple[int, ...]) -> httpx.Response:
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = self._http.request(method, address, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code in wanted:
                return answer
            # 423: the request that was cut is not over yet; 503 and 5xx of a service on its way; 507: a full disk
            if answer is not None and answer.status_code < 500 and answer.status_code != httpx.codes.LOCKED:
                raise Unanswered(f"{method} {address}: {answer.status_code} {answer.text}")
            time.sleep(AGAIN_AFTER_SECONDS)
        raise Unanswered(f"{method} {address}: not within {ANSWERED_WITHIN_SECONDS} s")

    def _add(self, address: str, offset: int) -> None:
        headers = ADDING | {"Upload-Offset": str(offset), "Content-Length": str(len(self._content) - offset)}
        try:
            self._http.patch(address, headers=headers, content=self._slowly(offset))
        except httpx.TransportError:
            time.sleep(AGAIN_AFTER_SECONDS)

    def _slowly(self, offset: int) -> Iterator[bytes]:
        size = -(-len(self._content) // BLOCKS)
        for at in range(offset, len(self._content), size):
            yield self._content[at : at + size]
            time.sleep(BLOCK_SECONDS)
