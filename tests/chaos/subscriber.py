"""A subscriber to all events whose connection is cut over and over, and who goes on where it was each time."""

import json
import random
import threading
import time
from contextlib import suppress

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service

AGAIN_AFTER_SECONDS = 0.1
LOOK_EVERY_SECONDS = 0.2


class Subscriber:
    """`seen`: the places of all events, as they came."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self._address = f"ws://127.0.0.1:{service.port}/graphql"
        self._chance = chance
        self._over = threading.Event()
        self._position = "0"
        self._thread = threading.Thread(target=self._follow, name="subscriber")
        self.seen: list[int] = []
        self.connections = 0
        self.is_calm = False

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._over.is_set():
            with suppress(OSError, WebSocketException, TimeoutError):
                self._connected()
            self._over.wait(AGAIN_AFTER_SECONDS)

    def _connected(self) -> None:
        """Until the connection ends, or is let fall in the midst of things."""
        enough = self._chance.randint(5, 200)
        with connect(self._address, subprotocols=["graphql-transport-ws"], max_size=None) as socket:
            self.connections += 1
            socket.send(json.dumps({"type": "connection_init"}))
            socket.recv(10)
            payload = {"query": ask.FOLLOW, "variables": {"after": self._position}}
            socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            heard = time.monotonic()
            while not self._over.is_set() and (enough > 0 or self.is_calm):
                try:
                    message = json.loads(socket.recv(LOOK_EVERY_SECONDS))
                except TimeoutError:
                    # a process that was killed while it was stopped leaves no word: its client asks whether it is there
                    if time.monotonic() - heard > 5:
                        socket.ping().wait(5)
                        heard = time.monotonic()
                    continue
                heard = time.monotonic()
                if message["type"] == "next":
                    enough -= self._take(message["payload"]["data"]["events"])
                elif message["type"] in ("error", "complete"):
                    return

    def _take(self, batch: dict) -> int:
        self.seen += [int(event["position"].rpartition(":")[2]) for event in batch["events"]]
        self._position = batch["cursor"]
        return len(batch["events"])
