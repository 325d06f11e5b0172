"""`mistudio import`: asks the running service to import files of this machine, and waits until they are a dataset."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from os.path import abspath
from pathlib import Path
from typing import Any

import httpx

from domain.adapters.settings import Settings

READY, FAILED, REFUSED, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
ASK_EVERY_SECONDS = 0.5
# A service that is started again is waited for.
UNREACHABLE_AFTER_SECONDS = 60.0
PERCENT = 100

IMPORT = """
mutation ($input: ImportDatasetInput!) {
  importDataset(input: $input) { dataset { id } errors { code message } }
}"""
WATCH = """
query ($id: ID!) {
  dataset(id: $id) { status rowCount skippedRows path progress { fraction } error { code message } }
}"""
WORKING = ("QUEUED", "DOWNLOADING", "INGESTING")


@dataclass(frozen=True, slots=True)
class ImportAsked:
    """What is imported, and how: as ImportDatasetInput has it."""

    path: str
    name: str | None
    split: str | None
    text_column: str | None
    on_error: str | None

    def told(self) -> dict[str, str | None]:
        """As variables; a path that is there from here is a whole one, without `..`, which the service refuses."""
        return {
            "path": abspath(self.path) if Path(self.path).exists() else self.path,  # noqa: PTH100  links stay links
            "name": self.name,
            "split": self.split,
            "textColumn": self.text_column,
            "onError": self.on_error,
        }


class NotAnswered(Exception):  # noqa: N818  what happened, not a fault
    """The service answered with errors, or with something else than an answer; the message tells them."""


def run_import(settings: Settings, asked: ImportAsked) -> int:
    """Prints the dataset's id, and to stderr how far it is and what went wrong; the exit code."""
    headers = {"Authorization": f"Bearer {settings.api_token}"} if settings.api_token else {}
    # the service is on this machine, so no proxy of the environment stands before it
    with httpx.Client(base_url=settings.address, headers=headers, timeout=30, trust_env=False) as client:
        try:
            payload = _ask(client, IMPORT, {"input": asked.told()})["importDataset"]
        except httpx.TransportError as trouble:
            return _end(UNREACHABLE, f"{settings.address} does not answer ({trouble}): start it with `mistudio up`.")
        except NotAnswered as refusal:
            return _end(REFUSED, str(refusal))
        if payload["errors"]:
            return _end(REFUSED, *(f"{error['code']}: {error['message']}" for error in payload["errors"]))
        dataset_id = payload["dataset"]["id"]
        sys.stdout.write(f"{dataset_id}\n")
        sys.stdout.flush()
        try:
            return _wait(client, dataset_id)
        except KeyboardInterrupt:
            return _end(INTERRUPTED, "The import goes on without this command: cancelJob stops it.")


def _wait(client: httpx.Client, dataset_id: str) -> int:
    told, heard = "", time.monotonic()
    while True:
        try:
            dataset = _ask(client, WATCH, {"id": dataset_id})["dataset"]
            heard = time.monotonic()
        except (httpx.TransportError, NotAnswered) as trouble:
            if time.monotonic() - heard > UNREACHABLE_AFTER_SECONDS:
                return _end(UNREACHABLE, f"The service does not answer any more ({trouble}). The import may go on.")
            time.sleep(ASK_EVERY_SECONDS)
            continue
        if dataset is None or dataset["status"] not in WORKING:
            return _ended(dataset)
        if (shown := _progress(dataset)) != told:
            sys.stderr.write(f"{shown}\n")
            told = shown
        time.sleep(ASK_EVERY_SECONDS)


def _progress(dataset: Mapping[str, Any]) -> str:
    fraction = (dataset["progress"] or {}).get("fraction")
    return str(dataset["status"]) + ("" if fraction is None else f" {int(fraction * PERCENT)} %")


def _ended(dataset: Mapping[str, Any] | None) -> int:
    if dataset is None:
        return _end(FAILED, "The dataset was purged meanwhile.")
    if dataset["status"] == "READY":
        skipped = f", {dataset['skippedRows']:,} skipped" if dataset["skippedRows"] else ""
        return _end(READY, f"READY: {dataset['rowCount']:,} rows{skipped}, in {dataset['path']}")
    error = dataset["error"]
    return _end(FAILED, f"{dataset['status']}: {error['code']}: {error['message']}" if error else dataset["status"])


def _ask(client: httpx.Client, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    response = client.post("/graphql", json={"query": document, "variables": variables})
    try:
        answer = response.json()
    except ValueError:
        raise NotAnswered(f"The answer is no GraphQL, but HTTP {response.status_code}.") from None
    if answer.get("errors"):
        raise NotAnswered("; ".join(error["message"] for error in answer["errors"]))
    data: dict[str, Any] = answer["data"]
    return data


def _end(code: int, *lines: str) -> int:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return code
