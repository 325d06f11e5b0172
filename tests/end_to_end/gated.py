"""A Hub whose repositories want to know who reads them, and how a client asks for them with a token."""

import json
from pathlib import Path
from typing import Any

from tests.api.operations import CANCEL, DOWNLOAD, RETRY, TOKENIZE
from tests.end_to_end import operations as ask
from tests.end_to_end.datasets import STATUS
from tests.end_to_end.service import Service, until
from tests.texts import english, texts, write_repository
from tests.tokenizers import save_bpe
from workers.chunks import CHUNK_BYTES

# Some 5 MB.
LARGE_ROWS = 24_000
ENDED = ("READY", "FAILED", "CANCELLED")


def settings(*readers: str, **more: Any) -> dict[str, str]:
    """Who may read a repository."""
    return {".hub.json": json.dumps({"gated": "auto", "readers": readers, **more})}


def write_gated(root: Path, *readers: str) -> None:
    """`acme/gated` and `acme/private` of English, `acme/gated-large` of one file, the tokenizer `acme/gated-bpe`."""
    write_repository(english(root, "acme/gated"), settings(*readers))
    write_repository(english(root, "acme/private"), settings(*readers, private=True))
    write_large(root, "acme/gated-large", *readers)
    write_repository(save_bpe(root / "models" / "acme" / "gated-bpe"), settings(*readers))


def write_large(root: Path, name: str, *readers: str) -> Path:
    """A repository of one file of several chunks; without readers everybody may read it."""
    folder = root / "datasets" / name
    files = {"train.jsonl": texts(LARGE_ROWS)} | (settings(*readers) if readers else {})
    write_repository(folder, files)
    assert (folder / "train.jsonl").stat().st_size > 16 * CHUNK_BYTES
    return folder


def download(service: Service, repository: str, **given: Any) -> dict[str, Any]:
    answer = service.ask(DOWNLOAD, input={"repository": f"acme/{repository}", "allowDuplicate": True, **given})
    return answer["downloadDataset"]


def tokenize(service: Service, dataset_id: str, **given: Any) -> dict[str, Any]:
    asked = {"datasetId": dataset_id, "tokenizer": "acme/gated-bpe", "recipe": {"maxLength": 32}, **given}
    return service.ask(TOKENIZE, input=asked)["tokenizeDataset"]


def retry(service: Service, job_id: str, **given: Any) -> dict[str, Any]:
    return service.ask(RETRY, input={"jobId": job_id, **given})["retryJob"]


def cancel(service: Service, job_id: str) -> dict[str, Any]:
    return service.ask(CANCEL, input={"jobId": job_id})["cancelJob"]


def dataset(service: Service, dataset_id: str) -> dict[str, Any]:
    return service.ask(ask.DATASET, id=dataset_id)["dataset"]


def wait_for_end(service: Service, dataset_id: str) -> dict[str, Any]:
    """The dataset, once nothing is done about it any more."""
    until(lambda: service.ask(STATUS, id=dataset_id)["dataset"]["status"] in ENDED)
    return dataset(service, dataset_id)


def wait_for_tokens(service: Service, tokenization_id: str) -> dict[str, Any]:
    document = "query ($id: ID!) { tokenization(id: $id) { status error { code message retryable } } }"
    until(lambda: service.ask(document, id=tokenization_id)["tokenization"]["status"] in ENDED)
    return service.ask(document, id=tokenization_id)["tokenization"]


def in_the_middle(service: Service, dataset_id: str) -> bool:
    """A part of the bytes has come."""
    document = "query ($id: ID!) { dataset(id: $id) { status progress { fraction } } }"
    found = service.ask(document, id=dataset_id)["dataset"]
    return found["status"] == "DOWNLOADING" and bool(found["progress"]) and (found["progress"]["fraction"] or 0) > 0.1
