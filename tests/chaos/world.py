"""The service with all that surrounds it: a Hub, a small disk of its own, and who uses and watches it."""

import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from domain.adapters import Adapters, open_adapters
from domain.adapters.embedded import Postgres, Valkey
from domain.adapters.settings import read_settings
from tests.chaos.commands import Commands
from tests.chaos.sending import Sender
from tests.chaos.sources import file_content, write_sources
from tests.chaos.stages import Look
from tests.chaos.subscriber import Subscriber
from tests.chaos.work import Work
from tests.end_to_end.service import Service, until
from tests.hub import Hub
from tests.small_disks import mounted_if_allowed

WORKERS = 2
LEASE_SECONDS = 4
DISK_MEGABYTES = 96
HUB_BYTES_A_SECOND = 12_000
PLUGIN = Path(__file__).parent / "plugin"
SETTINGS = {
    "MISTUDIO_WORKERS": str(WORKERS),
    "MISTUDIO_DOWNLOADS": "2",
    "MISTUDIO_LEASE_SECONDS": str(LEASE_SECONDS),
    "MISTUDIO_SHARD_BYTES": "8000",
    "MISTUDIO_INDEX_PART_BYTES": "12000",
    "MISTUDIO_RESERVE": "0",
}
# Of every piece that was ever finished: who held it then and under which fence, and what the outcome names as its file.
NOTE = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.finished (job_id uuid, piece text, actor text, fence bigint, holder text, file text);
CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO chaos.finished
    VALUES (NEW.job_id, NEW.piece, NEW.actor, OLD.fence, OLD.holder, NEW.outcome->>'file');
RETURN NULL; END $$;
CREATE TRIGGER chaos_note AFTER UPDATE ON pieces FOR EACH ROW
    WHEN (OLD.done_at IS NULL AND NEW.done_at IS NOT NULL) EXECUTE FUNCTION chaos.note();
"""


@dataclass
class World:
    """`folder` holds all of it; what it says meanwhile is in its file `up.log`."""

    folder: Path
    seed: int
    hub: Hub
    service: Service
    is_small_disk: bool
    chance: random.Random = field(init=False)
    commands: Commands = field(init=False)
    look: Look = field(init=False)
    subscriber: Subscriber = field(init=False)
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.commands = Commands(self.service, random.Random(f"keys {self.seed}"))
        self.look = Look(self.service.home, self.storage)
        self.subscriber = Subscriber(self.service, random.Random(f"cuts {self.seed}"))
        self.sender = Sender(self.commands, file_content())

    @property
    def storage(self) -> Path:
        return self.folder / "disk" / "storage"

    @property
    def clock(self) -> Path:
        """The file that tells the processes whose clock is wrong, and by how many seconds."""
        return self.folder / "clock"

    def work(self, *kept: str) -> Work:
        return Work(self.commands, self.sender, kept, self.seed)

    @contextmanager
    def adapters(self) -> Iterator[Adapters]:
        """Log, tables and disk, for whoever judges."""
        home = self.service.home
        own = read_settings({**SETTINGS, "MISTUDIO_HOME": str(home), "MISTUDIO_STORAGE": str(self.storage)})
        urls = {"database_url": Postgres(home).url, "redis_url": Valkey(home).url}
        opened = open_adapters(replace(own, **urls), connections=3)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def world(seed: int, environ: Mapping[str, str] | None = None) -> Iterator[World]:
    """A world that has begun: the service runs, its subscriber follows. It is kept on disk where the block fails."""
    folder = Path(tempfile.mkdtemp(prefix="mistudio-chaos-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            yield stack.enter_context(_begun(folder, seed, environ or {}))
    except BaseException:
        print(f"What was found is kept in {folder}.")
        raise
    shutil.rmtree(folder)


@contextmanager
def _begun(folder: Path, seed: int, environ: Mapping[str, str]) -> Iterator[World]:
    write_sources(folder / "hub", folder / "home" / "tokenizers")
    (folder / "disk").mkdir()
    (folder / "clock").touch()
    with ExitStack() as stack:
        is_small = stack.enter_context(mounted_if_allowed(folder / "disk", DISK_MEGABYTES))
        hub = stack.enter_context(Hub(folder / "hub", bytes_per_second=HUB_BYTES_A_SECOND))
        own = {"MISTUDIO_STORAGE": str(folder / "disk" / "storage"), "PYTHONPATH": str(PLUGIN)}
        own |= {"CHAOS_CLOCK": str(folder / "clock"), **environ}
        service = Service(folder / "home", hub.environment(folder / "home") | SETTINGS | own)
        service.output = stack.enter_context((folder / "up.log").open("ab"))
        made = World(folder, seed, hub, service, is_small)
        stack.callback(service.close)
        stack.callback(made.look.close)
        service.start()
        until(lambda: len(service.workers()) == WORKERS)
        made.look.rows(NOTE)
        stack.callback(made.subscriber.close)
        made.subscriber.start()
        yield made
