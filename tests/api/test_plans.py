"""A look at a tokenization before it runs: over HTTP, a real questions process and the test Hub."""

import json
from collections.abc import Iterator

import pytest

from api.ids import global_id
from domain.adapters import Adapters
from domain.commands import SavePreset
from domain.tokenization_commands import PinTokenization, TokenizeDataset
from tests.api.client import Client, until
from tests.api.figures import RECIPE
from tests.api.planning import BYT5, ROWS, code, plan
from tests.api.stories import Story, begin
from tests.hub import Hub
from tests.questions import GETS_READY_SECONDS, answering
from tests.tokenizers import save_bpe

TOKEN = "hf_reader"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    for name in ("bpe", "private"):
        save_bpe(root / "models" / "acme" / name)
    (root / "models" / "acme" / "private" / ".hub.json").write_text(json.dumps({"private": True, "readers": [TOKEN]}))
    with Hub(root) as running:
        yield running


@pytest.fixture(scope="module")
def ready(shared_adapters: Adapters) -> Story:
    return begin(shared_adapters).is_ready(ROWS)


@pytest.fixture(scope="module")
def asked(shared_adapters: Adapters, shared_api: Client, hub: Hub, ready: Story) -> Iterator[Client]:
    """The API, once the questions process has answered."""
    with answering(shared_adapters.settings, hub.environment(shared_adapters.settings.home)):
        until(lambda: code(plan(shared_api, ready)) is None, GETS_READY_SECONDS)
        yield shared_api


def test_what_comes_of_a_small_dataset_is_told_exactly(asked, ready):
    found = plan(asked, ready)
    assert (found["sequenceCount"], found["sampledRows"]) == (4, 4)
    assert found["tokenCount"] == (3 + 1) + (0 + 1) + (15 + 1) + (1 + 1)
    assert found["truncatedShare"] == pytest.approx(11 / 30)
    assert found["paddingShare"] == 0.0
    assert found["sizeBytes"] > 0
    assert found["seconds"] > 0
    assert [warning["code"] for warning in found["warnings"]] == ["TOKENS_LOST"]
    assert (found["error"], found["existing"]) == (None, None)


def test_it_keeps_nothing(asked, ready, shared_adapters):
    before = asked.ask("{ position }")
    plan(asked, ready, "acme/private", accessToken=TOKEN, idempotencyKey="plan")
    assert asked.ask("{ position }") == before
    with shared_adapters.pool.connection() as connection:
        kept = connection.execute("SELECT (SELECT count(*) FROM secrets), (SELECT count(*) FROM commands)").fetchone()
    assert kept == (0, 0)


def test_room_that_others_were_promised_is_not_free(asked, ready, shared_adapters):
    with shared_adapters.pool.connection() as connection:
        connection.execute(
            "INSERT INTO reservations (id, bytes, written_as) VALUES ('upload-plan', 1::bigint << 60, 'no')"
        )
    try:
        warnings = plan(asked, ready)["warnings"]
    finally:
        shared_adapters.reservations.release("upload-plan")
    assert "INSUFFICIENT_STORAGE" in [warning["code"] for warning in warnings]


def test_it_is_not_asked_by_get(asked, ready):
    query = f'{{ planTokenization(input: {{datasetId: "{global_id("Dataset", ready.id)}", tokenizer: "{BYT5}"}}) '
    query += "{ sampledRows } }"
    answer = asked.http.get("/graphql", params={"query": query}).json()
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
    assert asked.ask(query) == {"sampledRows": 0}, "it needs a length"


@pytest.mark.parametrize(
    ("tokenizer", "recipe", "expected"),
    [
        (BYT5, {}, "MAX_LENGTH_REQUIRED"),
        ("acme/nothing", {}, "TOKENIZER_NOT_FOUND"),
        ("acme/bpe", {"padding": "LONGEST"}, "PAD_TOKEN_MISSING"),
        ("acme/bpe", {"padding": "LONGEST", "padToken": "nothing"}, "INVALID_INPUT"),
        ("file:nothing", {}, "TOKENIZER_NOT_FOUND"),
    ],
)
def test_what_the_run_would_fail_with_is_the_error_of_the_answer(asked, ready, tokenizer, recipe, expected):
    assert code(plan(asked, ready, tokenizer, recipe)) == expected


