"""Who is killed, always by SIGKILL: one room, one server, or all at once."""

import random
import signal
from collections.abc import Sequence

from domain.adapters.embedded import Postgres, Valkey
from tests.chaos.stages import Held
from tests.end_to_end.service import Service, descendants, kill, until
from tests.end_to_end.takings import lives, send_signal

VICTIMS = ("API", "worker", "dispatcher", "Postgres", "Redis", "tree")


def freeze(service: Service) -> list[int]:
    """Workers and their children come no further; returns whom to thaw."""
    everybody = service.workers() + service.children()
    send_signal(everybody, signal.SIGSTOP)
    return everybody


def thaw(pids: Sequence[int]) -> None:
    send_signal(pids, signal.SIGCONT)


def below(pid: int) -> list[int]:
    """A process with all that it started."""
    return [pid, *descendants(pid)]


def pids_of(service: Service, victim: str, held: Sequence[Held], chance: random.Random) -> list[int]:
    """Of workers one that has something in hand, where one has."""
    if victim == "API":
        return service.apis()
    if victim == "worker":
        busy = sorted({piece.pid for piece in held} & set(service.workers()))
        return [chance.choice(busy or service.workers())]
    if victim == "dispatcher":
        return service.dispatchers()
    if victim == "Postgres":
        return [pid for pid in [Postgres(service.home).pid] if pid]
    if victim == "Redis":
        return [pid for pid in [Valkey(service.home).pid] if pid]
    servers = [pid for server in (Postgres(service.home), Valkey(service.home)) if (pid := server.pid)]
    return [pid for root in (service.pid, *servers) for pid in below(root)]


def strike(service: Service, victim: str, pids: Sequence[int]) -> None:
    """Kill, and be there when they are gone; a tree is started again by its user."""
    for pid in pids:
        kill(pid)
    if victim == "tree":
        service.reap()
    until(lambda: not any(map(lives, pids)))
    if victim == "tree":
        service.start()


def is_everybody_back(service: Service, workers: int) -> bool:
    """Whether each room has a process again and answers."""
    rooms = (service.apis(), service.dispatchers(), service.answerers())
    return all(rooms) and len(service.workers()) == workers and service.is_ready()
