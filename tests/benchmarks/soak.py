"""`make soak`: a service under mixed load for SOAK_MINUTES (20): memory, open files and connections stay flat, and
nothing goes wrong."""

import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from api.ring import CAPACITY, SLACK
from tests.benchmarks.soak_watch import Watch, complaints, grown, table, wait_until
from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service
from tests.hub import Hub
from tests.servers import temporary_home
from tests.texts import english

MINUTES = float(os.environ.get("SOAK_MINUTES") or 20)
ROWS = 3_000
REPOSITORIES = 4
FOLLOWERS = 12
FOLLOWED_SECONDS = 20.0
JOB_SECONDS = 600.0
CANCELLED_SHARE = 0.25
HELD = CAPACITY + SLACK  # events
FILLERS = 8

PURGE = """mutation ($id: ID!) { deleteDataset(input: {datasetId: $id, purge: true}) { errors { code message } } }"""
SAVE = """mutation ($id: ID, $name: String!) {
  savePreset(input: {presetId: $id, name: $name, tokenizer: "builtin:byt5"}) {
    preset { id } errors { code message } } }"""
CANCEL = """mutation ($id: ID!) { cancelJob(input: {jobId: $id}) { errors { code message } } }"""
STATE = """query ($id: ID!) { dataset(id: $id) {
  status error { code message } searchIndex { status }
  tokenizations { nodes { id status error { code message } exports { status files { url } } } }
} }"""
SEARCH = """query ($id: ID!) { dataset(id: $id) {
  samples(first: 20, filter: {search: "the or row*"}, orderBy: RELEVANCE) { totalCount partial nodes { text } download }
} }"""
LIST = "{ datasets(first: 20) { totalCount nodes { id name status statistics { wordCount } } } storage { usedBytes } }"
UPLOAD = """mutation ($file: Upload!) {
  uploadDataset(input: {file: $file}) { dataset { id } errors { code message } } }"""


class WentWrong(Exception):  # noqa: N818  what happened, for the report
    """Something was not as it should be; the message tells what."""