def test_a_pad_token_that_is_missing_is_warned_of_beside_the_figures(asked, ready):
    found = plan(asked, ready, "acme/bpe", {"padding": "LONGEST"})
    assert "<|end|>" in found["error"]["message"]
    assert "PAD_TOKEN_MISSING" in [warning["code"] for warning in found["warnings"]]
    assert found["sequenceCount"] == 4


def test_a_private_tokenizer_is_there_for_its_readers_only(asked, ready):
    assert code(plan(asked, ready, "acme/private")) == "TOKENIZER_NOT_FOUND"
    assert code(plan(asked, ready, "acme/private", accessToken=TOKEN)) is None
    assert code(plan(asked, ready, "acme/private", accessToken="hf_of_a_stranger")) == "TOKENIZER_NOT_FOUND"
    assert code(plan(asked, ready, "acme/private")) == "TOKENIZER_NOT_FOUND"


def test_a_preset_says_what_the_input_leaves_out(asked, ready, shared_adapters):
    preset = "11111111-1111-4111-8111-111111111111"
    recipe = {"mode": "WINDOW", "maxLength": 4}
    ready.does(SavePreset(preset_id=preset, name="windows", tokenizer=BYT5, recipe=recipe))
    found = plan(asked, ready, None, {}, presetId=global_id("TokenizationPreset", preset))
    assert (code(found), found["sequenceCount"], found["truncatedShare"]) == (None, 1 + 1 + 9 + 1, 0.0)
    over = plan(asked, ready, None, {"maxLength": 100}, presetId=global_id("TokenizationPreset", preset))
    assert over["sequenceCount"] == 4


def test_the_same_that_is_made_or_here_already_is_named(asked, shared_adapters, hub):
    story = begin(shared_adapters).is_ready(ROWS)
    assert plan(asked, story)["existing"] is None
    story.asks_for_tokens(16)
    mine = global_id("Tokenization", story.tokenization)

    assert plan(asked, story)["existing"] == {"id": mine, "status": "QUEUED"}
    same = {"maxLength": 16, "mode": "TRUNCATE", "textColumns": ["text"], "splits": ["test", "train"]}
    assert plan(asked, story, recipe=same)["existing"] == {"id": mine, "status": "QUEUED"}
    assert plan(asked, story, recipe={"maxLength": 17})["existing"] is None
    assert plan(asked, story)["tokenCount"] is not None, "and what comes of it is told all the same"
    story.is_tokenized()
    assert plan(asked, story)["existing"] == {"id": mine, "status": "READY"}


def test_what_would_turn_out_to_be_the_same_is_named_by_its_commit_and_resolved_recipe(asked, shared_adapters, hub):
    story = begin(shared_adapters).is_ready(ROWS)
    commit = hub.commit_of("acme/bpe", "models")
    ids = {"dataset_id": story.id, "job_id": "22222222-2222-4222-8222-222222222222"}
    tokenization = "33333333-3333-4333-8333-333333333333"
    asks = {"tokenizer": "acme/bpe", "revision": commit, "recipe": {"maxLength": 64}}
    story.does(TokenizeDataset(**ids, tokenization_id=tokenization, **asks))
    story.starts(ids["job_id"])
    resolved = {**RECIPE, "maxLength": 64}
    story.does(PinTokenization(**ids, tokenizer_commit=commit, recipe=resolved, vocabulary_size=600))

    found = plan(asked, story, "acme/bpe", {})

    assert code(found) is None
    assert found["existing"] == {"id": global_id("Tokenization", tokenization), "status": "RUNNING"}
    assert plan(asked, story, "acme/bpe", {"maxLength": 63})["existing"] is None
