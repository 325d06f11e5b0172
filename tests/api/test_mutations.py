"""What can be asked for, and what is refused: as data."""

import pytest

from api.ids import global_id
from tests.api.operations import CANCEL, RETRY, TOKENIZE, download, tokenize
from tests.api.stories import COMMIT, begin

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_a_download_is_answered_with_its_queued_dataset_and_job(api):
    answer = download(api, name="English", tags=["a", "b", "a"])
    assert answer["errors"] == []
    dataset = answer["dataset"]
    assert dataset["status"] == answer["job"]["status"] == "QUEUED"
    assert (dataset["name"], dataset["tags"], dataset["version"]) == ("English", ["a", "b"], 1)
    assert answer["job"]["dataset"]["id"] == dataset["id"]
    assert answer["replayed"] is False


def test_what_to_do_with_bad_rows_is_asked_for_and_fails_by_default(api):
    for given, expected in ({"onError": "SKIP"}, "SKIP"), ({"onError": None}, "FAIL"), ({}, "FAIL"):
        answer = download(api, allowDuplicate=True, **given)
        history = "query ($id: ID!) { dataset(id: $id) { history { events { data } } } }"
        (event,) = api.ask(history, id=answer["dataset"]["id"])["history"]["events"]
        assert event["data"]["on_error"] == expected


def test_what_follows_a_mutation_comes_after_its_position(api, adapters):
    position = download(api)["position"]
    begin(adapters, "acme/other")
    document = "query ($after: Position) { events(after: $after) { events { data } } }"
    (event,) = api.ask(document, after=position)["events"]
    assert event["data"]["source"]["repository"] == "acme/other"


def test_every_event_of_a_mutation_has_a_command_and_a_story_of_its_own(api):
    download(api)
    download(api, "acme/other")
    events = api.ask("{ events { events { commandId correlationId causationId } } }")["events"]
    assert len({event["commandId"] for event in events}) == len({event["correlationId"] for event in events}) == 2


def test_the_same_data_is_not_brought_here_twice_unless_that_is_wanted(api):
    first = download(api)
    (error,) = download(api)["errors"]
    assert (error["__typename"], error["code"]) == ("DuplicateDatasetError", "DUPLICATE_DATASET")
    assert error["dataset"] == {"id": first["dataset"]["id"], "name": "acme/english"}
    again = download(api, allowDuplicate=True)
    assert again["errors"] == []
    assert again["dataset"]["id"] != first["dataset"]["id"]


SOURCE = "query ($id: ID!) { dataset(id: $id) { source { ... on HubSource { files maxRows maxBytes } } } }"


def test_a_dataset_says_that_it_is_a_part_and_the_whole_is_another(api):
    whole = download(api)["dataset"]
    part = download(api, maxRows=1000, maxBytes=5000)["dataset"]
    named = download(api, files=["b*", "a*"])["dataset"]
    sources = [api.ask(SOURCE, id=dataset["id"])["source"] for dataset in (whole, part, named)]
    assert sources == [
        {"files": None, "maxRows": None, "maxBytes": None},
        {"files": None, "maxRows": 1000, "maxBytes": 5000},
        {"files": ["a*", "b*"], "maxRows": None, "maxBytes": None},
    ]
    (error,) = download(api, maxRows=1000, maxBytes=5000)["errors"]
    assert error["dataset"]["id"] == part["id"]


def test_another_config_of_the_same_repository_is_another_dataset(api):
    download(api, config="en")
    assert download(api, config="fr")["errors"] == []


def test_the_dataset_that_is_here_already_is_told_as_it_is(api, adapters):
    """Pinned, downloaded and ingested, it is found by what was asked for it."""
    begin(adapters, "acme/english", allow_duplicate=False).is_ready()
    document = """mutation { downloadDataset(input: {repository: "acme/english"}) { dataset { id } job { id } position
      errors { code message ... on DuplicateDatasetError { dataset { status rowCount source { ... on HubSource {
        repository commit } } } } } } }"""
    answer = api.ask(document)
    (error,) = answer["errors"]
    assert answer["dataset"] is answer["job"] is answer["position"] is None
    assert "allowDuplicate" in error["message"]
    source = {"repository": "acme/english", "commit": COMMIT}
    assert error["dataset"] == {"status": "READY", "rowCount": 12, "source": source}


@pytest.mark.parametrize("end", ["fails", "is_cancelled"])
def test_a_dataset_that_came_to_nothing_is_in_nobody_s_way_and_its_retry_may_be_refused(api, adapters, end):
    story = begin(adapters, "acme/english", allow_duplicate=False).starts()
    if end == "is_cancelled":
        api.ask(CANCEL, input={"jobId": global_id("Job", story.job)})
    getattr(story, end)()
    other = download(api)
    assert other["errors"] == []
    retried = api.ask(RETRY, input={"jobId": global_id("Job", story.job)})
    (error,) = retried["errors"]
    assert (error["__typename"], error["code"]) == ("DuplicateDatasetError", "DUPLICATE_DATASET")
    assert error["dataset"]["id"] == other["dataset"]["id"]


