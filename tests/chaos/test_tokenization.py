"""Workers are killed over and over while they tokenize: the output is that of a run which nobody disturbed."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.adapters.pieces import WORK
from tests.end_to_end.datasets import dataset, download, history, wait_for_index, wait_for_status
from tests.end_to_end.gates import Gate, beyond
from tests.end_to_end.service import Service, until
from tests.end_to_end.takings import Takings, kill_for_good, stand_still
from tests.end_to_end.tokenizing import Tokenizing
from tests.workers.tokenization import contents

pytestmark = pytest.mark.slow

HALF = 0.5
FEW = 3
RECIPES: dict[str, dict[str, Any]] = {
    "TRUNCATE": {"maxLength": 64, "padding": "LONGEST", "padToken": "<|end|>"},
    "WINDOW": {"mode": "WINDOW", "maxLength": 48, "stride": 8},
    "PACK": {"mode": "PACK", "maxLength": 128, "endOfDocumentToken": "<|end|>", "tail": "DROP"},
}


@pytest.fixture(scope="module")
def datasets(service: Service) -> list[str]:
    """The same data twice, as the same work of one dataset is not done again."""
    found = [download(service, "chaos", allowDuplicate=True) for _ in range(2)]
    for dataset_id in found:
        wait_for_status(service, dataset_id, "READY", "FAILED")
        wait_for_index(service, dataset_id)
    return found


def victims_of(service: Service, kind: str, chance: random.Random) -> list[int]:
    """One worker, the children of all, or both of all."""
    if kind == "worker":
        return [chance.choice(service.workers())]
    return service.children() + (service.workers() if kind == "tree" else [])


def share(of_all: float) -> str:
    """Of the shards of a run."""
    return beyond(f"{of_all} * count(*)")


def kill_in_the_middle(
    running: Tokenizing, takings: Takings, stop: Gate, kind: str, after: float, chance: random.Random
) -> int:
    """When this share of the shards is done, and a few others at most; returns how many pieces were in the hands of all
    workers. Early in a run, where many are still to come, a moment between two pieces is let go by."""
    stop.shut(share(after))
    until(lambda: is_done(takings, running.job, after))
    while True:
        done, _ = takings.done(running.job, WORK)
        stop.shut(beyond(str(done + FEW)))
        time.sleep(chance.random() / 50)
        go_on = stand_still(running.service)
        held = len(takings.held(running.job))
        if held or after > HALF:
            kill_for_good(victims_of(running.service, kind, chance))
            go_on()
            return held
        go_on()


def is_done(takings: Takings, job: str, share: float) -> bool:
    """Whether so much of the work is finished."""
    done, pieces = takings.done(job, WORK)
    return 0 < pieces * share <= done


@pytest.mark.sampled(2)
@pytest.mark.parametrize("mode", RECIPES)
def test_kills_over_and_over_change_no_byte_and_cost_the_shards_in_flight(
    service: Service, takings: Takings, datasets: list[str], chance: random.Random, mode: str
) -> None:
    # given a run that nobody disturbs
    wanted = contents(Tokenizing(service, datasets[0], "acme/bpe", RECIPES[mode]).folder())

    # when workers, their children and all of them are killed at random moments of another
    moments = sorted(chance.uniform(0.02, 0.8) for _ in range(3))
    kinds = chance.sample(["worker", "children", "tree"], 3)
    stop = Gate(service)
    stop.shut(share(moments[0]))
    running = Tokenizing(service, datasets[1], "acme/bpe", RECIPES[mode])
    in_flight = sum(
        kill_in_the_middle(running, takings, stop, kind, after, chance)
        for kind, after in zip(kinds, moments, strict=True)
    )
    stop.close()
    found = contents(running.folder())

    # then files and fingerprints are the same, byte for byte
    taken = takings.of(running.job, WORK)
    assert len(taken) >= 20
    assert {name for name in wanted if name.endswith("state.json")}, "fingerprints are among them"
    assert found == wanted
    # and what was in hand was done again, nothing else
    assert taken.total() - len(taken) <= in_flight
    assert in_flight > 0
    check_events(running)
    check_files(service, datasets)


def check_events(running: Tokenizing) -> None:
    """Each fact of the run once, each failed attempt under its own fence."""
    told = [
        event for event in history(running.service, running.dataset_id) if event["data"].get("job_id") == running.job
    ]
    attempts = Counter((event["data"]["piece"], event["data"]["fence"]) for event in told if "fence" in event["data"])
    # none where all that was in hand was in the hands of survivors
    assert set(attempts.values()) <= {1}
    facts = Counter(event["type"] for event in told if "fence" not in event["data"])
    assert set(facts.values()) == {1}
    assert {"TokenizationRequested", "JobStarted", "TokenizationPinned", "TokenizationCompleted"} <= set(facts)


def check_files(service: Service, datasets: list[str]) -> None:
    """Nothing is left of runs that are over."""
    for dataset_id in datasets:
        found = dataset(service, dataset_id)
        [index] = Path(found["path"]).parent.glob("index-*")
        folders = {index, Path(found["path"]), *(Path(node["path"]) for node in found["tokenizations"]["nodes"])}
        home = Path(found["path"]).parent
        until(lambda home=home, folders=folders: set(home.iterdir()) == folders)
