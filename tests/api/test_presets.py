"""Presets: saved, listed, used, changed and deleted."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.ids import global_id
from domain.adapters.rebuild import rebuild
from tests.api.operations import DELETE, PRESETS, SAVE, TOKENIZE, save
from tests.api.stories import begin

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NODE = (
    "query ($id: ID!) { node(id: $id) { ... on TokenizationPreset { name tokenizer version recipe { maxLength } } } }"
)
RECIPE = {"mode": "WINDOW", "maxLength": 64, "stride": 16}


def use(api, story, preset, **given):
    return api.ask(TOKENIZE, input={"datasetId": global_id("Dataset", story.id), "presetId": preset, **given})


def delete(api, preset, **given):
    return api.ask(DELETE, input={"presetId": preset, **given})


def names(api, **page):
    return [node["name"] for node in api.ask(PRESETS, **page)["nodes"]]


def asked_for(api):
    """What tokenizations were asked for: tokenizers and recipes, in the order of the log."""
    found = api.ask('{ events(filter: {types: ["TokenizationRequested"]}) { events { data } } }')["events"]
    return [(event["data"]["tokenizer"], event["data"]["recipe"]) for event in found]


def test_a_preset_is_saved_and_shown_back_with_its_defaults(api):
    answer = save(api, tokenizer="builtin:byt5", recipe=RECIPE)
    assert answer["errors"] == []
    preset = answer["preset"]
    assert (preset["name"], preset["tokenizer"], preset["version"]) == ("short", "builtin:byt5", 1)
    assert {name: preset["recipe"][name] for name in RECIPE} == RECIPE
    assert (preset["recipe"]["padding"], preset["recipe"]["addSpecialTokens"]) == ("NONE", True)
    found = api.ask(NODE, id=preset["id"])
    assert found == {"name": "short", "tokenizer": "builtin:byt5", "version": 1, "recipe": {"maxLength": 64}}


def test_what_is_saved_again_takes_the_place_of_what_was_kept(api):
    first = save(api, tokenizer="builtin:byt5", recipe=RECIPE)["preset"]
    second = save(api, "long", presetId=first["id"], recipe={"maxLength": 512}, expectedVersion=1)["preset"]
    assert (second["id"], second["name"], second["version"], second["tokenizer"]) == (first["id"], "long", 2, None)
    assert (second["recipe"]["mode"], second["recipe"]["maxLength"]) == ("TRUNCATE", 512)
    assert names(api) == ["long"]


def test_presets_are_listed_by_name_in_pages(api):
    for name in ("beta", "Gamma", "alpha"):
        save(api, name)
    assert names(api) == ["alpha", "beta", "Gamma"]
    page = api.ask(PRESETS, first=2)
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert names(api, first=2, after=page["pageInfo"]["endCursor"]) == ["Gamma"]
    assert names(api, last=1) == ["Gamma"]


def test_a_name_is_one_preset_s_at_a_time(api):
    first = save(api)["preset"]["id"]
    (error,) = save(api)["errors"]
    assert (error["__typename"], error["code"], error["path"]) == ("InvalidInputError", "INVALID_INPUT", ["name"])
    other = save(api, "other")["preset"]["id"]
    assert save(api, "short", presetId=other)["errors"][0]["path"] == ["name"]
    save(api, "renamed", presetId=first)
    assert save(api, "short", presetId=other)["errors"] == []
    delete(api, first)
    assert save(api, "renamed")["errors"] == []


def test_a_preset_stands_where_the_request_says_nothing(api, adapters):
    story = begin(adapters).is_ready()
    preset = save(api, tokenizer="builtin:byt5", recipe=RECIPE)["preset"]["id"]
    assert use(api, story, preset)["errors"] == []
    assert use(api, story, preset, recipe={"maxLength": 32, "minTokens": 2})["errors"] == []
    assert use(api, story, preset, tokenizer="gpt2", revision="v1")["errors"] == []
    assert asked_for(api) == [
        ("builtin:byt5", RECIPE),
        ("builtin:byt5", {**RECIPE, "maxLength": 32, "minTokens": 2}),
        ("gpt2", RECIPE),
    ]


def test_null_is_the_default_whatever_the_preset_says(api, adapters):
    story = begin(adapters).is_ready()
    preset = save(api, tokenizer="builtin:byt5", recipe=RECIPE)["preset"]["id"]
    (error,) = use(api, story, preset, recipe={"mode": None})["errors"]
    assert error["path"] == ["recipe", "stride"]
    assert use(api, story, preset, recipe={"mode": None, "stride": None})["errors"] == []
    assert asked_for(api) == [("builtin:byt5", {"maxLength": 64})]


def test_a_key_tells_null_from_what_is_left_to_the_preset(api, adapters):
    story = begin(adapters).is_ready()
    preset = save(api, tokenizer="builtin:byt5", recipe={"maxLength": 8})["preset"]["id"]
    use(api, story, preset, recipe={}, idempotencyKey="k")
    (error,) = use(api, story, preset, recipe={"maxLength": None}, idempotencyKey="k")["errors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize(
    ("kept", "given", "path"),
    [
        ({}, {}, ["tokenizer"]),
        ({"tokenizer": "builtin:byt5"}, {"revision": "v1"}, ["revision"]),
        ({"tokenizer": "builtin:byt5"}, {"recipe": {"stride": 4}}, ["recipe", "stride"]),
        (
            {"tokenizer": "builtin:byt5", "recipe": {"maxLength": 8}},
            {"recipe": {"maxLength": 0}},
            ["recipe", "maxLength"],
        ),
        ({"tokenizer": "builtin:byt5", "recipe": RECIPE}, {"recipe": {"maxLength": 8}}, ["recipe", "stride"]),
    ],
)
def test_what_a_preset_and_a_request_cannot_mean_together_is_refused(api, adapters, kept, given, path):
    preset = save(api, **kept)["preset"]["id"]
    (error,) = use(api, begin(adapters).is_ready(), preset, **given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"tokenizer": "https://x/y"}, ["tokenizer"]),
        ({"recipe": {"maxLength": 0}}, ["recipe", "maxLength"]),
        ({"recipe": {"stride": 4}}, ["recipe", "stride"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
    ],
)
def test_a_preset_that_cannot_be_used_is_not_kept(shared_api, given, path):
    (error,) = save(shared_api, **given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


def test_a_deleted_preset_is_gone_and_what_was_made_with_it_stays(api, adapters):
    story = begin(adapters).is_ready()
    preset = save(api, tokenizer="builtin:byt5", recipe=RECIPE)["preset"]["id"]
    use(api, story, preset)
    answer = delete(api, preset, expectedVersion=1)
    assert (answer["presetId"], answer["errors"]) == (preset, [])
    assert api.ask(NODE, id=preset) is None
    assert names(api) == []
    found = api.ask("{ datasets { nodes { tokenizations { totalCount } } } }")["nodes"]
    assert found == [{"tokenizations": {"totalCount": 1}}]
    for refused in (delete(api, preset), save(api, presetId=preset), use(api, story, preset)):
        (error,) = refused["errors"]
        assert (error["__typename"], error["path"]) == ("NotFoundError", ["presetId"])


@pytest.mark.parametrize("id_", ["", "x", global_id("TokenizationPreset", UNKNOWN), global_id("Dataset", UNKNOWN)])
def test_a_preset_that_is_not_there_is_not_found(shared_api, shared_adapters, id_):
    story = begin(shared_adapters).is_ready()
    refused = (delete(shared_api, id_), save(shared_api, presetId=id_), use(shared_api, story, id_))
    assert [answer["errors"][0]["path"] for answer in refused] == [["presetId"]] * 3
    assert {answer["errors"][0]["code"] for answer in refused} == {"NOT_FOUND"}


def test_a_change_of_another_version_is_refused(api):
    preset = save(api)["preset"]["id"]
    save(api, "other", presetId=preset)
    for answer in (save(api, presetId=preset, expectedVersion=1), delete(api, preset, expectedVersion=1)):
        (error,) = answer["errors"]
        assert (error["__typename"], error["currentVersion"]) == ("VersionConflictError", 2)
    assert names(api) == ["other"]


def test_a_key_makes_saving_and_deleting_have_one_effect(api):
    first, again = (save(api, idempotencyKey="k1") for _ in range(2))
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (again["preset"], again["position"]) == (first["preset"], first["position"])
    preset = first["preset"]["id"]
    deleted = [delete(api, preset, idempotencyKey="k2") for _ in range(2)]
    assert [answer["replayed"] for answer in deleted] == [False, True]
    assert {answer["presetId"] for answer in deleted} == {preset}
    assert save(api, "other", idempotencyKey="k1")["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_two_at_once_with_one_name_make_one_preset(api):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: save(api), range(4)))
    assert sorted(len(answer["errors"]) for answer in answers) == [0, 1, 1, 1]
    assert names(api) == ["short"]


def test_what_was_asked_with_a_preset_is_replayed_once_that_is_gone(api, adapters):
    story = begin(adapters).is_ready()
    preset = save(api, tokenizer="builtin:byt5")["preset"]["id"]
    first = use(api, story, preset, idempotencyKey="k")
    delete(api, preset)
    again = use(api, story, preset, idempotencyKey="k")
    assert (again["replayed"], again["errors"]) == (True, [])
    assert again["tokenization"]["id"] == first["tokenization"]["id"]
    (error,) = use(api, story, preset, idempotencyKey="k", recipe={"maxLength": 8})["errors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_what_happened_to_presets_is_in_the_log_and_watched(api, adapters):
    with api.subscribe("subscription { events { events { type stream version summary } } }") as batches:
        preset = save(api)["preset"]["id"]
        delete(api, preset)
        seen = batches.until(lambda seen: sum(len(batch["events"]) for batch in seen) == 2)
    told = [event for batch in seen for event in batch["events"]]
    assert [(event["type"], event["version"]) for event in told] == [("PresetSaved", 1), ("PresetDeleted", 2)]
    assert {global_id("TokenizationPreset", event["stream"].removeprefix("preset-")) for event in told} == {preset}
    assert told[1]["summary"] == "Preset short was deleted"
    chosen = api.ask('{ events(filter: {types: ["PresetDeleted"]}) { events { type } } }')
    assert chosen == {"events": [{"type": "PresetDeleted"}]}


def test_a_rebuild_makes_presets_anew(api, adapters):
    save(api, tokenizer="builtin:byt5", recipe=RECIPE)
    delete(api, save(api, "other")["preset"]["id"])
    before = api.ask(PRESETS)
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE presets SET recipe = '{}'")
    assert [found.column for found in rebuild(adapters.settings.database_url).named] == ["recipe"]
    assert api.ask(PRESETS) == before
    assert api.ask(SAVE, input={"name": "third"})["errors"] == []
