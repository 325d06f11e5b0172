"""Looks for words everywhere that a service keeps, says or shows something."""

import base64
import json
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import redis

from domain.adapters.embedded import Postgres, Valkey
from tests.api.client import Client
from tests.end_to_end.service import Service, descendants

LOOK_EVERY_SECONDS = 0.1
# What ends the listening to Redis.
LAST = "the last command that is listened to"


def spellings(word: str) -> list[bytes]:
    """The word itself, and as what is only another way to write it."""
    plain = word.encode()
    # base64 of three alignments, without what depends on the neighbours
    coded = [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, plain.hex().encode(), *coded]


def found_in(content: bytes, words: Iterable[str]) -> list[str]:
    return [word for word in words if any(spelled in content for spelled in spellings(word))]


def database(service: Service) -> bytes:
    """Every row of every table, and how the functions read."""
    with psycopg.connect(Postgres(service.home).url) as connection:
        connection.execute("CHECKPOINT")
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [row[0] for (name,) in names for row in connection.execute(f"SELECT t::text FROM {name} t")]
        rows += [row[0] for row in connection.execute("SELECT a::text FROM pg_stat_activity a")]
    return "\n".join(rows).encode()


def redis_now(service: Service) -> bytes:
    """Every key of every kind with its value."""
    with redis.Redis.from_url(Valkey(service.home).url) as client:
        return b"\n".join(key + b" " + (client.dump(key) or b"") for key in client.keys("*"))


def files(service: Service) -> Iterator[tuple[Path, bytes]]:
    """Every file below the home, logs and the servers' own among them."""
    for folder, _, names in os.walk(service.home):  # of which some go meanwhile
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):
                if path.is_file():
                    yield path, path.read_bytes()


class Watch:
    """What processes and Redis show while a service runs, and what it answers."""

    def __init__(self, service: Service, words: Iterable[str], shown: Iterable[str] = ()) -> None:
        self.service = service
        self.words = list(words)
        self.in_environments = [word for word in self.words if word not in shown]
        self.answers: list[str] = []
        self.messages = bytearray()
        self.looks = 0
        self.seen: set[tuple[str, str]] = set()
        self._over = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.service.client.event_hooks["response"].append(self._note)
        threads = [threading.Thread(target=target) for target in (self._look, self._listen, self._follow)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            with redis.Redis.from_url(Valkey(self.service.home).url) as client:
                client.echo(LAST)
            for thread in threads:
                thread.join()

    def _note(self, response: Any) -> None:
        self.answers.append(response.read().decode())

    def _look(self) -> None:
        """The command lines and environments of all processes of the service."""
        while not self._over.wait(LOOK_EVERY_SECONDS):
            for pid in [self.service.pid, *descendants(self.service.pid)]:
                for name, words in (("cmdline", self.words), ("environ", self.in_environments)):
                    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                        content = Path(f"/proc/{pid}/{name}").read_bytes()
                        self.looks += bool(content)
                        self.seen |= {(name, word) for word in found_in(content, words)}

    def _listen(self) -> None:
        """Every command that Redis is given."""
        with redis.Redis.from_url(Valkey(self.service.home).url) as client, client.monitor() as monitor:
            while LAST.encode() not in self.messages:
                self.messages += str(monitor.next_command()["command"]).encode() + b"\n"

    def _follow(self) -> None:
        """Every event as a subscriber has it."""
        client = Client(self.service.port)
        with client.socket() as opened:
            document = "subscription { events { cursor events { type summary data } } }"
            opened.send(id="1", type="subscribe", payload={"query": document})
            while not self._over.is_set():
                with suppress(TimeoutError):
                    self.answers.append(json.dumps(opened.receive(LOOK_EVERY_SECONDS)))
        client.close()
