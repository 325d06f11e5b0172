"""Plan first: what a tokenization is estimated to come to, and what it came to."""

import time

import pytest

from tests.end_to_end import operations as ask
from tests.end_to_end.service import Service, until

pytestmark = pytest.mark.slow

CLOSE = 0.1


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


def test_the_estimate_is_told_first_and_stands_beside_the_truth_afterwards(service: Service) -> None:
    # given a dataset, and a questions process that is warm
    dataset = service.ask(ask.DOWNLOAD, repository="acme/plans")["downloadDataset"]["dataset"]["id"]
    until(lambda: service.ask(ask.DATASET, id=dataset)["dataset"]["status"] == "READY")
    recipe = {"dataset": dataset, "tokenizer": "acme/bpe", "maxLength": 40}

    def plan():
        return service.ask(ask.PLAN, **recipe)["planTokenization"]

    until(lambda: plan()["error"] is None)

    # when it is planned and then run
    began = time.monotonic()
    planned = plan()
    answered = time.monotonic() - began
    asked = service.ask(ask.TOKENIZE, **recipe)["tokenizeDataset"]
    assert asked["errors"] == []
    assert plan()["existing"]["id"] == asked["tokenization"]["id"]

    def found():
        return service.ask(ask.PLANNED, id=asked["tokenization"]["id"])["tokenization"]

    until(lambda: found()["status"] in ("READY", "FAILED"))

    # then the plan that was told is kept, beside figures that it is close to
    print(f"planned in {answered:.2f} s")
    truth, kept = found(), found()["plan"]
    assert truth["status"] == "READY", truth["error"]
    statistics = truth["statistics"]
    cut = statistics["truncatedTokens"] / statistics["sourceTokens"]
    for estimate in (planned, kept):
        assert estimate["sampledRows"] > 0
        for name in ("sequenceCount", "tokenCount"):
            assert estimate[name] == pytest.approx(statistics[name], rel=CLOSE)
        assert estimate["truncatedShare"] == pytest.approx(cut, abs=CLOSE)
        assert estimate["sizeBytes"] == pytest.approx(truth["sizeBytes"], rel=2 * CLOSE)
        assert [warning["code"] for warning in estimate["warnings"]] == ["TOKENS_LOST"]
