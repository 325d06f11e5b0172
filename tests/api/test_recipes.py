"""Recipes: asked for in full, shown back, refused where they cannot be meant, and the same work done once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest

from api.ids import global_id
from api.plain import camel
from api.recipes import TokenizationRecipeInput
from domain import commands as ask
from domain.recipe import FIELDS
from tests.api.operations import CANCEL, RECIPE, RETRY, tokenize
from tests.api.stories import begin

SHOWN = f"query ($id: ID!) {{ tokenization(id: $id) {{ status recipeHash recipe {RECIPE} }} }}"
DEFAULTS = {
    **dict.fromkeys(FIELDS),
    "mode": "TRUNCATE",
    "padding": "NONE",
    "addSpecialTokens": True,
    "minTokens": 0,
    "onError": "FAIL",
}
WINDOWED = {
    "mode": "WINDOW",
    "maxLength": 64,
    "stride": 16,
    "padding": "MAX_LENGTH",
    "padToken": "<pad>",
    "addSpecialTokens": False,
    "textColumns": ["text"],
    "template": "{text}\n",
    "splits": ["test"],
    "minTokens": 3,
    "onError": "SKIP",
}
PACKED = {
    "mode": "PACK",
    "beginToken": "<s>",
    "endOfDocumentToken": "</s>",
    "separatorToken": "\n\n",
    "tail": "PAD",
    "padToken": "<pad>",
}
COLUMNS = {"text": "x", "title": "y", "score": 1.5, "chat": [{"role": "user", "content": "z"}]}


def recipe_of(api, answer):
    assert answer["errors"] == []
    return api.ask(SHOWN, id=answer["tokenization"]["id"])["recipe"]


def test_every_field_of_the_recipe_is_an_input_and_is_shown():
    assert {camel(field.name) for field in fields(TokenizationRecipeInput)} == set(FIELDS)
    assert set(RECIPE.strip("{} ").split()) == set(FIELDS)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, DEFAULTS),
        (WINDOWED, {**DEFAULTS, **WINDOWED}),
        (PACKED, {**DEFAULTS, **PACKED}),
        ({"mode": "PACK"}, {**DEFAULTS, "mode": "PACK", "tail": "KEEP"}),
        (dict.fromkeys(FIELDS), DEFAULTS),
    ],
    ids=["nothing", "window", "pack", "the tail of pack", "null"],
)
def test_what_is_asked_for_is_given_to_the_command_and_shown_back(api, adapters, asked, expected):
    story = begin(adapters).is_ready()
    assert recipe_of(api, tokenize(api, story.id, recipe=asked)) == expected
    (event,) = api.ask('{ events(filter: {types: ["TokenizationRequested"]}) { events { data } } }')["events"]
    assert event["data"]["recipe"] == {name: value for name, value in asked.items() if value is not None}


@pytest.mark.parametrize(
    ("recipe", "path"),
    [
        ({"maxLength": 0}, ["maxLength"]),
        ({"maxLength": -5}, ["maxLength"]),
        ({"mode": "WINDOW", "stride": -1}, ["stride"]),
        ({"minTokens": -1}, ["minTokens"]),
        ({"stride": 1}, ["stride"]),
        ({"mode": "PACK", "stride": 1}, ["stride"]),
        ({"mode": "WINDOW", "maxLength": 8, "stride": 8}, ["stride"]),
        ({"beginToken": "<s>"}, ["beginToken"]),
        ({"mode": "WINDOW", "tail": "DROP"}, ["tail"]),
        ({"mode": "PACK", "padding": "MAX_LENGTH"}, ["padding"]),
        ({"padToken": "<pad>"}, ["padToken"]),
        ({"padding": "LONGEST", "padToken": ""}, ["padToken"]),
        ({"padding": "LONGEST", "padToken": "x" * 201}, ["padToken"]),
        ({"padding": "LONGEST", "padToken": "a\u0000"}, ["padToken"]),
        ({"mode": "PACK", "separatorToken": ""}, ["separatorToken"]),
        ({"textColumns": []}, ["textColumns"]),
        ({"textColumns": ["text"] * 101}, ["textColumns"]),
        ({"textColumns": ["text", "text"]}, ["textColumns"]),
        ({"textColumns": ["text", "x" * 201]}, ["textColumns", "1"]),
        ({"template": ""}, ["template"]),
        ({"template": "{text}" + "x" * 10_000}, ["template"]),
        ({"template": "no place"}, ["template"]),
        ({"template": "{text"}, ["template"]),
        ({"textColumns": ["text"], "template": "{title}{text}"}, ["template"]),
        ({"textColumns": ["text", "title"], "template": "{text}"}, ["template"]),
        ({"chatColumn": "chat", "textColumns": ["text"]}, ["textColumns"]),
        ({"chatColumn": "chat", "template": "{chat}"}, ["template"]),
        ({"chatColumn": "\u0000"}, ["chatColumn"]),
        ({"splits": []}, ["splits"]),
        ({"splits": ["train[:10]"]}, ["splits", "0"]),
    ],
)
def test_a_recipe_that_cannot_be_meant_is_refused_before_any_work(shared_api, shared_adapters, recipe, path):
    (error,) = tokenize(shared_api, begin(shared_adapters).is_ready().id, recipe=recipe)["errors"]
    assert (error["__typename"], error["code"]) == ("InvalidInputError", "INVALID_INPUT")
    assert error["path"] == ["recipe", *path]


def test_all_that_a_recipe_cannot_mean_is_told_at_once(shared_api, shared_adapters):
    recipe = {"stride": 4, "tail": "PAD", "padToken": "p"}
    errors = tokenize(shared_api, begin(shared_adapters).is_ready().id, recipe=recipe)["errors"]
    assert [error["path"] for error in errors] == [["recipe", "tail"], ["recipe", "stride"]]


@pytest.mark.parametrize(
    ("recipe", "code", "path"),
    [
        ({"textColumns": ["text", "body"]}, "COLUMN_NOT_FOUND", ["textColumns", "1"]),
        ({"textColumns": ["score"]}, "COLUMN_NOT_TEXT", ["textColumns", "0"]),
        ({"template": "{title}{body}"}, "COLUMN_NOT_FOUND", ["template"]),
        ({"template": "{title}{score}"}, "COLUMN_NOT_TEXT", ["template"]),
        ({"chatColumn": "body"}, "COLUMN_NOT_FOUND", ["chatColumn"]),
        ({"chatColumn": "text"}, "COLUMN_NOT_TEXT", ["chatColumn"]),
        ({"splits": ["dev"]}, "SPLIT_NOT_FOUND", ["splits"]),
    ],
)
def test_what_the_dataset_does_not_have_is_named(shared_api, shared_adapters, recipe, code, path):
    (error,) = tokenize(shared_api, with_columns(shared_adapters).id, recipe=recipe)["errors"]
    assert (error["code"], error["path"]) == (code, ["recipe", *path])


@pytest.mark.parametrize(
    "recipe",
    [
        {"textColumns": ["title", "text"], "template": "{title}\n{text}"},
        {"chatColumn": "chat"},
        {"maxLength": 10_000_000},
        {"maxLength": 1},
    ],
)
def test_what_only_the_tokenizer_can_tell_is_left_to_the_worker(shared_api, shared_adapters, recipe):
    assert tokenize(shared_api, with_columns(shared_adapters).id, recipe=recipe)["errors"] == []


def with_columns(adapters):
    """A ready dataset with columns of four kinds."""
    story = begin(adapters).starts().is_pinned().is_downloaded().starts()
    kinds = {"text": "string", "title": "string", "score": "double", "chat": "list<element: struct<role: string>>"}
    story.does(
        ask.CompleteIngest(
            dataset_id=story.id,
            job_id=story.job,
            folder="x",
            splits=[{"name": "train", "rowCount": 1, "sizeBytes": 1}],
            columns=[{"name": name, "type": of, "isText": of == "string"} for name, of in kinds.items()],
            text_column="text",
            row_count=1,
            size_bytes=1,
            statistics=None,
            originals_kept=False,
        )
    )
    return story


@pytest.mark.parametrize(
    "tokenizer",
    [
        *("", " ", "builtin:", "builtin:gpt9", "builtin:byt5 ", "file:", "file:../x", "file:a\\b", "https://x/y"),
        *("a/b/c", "FILE:x", "hub:gpt2", "./gpt2", "gpt2/", "x" * 97, "file:" + "x" * 256, "gpt2\n"),
    ],
)
def test_what_names_no_tokenizer_is_refused(shared_api, shared_adapters, tokenizer):
    (error,) = tokenize(shared_api, begin(shared_adapters).is_ready().id, tokenizer)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["tokenizer"])


def test_a_tokenizer_is_named_here_or_by_a_preset(shared_api, shared_adapters):
    (error,) = tokenize(shared_api, begin(shared_adapters).is_ready().id, None)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["tokenizer"])


@pytest.mark.parametrize("steps", [[], ["starts"], ["is_tokenized"]], ids=["queued", "running", "ready"])
def test_asked_for_twice_it_is_the_one_that_runs_or_is_ready(api, adapters, steps):
    story = begin(adapters).is_ready().asks_for_tokens()
    for step in steps:
        getattr(story, step)()
    newest = api.ask("{ position }")
    again = tokenize(api, story.id, recipe={"maxLength": 16, "splits": ["test", "train"]}, idempotencyKey="k")
    assert (again["replayed"], again["errors"]) == (True, [])
    assert again["tokenization"]["id"] == global_id("Tokenization", story.tokenization)
    assert again["job"]["id"] == global_id("Job", story.job)
    assert again["dataset"]["id"] == global_id("Dataset", story.id)
    assert api.ask("{ position }") == newest
    requested = api.ask('{ events(filter: {types: ["TokenizationRequested"]}) { events { position } } }')["events"]
    assert [again["position"]] == [event["position"] for event in requested]


def test_a_cancelled_one_is_in_nobody_s_way_and_not_done_after_all_beside_the_new_one(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().starts()
    job = {"jobId": global_id("Job", story.job)}
    api.ask(CANCEL, input=job)
    story.is_cancelled()
    again = tokenize(api, story.id, recipe={"maxLength": 16})
    assert again["replayed"] is False
    document = RETRY.replace(
        "... on InvalidT", "... on DuplicateTokenizationError { tokenization { id } } ... on InvalidT"
    )
    (error,) = api.ask(document, input=job)["errors"]
    assert (error["__typename"], error["code"]) == ("DuplicateTokenizationError", "DUPLICATE_DATASET")
    assert error["tokenization"]["id"] == again["tokenization"]["id"]


def test_two_longest_lengths_of_one_dataset_stand_side_by_side(api, adapters):
    """The second used to take the place of the first."""
    story = begin(adapters).is_ready()
    answers = [tokenize(api, story.id, recipe={"maxLength": length}) for length in (8, 16)]
    ids = [answer["tokenization"]["id"] for answer in answers]
    assert [answer["replayed"] for answer in answers] == [False, False]
    shown = [api.ask(SHOWN, id=id_) for id_ in ids]
    assert [one["recipe"]["maxLength"] for one in shown] == [8, 16]
    assert len({one["recipeHash"] for one in shown}) == len(set(ids)) == 2
    assert tokenize(api, story.id, recipe={"maxLength": 8})["tokenization"]["id"] == ids[0]


def test_many_at_once_ask_for_one(api, adapters):
    story = begin(adapters).is_ready()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: tokenize(api, story.id, recipe={"maxLength": 8}), range(4)))
    assert [answer["errors"] for answer in answers] == [[]] * 4
    assert len({answer["tokenization"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