class Load:
    """What clients do, each in a thread of its own, until it is told to stop; what went wrong is kept."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.stopping = threading.Event()

    def run(self, client: Callable[["Load", random.Random], None], seed: int) -> threading.Thread:
        """One client, which does the same again and again."""

        def go() -> None:
            numbers = random.Random(seed)
            while not self.stopping.is_set():
                try:
                    client(self, numbers)
                except (WentWrong, AssertionError, httpx.HTTPError, WebSocketException, OSError) as wrong:
                    self.wrong.append(f"{client.__name__}: {type(wrong).__name__}: {wrong}"[:500])
                    time.sleep(1)
                else:
                    self.done[client.__name__] += 1

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        return thread

    def ask(self, document: str, **variables: Any) -> Any:
        """The one field of the answer."""
        return next(iter(self.service.ask(document, **variables).values()))

    def until(self, dataset_id: str, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The dataset, once it is so. Raises WentWrong where it fails."""
        deadline = time.monotonic() + JOB_SECONDS
        while time.monotonic() < deadline:
            state: dict[str, Any] = self.ask(STATE, id=dataset_id)
            if state["error"]:
                raise WentWrong(state["error"])
            if enough(state):
                return state
            time.sleep(0.5)
        raise WentWrong(f"dataset {dataset_id} did not come so far in {JOB_SECONDS} s: {state}")

    def accepted(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Of a mutation that is to be carried out."""
        if payload["errors"]:
            raise WentWrong(payload["errors"])
        return payload


def is_ready(state: dict[str, Any]) -> bool:
    return bool(state["status"] == "READY" and state["searchIndex"]["status"] == "READY")


def is_tokenized(state: dict[str, Any]) -> bool:
    return all(each["status"] in ("READY", "CANCELLED") for each in state["tokenizations"]["nodes"])


def is_exported(state: dict[str, Any]) -> bool:
    exports = [export for each in state["tokenizations"]["nodes"] for export in each["exports"]]
    return bool(exports) and all(export["status"] == "READY" for export in exports)


def use(load: Load, dataset_id: str, numbers: random.Random) -> None:
    """A dataset's life from READY on: tokens, now and then called off; an export; searches; the end."""
    load.until(dataset_id, is_ready)
    given = {"dataset": dataset_id, "tokenizer": "builtin:byt5", "maxLength": numbers.choice((64, 128, 256))}
    made = load.accepted(load.ask(ask.TOKENIZE, **given))
    cancelled = numbers.random() < CANCELLED_SHARE
    if cancelled:
        load.ask(CANCEL, id=made["job"]["id"])  # too late where it is done already
    state = load.until(dataset_id, is_tokenized)
    if state["tokenizations"]["nodes"][0]["status"] == "READY":
        load.accepted(load.ask(ask.EXPORT, id=made["tokenization"]["id"]))
        state = load.until(dataset_id, is_exported)
        fetch(load, state["tokenizations"]["nodes"][0]["exports"][0]["files"][0]["url"])
    found = load.ask(SEARCH, id=dataset_id)["samples"]
    if not found["totalCount"] or found["partial"]:
        raise WentWrong("a search of a whole index found nothing, or not all")
    fetch(load, found["download"])
    load.accepted(load.ask(PURGE, id=dataset_id))


def fetch(load: Load, url: str) -> None:
    answer = load.service.client.get(url)
    if answer.status_code != httpx.codes.OK or not answer.content:
        raise WentWrong(f"{answer.status_code} for a download")


def downloads(load: Load, numbers: random.Random) -> None:
    repository = f"acme/soak{numbers.randrange(REPOSITORIES)}"
    asked = load.accepted(load.ask(ask.DOWNLOAD, repository=repository, allowDuplicate=True))
    use(load, asked["dataset"]["id"], numbers)


def uploads(load: Load, numbers: random.Random) -> None:
    rows = "".join(f'{{"text": "the row {number} of {numbers.random()}"}}\n' for number in range(500))
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
    answer = load.service.client.post(
        "/graphql",
        files={
            "operations": (None, operations),
            "map": (None, '{"0": ["variables.file"]}'),
            "0": ("rows.jsonl", rows.encode()),
        },
        headers={"GraphQL-Preflight": "1"},
    )
    payload = load.accepted(answer.json()["data"]["uploadDataset"])
    use(load, payload["dataset"]["id"], numbers)


def readers(load: Load, _numbers: random.Random) -> None:
    load.service.ask(LIST)
    load.ask(ask.EVENTS, after="0", first=100)
    answer = load.service.client.get("/metrics")
    if answer.status_code != httpx.codes.OK:
        raise WentWrong(f"{answer.status_code} for the metrics")
    time.sleep(0.25)


def followers(load: Load, numbers: random.Random) -> None:
    """Comes, follows for a while and goes, as tabs of browsers do."""
    until = time.monotonic() + FOLLOWED_SECONDS * numbers.random()
    after = load.ask("{ position }")
    with load.service.subscribe(ask.FOLLOW, after=after) as batches:
        for batch in batches:
            positions = [event["position"] for event in batch["events"]["events"]]
            if len(set(positions)) != len(positions):
                raise WentWrong("an event was told twice")
            if time.monotonic() > until or load.stopping.is_set():
                return


def fill_ring(load: Load) -> None:
    """As many events as the API holds, so that it holds no more of them later on."""

    def fill(filler: int) -> None:
        """A preset that is called something else again and again."""
        known = None
        for number in range(HELD // FILLERS):
            told = load.accepted(load.ask(SAVE, id=known, name=f"filler {filler}.{number}"))
            known = told["preset"]["id"]

    with ThreadPoolExecutor(FILLERS) as fillers:
        list(fillers.map(fill, range(FILLERS)))


def soak(service: Service) -> Iterator[str]:
    """The report, and the problems in it: each of them is a line that begins with PROBLEM."""
    load = Load(service)
    fill_ring(load)
    with Watch(service) as watch:
        clients = [downloads, downloads, uploads, readers, readers, *[followers] * FOLLOWERS]
        threads = [load.run(client, seed) for seed, client in enumerate(clients)]
        wait_until(time.monotonic() + MINUTES * 60, threading.Event())
        load.stopping.set()
        for thread in threads:
            thread.join(JOB_SECONDS)
    stuck = sum(thread.is_alive() for thread in threads)
    yield f"{MINUTES:g} minutes; " + ", ".join(f"{count:,} times {name}" for name, count in sorted(load.done.items()))
    yield from table(watch.seen)
    problems = [*watch.wrong, *grown(watch.seen), *sorted(set(load.wrong)), *complaints(service)]
    if stuck:
        problems.append(f"{stuck} clients did not end within {JOB_SECONDS:g} s")
    if not all(load.done[client.__name__] for client in clients):
        problems.append("a client never came to its end")
    yield from (f"PROBLEM: {problem}" for problem in problems)


def main() -> int:
    """The exit code: 1 where something grew or went wrong."""
    with tempfile.TemporaryDirectory() as folder, temporary_home() as home:
        for number in range(REPOSITORIES):
            english(Path(folder), f"acme/soak{number}", rows=ROWS)
        with Hub(Path(folder)) as hub:
            service = Service(home, hub.environment(home))
            try:
                service.start()
                report = []
                for line in soak(service):
                    print(line, flush=True)
                    report.append(line)
            finally:
                service.close()
    problems = [line for line in report if line.startswith("PROBLEM")]
    print(f"{len(problems)} problems" if problems else "flat, and no error")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
