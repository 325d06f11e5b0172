"""compose.yaml without an engine: its commands on servers of their own, and a second host that shares the storage."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.adapters.pieces import WORK
from tests.end_to_end.composed import COMPOSE, Composed, kill_tree
from tests.end_to_end.datasets import download, wait_for_index, wait_for_status
from tests.end_to_end.gates import BEGINS, ENDS, OF_WORK, gate
from tests.end_to_end.service import until
from tests.end_to_end.takings import Takings
from tests.end_to_end.tokenizing import Tokenizing
from tests.hub import Hub
from tests.servers import start_servers, temporary_home
from tests.texts import english
from tests.tokenizers import save_bpe
from tests.workers.tokenization import contents

pytestmark = pytest.mark.slow

ROWS = 1_200
SHARDS = {"MISTUDIO_SHARD_BYTES": "10000", "MISTUDIO_LEASE_SECONDS": "4"}
HUB_DATASET = '{ hubDataset(repository: "acme/english") { accessible configs { name } error { message } } }'
RECIPE = {"maxLength": 64}
TAKEN = f"FROM takings WHERE job_id = NEW.job_id AND stage = {WORK}"
KEY = "the same words on every host, and thirty-two of them at least"


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Servers and a Hub; nothing of ours runs yet."""
    folder = tmp_path_factory.mktemp("hub")
    english(folder, "acme/english", rows=ROWS)
    save_bpe(folder / "models" / "acme" / "bpe")
    with Hub(folder) as hub, temporary_home() as home:
        servers = start_servers(home)
        given = {"HF_ENDPOINT": hub.url, "MISTUDIO_SECRET_KEY": KEY}
        every = Composed(home, servers, given, SHARDS | hub.environment(home))
        try:
            yield every
        finally:
            every.close()
            servers.stop()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """The home of another host."""
    with temporary_home() as home:
        yield home


def is_answered(composed: Composed) -> bool:
    """Whether who answers questions has found the repository; at its start it may ask for patience."""
    data = composed.client.post("/graphql", json={"query": HUB_DATASET}).json().get("data")
    return bool(data and data["hubDataset"]["accessible"])


def test_the_services_of_the_file_bring_a_dataset_by_their_own_commands(composed: Composed, elsewhere: Path) -> None:
    # given an API that waits for its database to be made
    composed.start("api")
    assert not composed.is_ready()

    # when the database is made, and the others start, one worker of two on another host
    made = composed.run("migrate")
    assert made.returncode == 0, made.stderr
    for service in ("dispatch", "questions", "worker"):
        composed.start(service)
    assert COMPOSE["worker"]["scale"] == 2
    composed.start("worker", MISTUDIO_HOME=str(elsewhere), MISTUDIO_STORAGE=str(composed.home / "storage"))

    # then the health check of the file succeeds, questions are answered, and a dataset comes
    until(composed.is_ready)
    until(lambda: is_answered(composed))
    dataset_id = download(composed, "english")
    wait_for_status(composed, dataset_id, "READY", "FAILED")
    wait_for_index(composed, dataset_id)


def once_both_have_two(going: str) -> str:
    """Nobody begins another piece then but the host that is to be gone, which ends none: it has pieces in hand. Until
    then, who has begun two leaves time to the other."""
    both = f"SELECT count(*) = 2 FROM (SELECT holder {TAKEN} GROUP BY holder HAVING count(*) > 1) AS those"
    leaves_time = f"(SELECT count(*) > 1 {TAKEN} AND holder = NEW.holder) AND pg_sleep(0.2) IS NULL"
    return f"""{OF_WORK} AND CASE
        WHEN NOT ({both}) THEN {BEGINS} AND {leaves_time}
        WHEN position('{going}' IN coalesce(NEW.holder, OLD.holder)) > 0 THEN {ENDS}
        ELSE {BEGINS} END"""


def test_two_hosts_do_the_shards_of_one_tokenization_and_one_goes_on_alone(composed: Composed) -> None:
    # given what a run comes to that nobody disturbs, and the same data once more
    [first] = [node["id"] for node in composed.ask("{ datasets { nodes { id } } }")["datasets"]["nodes"]]
    wanted = contents(Tokenizing(composed, first, "acme/bpe", RECIPE).folder())
    second = download(composed, "english", allowDuplicate=True)
    wait_for_status(composed, second, "READY", "FAILED")
    wait_for_index(composed, second)
    takings = Takings(composed)
    takings.begin()
    here, there = (process for process in composed.processes if process.args == COMPOSE["worker"]["command"])
    names = [f"-{worker.pid}-" for worker in (here, there)]

    # when the other host is gone in the middle of a run that both do the shards of
    with gate(composed, once_both_have_two(names[1])):
        running = Tokenizing(composed, second, "acme/bpe", RECIPE)
        until(lambda: all(len(takings.by(name, running.job, WORK)) > 1 for name in names))
        kill_tree(there)

    # then this one does the rest, and not a byte is otherwise
    found = contents(running.folder())
    shares = [takings.by(name, running.job, WORK) for name in names]
    takings.close()
    assert min(map(len, shares)) > 1
    assert len(shares[0]) > len(shares[1])
    assert found == wanted


def test_they_end_in_the_time_that_a_container_is_given(composed: Composed) -> None:
    codes = composed.stop()
    assert len(codes) == len(("api", "dispatch", "questions", "worker"))
    assert set(codes) <= {0, -signal.SIGTERM}
