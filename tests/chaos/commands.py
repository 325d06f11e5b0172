"""Commands over the API, sent until they are answered: each has a key, so that it has one effect."""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from api.ids import kind_and_key
from tests.end_to_end.service import Service

ANSWERED_WITHIN_SECONDS = 180
AGAIN_AFTER_SECONDS = 0.2
# What a client tries again, since nothing was done, or nobody knows whether it was.
NOT_NOW = {"TRY_AGAIN", "INTERNAL_SERVER_ERROR"}
TARGETS = ("jobId", "tokenizationId", "datasetId")


class Unanswered(AssertionError):  # noqa: N818  what happened
    """The service did not come back to answer, or answered what it must not."""


@dataclass(frozen=True)
class Acknowledged:
    """A command that was answered. `place` is that of its first event, None where it was refused with `codes`;
    `replayed` where this answer tells of what was done before, by itself or by another. `target` is the key of the job,
    dataset or tokenization that it was asked of, None where it was of something else."""

    mutation: str
    key: str
    place: int | None
    codes: Sequence[str]
    replayed: bool
    target: str | None = None


@dataclass
class Commands:
    """All that was asked of one service, by any thread."""

    service: Service
    chance: random.Random
    acknowledged: list[Acknowledged] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, mutation: str, fields: str = "", **given: Any) -> dict[str, Any]:
        """The payload of a mutation; it is remembered as acknowledged."""
        with self._lock:
            key = f"{self.chance.getrandbits(64):016x}"
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        asked = f"{mutation}(input: $input) {{ {fields} position replayed errors {{ code message }} }}"
        document = f"mutation ($input: {kind}!) {{ {asked} }}"
        for answer in self._answers(document, input={**given, "idempotencyKey": key}):
            payload: dict[str, Any] = answer[mutation]
            codes = [error["code"] for error in payload["errors"]]
            if not NOT_NOW & set(codes):
                place = int(payload["position"].rpartition(":")[2]) if payload["position"] else None
                told = Acknowledged(mutation, key, place, codes, payload["replayed"], _target(given))
                with self._lock:
                    self.acknowledged.append(told)
                return payload
        raise Unanswered(mutation)

    def look(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a query, as soon as it is answered."""
        return next(self._answers(document, **variables))

    def _answers(self, document: str, **variables: Any):
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while time.monotonic() < deadline:
            body = self._post({"query": document, "variables": variables})
            if body is not None:
                yield body
            time.sleep(AGAIN_AFTER_SECONDS)
        raise Unanswered(f"not within {ANSWERED_WITHIN_SECONDS} s: {document}")

    def _post(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        """The data; None where it is to be asked again."""
        try:
            response = self.service.client.post("/graphql", json=asked)
        except httpx.TransportError:
            return None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return None
        body: dict[str, Any] = response.json()
        codes = {error["extensions"]["code"] for error in body.get("errors", ())}
        if codes - NOT_NOW:
            raise Unanswered(f"{asked} was answered by {body}")
        return None if codes else body["data"]


def _target(given: Mapping[str, Any]) -> str | None:
    """The key of what a command is asked of."""
    found = next((kind_and_key(given[name]) for name in TARGETS if name in given), None)
    return found[1] if found else None
