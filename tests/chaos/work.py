"""Random work over the API, by several clients at once: brought, sent, tokenized, indexed, called off, deleted."""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from tests.chaos.commands import Commands, Unanswered
from tests.chaos.sending import Sender
from tests.chaos.sources import RECIPES, REPOSITORIES, TOKENIZER

LOOK = """{
  datasets(first: 30, filter: {status: [QUEUED, DOWNLOADING, INGESTING, READY, FAILED, CANCELLED, TRASHED]}) {
    nodes { id name status tokenizations(first: 10) { nodes { id status recipe { maxLength } } } }
  }
  jobs(first: 60, filter: {status: [QUEUED, RUNNING, CANCELLING, FAILED]}) { nodes { id kind status dataset { id } } }
}"""
PAUSE_SECONDS = 0.15
ACTORS = 2
MOST_DATASETS = 7
MOST_OPEN_JOBS = 8
# How likely each is to be chosen where it can be; what leads to a wanted stage counts so many times as much.
WEIGHTS = {"download": 4, "tokenize": 6, "index": 2, "drop": 4, "purge": 2, "cancel": 1, "describe": 2}
WANTED_WEIGHT = 6
# Tokens that are there are not made again, so some have to go first.
LEADS_TO: Mapping[str, Sequence[str]] = {
    "download": ["download"],
    "ingest": ["download"],
    "index": ["index"],
    "shard": ["tokenize", "drop"],
    "completion": ["tokenize", "index"],
    "upload": [],
    "purge": ["drop", "purge"],
}
CALLED_OFF = ("DOWNLOAD", "INGEST", "INDEX", "TOKENIZE")


class Seen:
    """What there is, as one answer tells it."""

    def __init__(self, answer: Mapping[str, Any], kept: Sequence[str]) -> None:
        self.datasets = answer["datasets"]["nodes"]
        jobs = answer["jobs"]["nodes"]
        self.failed = [job for job in jobs if job["status"] == "FAILED"]
        self.open = [job for job in jobs if job["status"] != "FAILED"]
        self.ready = [one for one in self.datasets if one["status"] == "READY"]
        busy = {job["dataset"]["id"] for job in self.open if job["dataset"]}
        self.indexing = {job["dataset"]["id"] for job in self.open if job["kind"] == "INDEX" and job["dataset"]}
        ended = [one for one in self.datasets if one["status"] in ("READY", "CANCELLED", "FAILED", "TRASHED")]
        self.purgeable = [one for one in ended if one["id"] not in {*kept, *busy}]
        self.tokens = [(one, node) for one in self.ready for node in one["tokenizations"]["nodes"]]

    def lengths_of(self, dataset: Mapping[str, Any]) -> set[int]:
        return {node["recipe"]["maxLength"] for node in dataset["tokenizations"]["nodes"]}


class Work:
    """Clients that go on until they are stopped. `wanted` is a stage that there should be more of; while `is_ending`
    only what was begun is brought to an end. `kept`: the datasets that stay."""

    def __init__(self, commands: Commands, sender: Sender, kept: Sequence[str], seed: int) -> None:
        self.commands, self.kept = commands, kept
        self.wanted = "shard"
        self.is_ending = False
        self.tried: dict[str, int] = {}
        self._sender = sender
        self._over, self._sending = threading.Event(), threading.Event()
        loops: list[Callable[[], None]] = [self._send]
        chances = [random.Random(f"{seed} {number}") for number in range(ACTORS)]
        loops += [partial(self._act, chance) for chance in chances]
        self._threads = [threading.Thread(target=self._repeat, args=(loop,)) for loop in loops]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def is_sending(self) -> bool:
        return self._sending.is_set()

    def _repeat(self, step: Callable[[], None]) -> None:
        try:
            while not self._over.wait(PAUSE_SECONDS):
                step()
        except Unanswered as trouble:
            self.commands.troubles.append(str(trouble))

    def _look(self) -> Seen:
        return Seen(self.commands.look(LOOK), self.kept)

    def _send(self) -> None:
        if not self.is_ending and len(self._look().datasets) < MOST_DATASETS:
            self._sending.set()
            self._sender.send()
            self._sending.clear()

    def _act(self, chance: random.Random) -> None:
        seen = self._look()
        for job in seen.failed:
            if self.tried.get(job["id"], 0) < 10:
                self.tried[job["id"]] = self.tried.get(job["id"], 0) + 1
                self.commands.ask("retryJob", jobId=job["id"])
        if self.is_ending:
            return
        possible = {name: found for name, found in self._possible(seen).items() if found}
        if possible:
            favoured = LEADS_TO[self.wanted]
            weights = [WEIGHTS[name] * (WANTED_WEIGHT if name in favoured else 1) for name in possible]
            (name,) = chance.choices(list(possible), weights)
            getattr(self, f"_{name}")(chance.choice(possible[name]), chance)

    def _possible(self, seen: Seen) -> dict[str, Sequence[Any]]:
        """What each action could be done to."""
        has_room = len(seen.open) < MOST_OPEN_JOBS
        fresh = [(one, n) for one in seen.ready for n in RECIPES if n not in seen.lengths_of(one)] if has_room else []
        return {
            "download": REPOSITORIES if has_room and len(seen.datasets) < MOST_DATASETS else (),
            "tokenize": fresh,
            "index": [one for one in seen.ready if one["id"] not in seen.indexing] if has_room else [],
            "drop": [node for _, node in seen.tokens if node["status"] in ("READY", "CANCELLED")],
            "purge": seen.purgeable if len(seen.datasets) > MOST_DATASETS - 2 else [],
            "cancel": [job for job in seen.open if job["kind"] in CALLED_OFF and job["status"] != "CANCELLING"],
            "describe": seen.ready,
        }

    def _download(self, repository: str, _chance: random.Random) -> None:
        self.commands.ask("downloadDataset", "dataset { id }", repository=repository, allowDuplicate=True)

    def _tokenize(self, found: tuple[Mapping[str, Any], int], _chance: random.Random) -> None:
        dataset, length = found
        given = {"datasetId": dataset["id"], "tokenizer": TOKENIZER, "recipe": RECIPES[length]}
        self.commands.ask("tokenizeDataset", "tokenization { id }", **given)

    def _index(self, dataset: Mapping[str, Any], _chance: random.Random) -> None:
        self.commands.ask("indexDataset", "dataset { id }", datasetId=dataset["id"])

    def _drop(self, tokenization: Mapping[str, Any], _chance: random.Random) -> None:
        self.commands.ask("deleteTokenization", "tokenizationId", tokenizationId=tokenization["id"])

    def _purge(self, dataset: Mapping[str, Any], _chance: random.Random) -> None:
        self.commands.ask("deleteDataset", "dataset { id }", datasetId=dataset["id"], purge=True)

    def _cancel(self, job: Mapping[str, Any], _chance: random.Random) -> None:
        self.commands.ask("cancelJob", "job { id }", jobId=job["id"])

    def _describe(self, dataset: Mapping[str, Any], chance: random.Random) -> None:
        tags = [f"{chance.getrandbits(32):08x}"]
        self.commands.ask("describeDataset", "dataset { id }", datasetId=dataset["id"], tags=tags)
