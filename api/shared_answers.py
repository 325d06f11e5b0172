"""Answers that go to many clients: kept for the next one who asks alike, and encoded once."""

from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from typing import Any

import orjson
from graphql import ExecutionResult

# What follows the newest event is in one of the last few.
KEPT = 16


class SharedData(dict[str, Any]):
    """The data of an answer that goes to many."""

    @cached_property
    def encoded(self) -> orjson.Fragment:
        """As JSON, made once."""
        return orjson.Fragment(orjson.dumps(self))


class SharedAnswers:
    """The newest answers of one process, each to the same document, variables and events."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, ExecutionResult] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: Hashable) -> ExecutionResult | None:
        """The answer that was kept under this key."""
        return self._answers.get(key)

    def keep(self, key: Hashable, answer: ExecutionResult) -> None:
        """For others who ask alike; the oldest ones go."""
        self._answers[key] = answer
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)


def encodable(data: dict[str, Any] | None) -> object:
    """The data of an answer as orjson takes it: what goes to many was encoded before."""
    return data.encoded if isinstance(data, SharedData) else data
