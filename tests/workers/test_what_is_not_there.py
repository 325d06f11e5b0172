"""What the Hub does not have ends in an error that names what to do; the dataset shows it, and nothing is left."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.adapters import Adapters
from tests.hub import Hub
from tests.workers.bringing import Bringing, sent
from workers.child import Child


@pytest.fixture(scope="module")
def hub(layouts_hub: Hub) -> Hub:
    return layouts_hub


@pytest.fixture
def bringing(adapters: Adapters, child: Child, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bringing]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    hub.requests.clear()
    made = Bringing(adapters, child)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("repository", "asked", "code", "advice"),
    [
        ("acme/nothing", {}, "REPOSITORY_NOT_FOUND", "give a token"),
        ("acme/lines", {"revision": "v9"}, "REVISION_NOT_FOUND", "no revision v9"),
        ("acme/configs", {"config": "huge"}, "CONFIG_NOT_FOUND", "choose one of small, large"),
        ("acme/lines", {"splits": ["dev", "test"]}, "SPLIT_NOT_FOUND", "choose among train, validation, test"),
        ("acme/lines", {"files": ["*.csv"]}, "NOT_FOUND", "test.jsonl, train.jsonl, validation.jsonl"),
        ("acme/lines", {"files": ["test.*", "lost.jsonl"]}, "NOT_FOUND", "lost.jsonl"),
        ("acme/configs", {"files": ["**/.hub.json"]}, "NOT_FOUND", "small/a.jsonl"),
    ],
)
def test_what_is_not_there_is_told_with_what_to_do(
    bringing: Bringing, hub: Hub, repository: str, asked: dict[str, Any], code: str, advice: str
) -> None:
    assert bringing.bring(repository, **asked).status == "FAILED"
    assert (bringing.error.code, bringing.error.retryable) == (code, False)
    assert advice in bringing.error.message
    assert sent(hub, ".jsonl") == 0
    assert bringing.on_disk() == []