@pytest.mark.parametrize(
    "repository",
    [
        *("", " ", "a/b/c", "/acme", "acme/", "../secret", "acme/..", "acme/a..b", "a--b", "-acme", "acme.", ".acme"),
        *("https://hub.example/acme/english", "acme/english?x", "acme english", "acme\\english", "acme/english\n"),
        *("acme/\u0000", "x" * 97, "acme/" + "x" * 97, "acme/english.git", "ácme/english", "acme/eng%2flish"),
    ],
)
def test_what_names_no_repository_is_refused(shared_api, repository):
    answer = download(shared_api, repository)
    (error,) = answer["errors"]
    assert (error["__typename"], error["code"], error["path"]) == ("InvalidInputError", "INVALID_INPUT", ["repository"])
    assert answer["dataset"] is answer["job"] is answer["position"] is None
    assert answer["replayed"] is False


@pytest.mark.parametrize("repository", ["squad", "acme/english", "a-2/En.g_1", "_a/b_", "x" * 96 + "/" + "y" * 96])
def test_what_names_a_repository_is_taken(shared_api, repository):
    assert download(shared_api, repository, allowDuplicate=True)["errors"] == []


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"revision": ""}, ["revision"]),
        ({"revision": "a b"}, ["revision"]),
        ({"revision": "../main"}, ["revision"]),
        ({"revision": "/main"}, ["revision"]),
        ({"revision": "x" * 256}, ["revision"]),
        ({"revision": "a\u0000"}, ["revision"]),
        ({"config": "a/b"}, ["config"]),
        ({"config": ""}, ["config"]),
        ({"config": "a\u0000b"}, ["config"]),
        ({"splits": []}, ["splits"]),
        ({"splits": ["train", "train[:10]"]}, ["splits", "1"]),
        ({"splits": ["t"] * 101}, ["splits"]),
        ({"config": "https://x/y"}, ["config"]),
        ({"config": "../x"}, ["config"]),
        ({"splits": ["../train"]}, ["splits", "0"]),
        ({"files": []}, ["files"]),
        ({"files": ["a.jsonl", "../b.jsonl"]}, ["files", "1"]),
        ({"files": ["a/../../b"]}, ["files", "0"]),
        ({"files": ["/etc/passwd"]}, ["files", "0"]),
        ({"files": ["https://hub.example/a.jsonl"]}, ["files", "0"]),
        ({"files": ["a\u0000"]}, ["files", "0"]),
        ({"files": ["x" * 501]}, ["files", "0"]),
        ({"files": ["*"], "config": "default"}, ["config"]),
        ({"files": ["*"], "splits": ["train"]}, ["splits"]),
        ({"maxRows": 0}, ["maxRows"]),
        ({"maxBytes": -1}, ["maxBytes"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"textColumn": "\u0000"}, ["textColumn"]),
        ({"tags": ["ok", ""]}, ["tags", "1"]),
        ({"tags": ["x" * 101]}, ["tags", "0"]),
        ({"tags": [f"t{number}" for number in range(51)]}, ["tags"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
        ({"idempotencyKey": "x" * 201}, ["idempotencyKey"]),
    ],
)
def test_an_input_that_cannot_be_used_is_named(shared_api, given, path):
    (error,) = download(shared_api, **given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


@pytest.mark.parametrize(
    "given",
    [
        {"revision": "refs/convert/parquet"},
        {"revision": "v1.0+x", "config": "en-US (2)", "splits": ["train", "validation.clean"], "tags": []},
        {"files": ["data/**/*.jsonl", "[ab]..c.jsonl"], "maxRows": 2**53, "maxBytes": 1},
        {"files": None, "maxRows": None, "maxBytes": None},
        {"revision": None, "config": None, "splits": None, "name": None, "tags": None, "textColumn": None},
    ],
)
def test_an_input_that_can_be_used_is_taken(shared_api, given):
    assert download(shared_api, **given, allowDuplicate=True)["errors"] == []


def test_all_that_is_wrong_is_told_at_once(shared_api):
    errors = download(shared_api, "a b", revision="a b", tags=["", ""])["errors"]
    assert [error["path"] for error in errors] == [["repository"], ["revision"], ["tags", "0"], ["tags", "1"]]


def test_a_ready_dataset_is_tokenized(api, adapters):
    story = begin(adapters).is_ready()
    recipe = {"mode": "TRUNCATE", "maxLength": 8, "addSpecialTokens": False, "splits": ["test"]}
    answer = tokenize(api, story.id, recipe=recipe, expectedVersion=6)
    assert answer["errors"] == []
    assert answer["tokenization"]["status"] == "QUEUED"
    assert answer["tokenization"]["recipe"] == {"maxLength": 8, "addSpecialTokens": False, "splits": ["test"]}
    assert answer["job"]["kind"] == "TOKENIZE"
    assert answer["dataset"] == {"id": global_id("Dataset", story.id), "version": 7}


def test_only_what_was_asked_is_in_the_recipe_of_the_event(api, adapters):
    story = begin(adapters).is_ready()
    tokenize(api, story.id, recipe={"maxLength": 8, "mode": None})
    (event,) = api.ask('{ events(filter: {types: ["TokenizationRequested"]}) { events { data } } }')["events"]
    assert event["data"]["recipe"] == {"maxLength": 8}


def test_a_dataset_that_is_not_ready_is_not_tokenized(api, adapters):
    (error,) = tokenize(api, begin(adapters).id)["errors"]
    assert (error["code"], error["path"]) == ("NOT_READY", ["datasetId"])


def test_a_split_that_is_not_there_is_not_tokenized(api, adapters):
    (error,) = tokenize(api, begin(adapters).is_ready().id, recipe={"splits": ["dev"]})["errors"]
    assert (error["code"], error["path"]) == ("SPLIT_NOT_FOUND", ["recipe", "splits"])


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"tokenizer": "builtin:gpt9"}, ["tokenizer"]),
        ({"tokenizer": "https://x/y"}, ["tokenizer"]),
        ({"tokenizer": "file:../etc"}, ["tokenizer"]),
        ({"tokenizer": "file:"}, ["tokenizer"]),
        ({"tokenizer": "file:a\u0000"}, ["tokenizer"]),
        ({"tokenizer": ""}, ["tokenizer"]),
        ({"revision": "main"}, ["revision"]),
        ({"tokenizer": "file:gpt2", "revision": "main"}, ["revision"]),
        ({"recipe": {"maxLength": 0}}, ["recipe", "maxLength"]),
        ({"recipe": {"splits": []}}, ["recipe", "splits"]),
    ],
)
def test_a_tokenization_that_cannot_be_is_refused(shared_api, shared_adapters, given, path):
    (error,) = tokenize(shared_api, begin(shared_adapters).is_ready().id, **given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


@pytest.mark.parametrize("tokenizer", ["gpt2", "acme/bpe", "file:gpt2/v1", "builtin:byt5"])
def test_a_tokenizer_is_named_in_three_ways(shared_api, shared_adapters, tokenizer):
    assert tokenize(shared_api, begin(shared_adapters).is_ready().id, tokenizer)["errors"] == []


@pytest.mark.parametrize("id_", ["", "x", global_id("Dataset", UNKNOWN), global_id("Job", UNKNOWN), "\u0000"])
def test_what_is_not_there_is_not_found(shared_api, id_):
    tokenization = shared_api.ask(TOKENIZE, input={"datasetId": id_, "tokenizer": "builtin:byt5"})
    cancelled, retried = shared_api.ask(CANCEL, input={"jobId": id_}), shared_api.ask(RETRY, input={"jobId": id_})
    for answer, path in ((tokenization, ["datasetId"]), (cancelled, ["jobId"]), (retried, ["jobId"])):
        (error,) = answer["errors"]
        assert (error["__typename"], error["code"], error["path"]) == ("NotFoundError", "NOT_FOUND", path)


def test_a_change_of_another_version_is_refused(api, adapters):
    story = begin(adapters).is_ready()
    (error,) = tokenize(api, story.id, expectedVersion=5)["errors"]
    assert (error["__typename"], error["currentVersion"]) == ("VersionConflictError", 6)
    (error,) = api.ask(CANCEL, input={"jobId": global_id("Job", story.job), "expectedVersion": 1})["errors"]
    assert error["currentVersion"] == 6


def test_a_job_is_cancelled_and_done_after_all(api, adapters):
    story = begin(adapters).starts()
    job = {"jobId": global_id("Job", story.job)}
    answer = api.ask(CANCEL, input=job)
    assert (answer["job"]["status"], answer["dataset"]["status"], answer["errors"]) == ("CANCELLING", "DOWNLOADING", [])
    again = api.ask(CANCEL, input=job)
    assert (again["job"]["status"], again["errors"], again["dataset"]) == ("CANCELLING", [], answer["dataset"])
    story.is_cancelled()
    (error,) = api.ask(CANCEL, input=job)["errors"]
    assert (error["__typename"], error["status"]) == ("InvalidTransitionError", "CANCELLED")
    retried = api.ask(RETRY, input=job)
    assert (retried["job"]["status"], retried["job"]["attempt"]) == ("QUEUED", 2)
    assert retried["dataset"]["status"] == "QUEUED"


def test_a_failed_job_goes_on_and_its_error_is_gone(api, adapters):
    story = begin(adapters).starts().fails()
    answer = api.ask(RETRY, input={"jobId": global_id("Job", story.job)})
    assert answer["dataset"] == {"status": "QUEUED", "error": None}
    (error,) = api.ask(RETRY, input={"jobId": global_id("Job", story.job)})["errors"]
    assert (error["__typename"], error["status"]) == ("InvalidTransitionError", "QUEUED")
