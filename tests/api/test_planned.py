"""Plans where nobody is there to make one: what would be refused, and those that were kept."""

import pytest

from api.ids import global_id
from domain.adapters import Adapters
from tests.api.figures import PLAN as KEPT
from tests.api.operations import TOKENIZE
from tests.api.planning import BYT5, NOTHING, OF_TOKENIZATION, ROWS, code, figures, plan
from tests.api.stories import Story, begin


@pytest.fixture(scope="module")
def ready(shared_adapters: Adapters) -> Story:
    return begin(shared_adapters).is_ready(ROWS)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"tokenizer": "no/such/name"}, "INVALID_INPUT"),
        ({"tokenizer": None}, "INVALID_INPUT"),
        ({"revision": "main"}, "INVALID_INPUT"),
        ({"recipe": {"maxLength": 0}}, "INVALID_INPUT"),
        ({"recipe": {"maxLength": 8, "mode": "WINDOW", "stride": 8}}, "INVALID_INPUT"),
        ({"recipe": {"tail": "DROP"}}, "INVALID_INPUT"),
        ({"recipe": {"splits": ["nothing"]}}, "SPLIT_NOT_FOUND"),
        ({"recipe": {"textColumns": ["nothing"]}}, "COLUMN_NOT_FOUND"),
        ({"presetId": "nothing"}, "NOT_FOUND"),
        ({"accessToken": "hf token"}, "INVALID_INPUT"),
        ({"datasetId": "nothing"}, "NOT_FOUND"),
        ({"datasetId": global_id("Dataset", "00000000-0000-4000-8000-000000000000")}, "NOT_FOUND"),
    ],
)
def test_what_would_be_refused_is_the_error_of_the_answer_and_nobody_is_asked(shared_api, ready, given, expected):
    """There is no process that would answer."""
    found = plan(shared_api, ready, **given)
    assert (code(found), figures(found), found["existing"]) == (expected, NOTHING, None)

    input = {"datasetId": global_id("Dataset", ready.id), "tokenizer": BYT5, "recipe": {"maxLength": 16}}
    input = {name: value for name, value in (input | given).items() if value is not None}
    (refused,) = shared_api.ask(TOKENIZE, input=input)["errors"][:1]
    assert (found["error"]["code"], found["error"]["message"]) == (refused["code"], refused["message"])


def test_a_column_that_holds_no_text_is_a_warning_too(shared_api, shared_adapters):
    story = begin(shared_adapters).is_ready(ROWS)
    found = plan(shared_api, story, recipe={"chatColumn": "text"})
    assert code(found) == "COLUMN_NOT_TEXT"
    assert [warning["code"] for warning in found["warnings"]] == ["COLUMN_NOT_TEXT"]


def test_a_dataset_that_is_not_ready_is_not_planned_for(shared_api, shared_adapters):
    assert code(plan(shared_api, begin(shared_adapters))) == "NOT_READY"


def test_a_tokenization_tells_the_plan_that_it_began_with(shared_api, shared_adapters):
    told = begin(shared_adapters).is_ready(ROWS).asks_for_tokens().is_tokenized(plan=KEPT)
    older = begin(shared_adapters).is_ready(ROWS).asks_for_tokens().is_tokenized()

    found = shared_api.ask(OF_TOKENIZATION, id=global_id("Tokenization", told.tokenization))["plan"]

    assert {**figures(found), "warnings": found["warnings"]} == KEPT
    assert (found["error"], found["existing"]) == (None, None)
    assert shared_api.ask(OF_TOKENIZATION, id=global_id("Tokenization", older.tokenization)) == {"plan": None}


def test_without_an_answer_in_time_it_is_to_be_asked_again(serve, adapters):
    story = begin(adapters).is_ready(ROWS).asks_for_tokens()
    with serve(question_seconds=1) as served:
        found = plan(served.client, story)
    assert (code(found), found["error"]["retryable"], figures(found)) == ("TRY_AGAIN", True, NOTHING)
    assert found["existing"]["id"] == global_id("Tokenization", story.tokenization)
