"""Exports of tokenizations: asked for, watched, listed."""

import json
from concurrent.futures import ThreadPoolExecutor

from api.ids import global_id
from domain.commands import CancelJob
from tests.api import operations
from tests.api.stories import begin, write_progress

EXPORTS = """
query ($id: ID!) {
  tokenization(id: $id) {
    exports { id format status createdAt sizeBytes error { code } progress { done unit }
      job { kind status tokenization { id } dataset { id } } tokenization { id }
      files { name split rowCount sizeBytes sha256 url } }
  }
}"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Export { status } } }"
WATCH = """
subscription ($id: ID!) {
  datasetChanged(id: $id) { version tokenizations { nodes { exports { status progress { done } } } } }
}"""


def exports(api, story):
    return api.ask(EXPORTS, id=global_id("Tokenization", story.tokenization))["exports"]


def test_an_export_goes_from_its_request_to_its_files(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    assert exports(api, story) == []

    asked = operations.export(api, story.tokenization)

    tokenization = {"id": global_id("Tokenization", story.tokenization)}
    assert (asked["errors"], asked["replayed"], asked["tokenization"]) == ([], False, tokenization)
    assert (asked["export"]["status"], asked["export"]["format"]) == ("QUEUED", "PARQUET")
    assert (asked["job"]["kind"], asked["job"]["tokenization"]) == ("EXPORT", tokenization)
    (found,) = exports(api, story)
    assert (found["id"], found["status"], found["files"]) == (asked["export"]["id"], "QUEUED", [])
    assert found["job"]["dataset"] == {"id": global_id("Dataset", story.id)}

    story.asks_for_an_export().is_exported({"train-00000-of-00001.parquet": b"PAR1 and more"})

    (found,) = exports(api, story)
    assert (found["status"], found["sizeBytes"], found["job"]["status"]) == ("READY", 13, "SUCCEEDED")
    (file,) = found["files"]
    assert (file["name"], file["split"], file["rowCount"], file["sizeBytes"]) == (
        *("train-00000-of-00001.parquet", "train"),
        *(3, 13),
    )
    assert file["url"].startswith("/downloads/")
    assert api.ask(NODE, id=found["id"]) == {"__typename": "Export", "id": found["id"], "status": "READY"}


def test_the_same_export_asked_for_again_is_the_one_that_is_here(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: operations.export(api, story.tokenization), range(4)))
    story.asks_for_an_export().is_exported()
    answers.append(operations.export(api, story.tokenization))

    assert len({answer["export"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True, True]
    assert len({answer["position"] for answer in answers}) == 1
    assert answers[-1]["export"]["status"] == "READY"
    assert len(exports(api, story)) == 1


def test_an_export_that_was_cancelled_begins_anew_when_it_is_asked_for(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().starts()
    story.does(CancelJob(dataset_id=story.id, job_id=story.job))
    assert exports(api, story)[0]["status"] == "CANCELLING"
    story.is_cancelled()
    assert exports(api, story)[0]["status"] == "CANCELLED"

    again = operations.export(api, story.tokenization)

    assert (again["errors"], again["replayed"]) == ([], False)
    assert (again["export"]["status"], again["job"]["status"], again["job"]["attempt"]) == ("QUEUED", "QUEUED", 2)


def test_a_failed_export_says_why(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().starts().fails()
    (found,) = exports(api, story)
    assert (found["status"], found["error"]) == ("FAILED", {"code": "HUB_UNAVAILABLE"})
    assert api.ask("query ($id: ID!) { dataset(id: $id) { status } }", id=global_id("Dataset", story.id)) == {
        "status": "READY"
    }


def test_what_cannot_be_exported_is_refused(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens()
    refused = operations.export(api, story.tokenization)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("NOT_READY", ["tokenizationId"])]
    for strange in (story.id, "x"):
        refused = operations.export(api, strange)
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [("NOT_FOUND", ["tokenizationId"])]
    story.is_tokenized()
    refused = operations.export(api, story.tokenization, expectedVersion=1)
    assert [error["__typename"] for error in refused["errors"]] == ["VersionConflictError"]
    assert exports(api, story) == []


def test_an_export_is_a_use_of_the_dataset(api, adapters):
    used = "query ($id: ID!) { dataset(id: $id) { lastUsedAt } }"
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    before = api.ask(used, id=global_id("Dataset", story.id))
    story.asks_for_an_export()
    assert api.ask(used, id=global_id("Dataset", story.id))["lastUsedAt"] > before["lastUsedAt"]


def test_who_watches_the_dataset_sees_the_export_come_further(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export()
    with api.subscribe(WATCH, id=global_id("Dataset", story.id)) as values:
        values.next()
        story.starts()
        values.next()
        for done in (3, 6):
            write_progress(adapters, story, done=done, unit="ROWS")
            (node,) = values.next()["tokenizations"]["nodes"]
            assert node["exports"] == [{"status": "RUNNING", "progress": {"done": done}}]
        story.adapters.progress.forget(story.job)


SKIPPED = "query ($id: ID!, $n: Int) { tokenization(id: $id) { skipped(first: $n) { split row code reason } } }"


def test_samples_that_were_skipped_are_listed_from_the_front(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens()
    id_ = global_id("Tokenization", story.tokenization)
    assert api.ask(SKIPPED, id=id_) == {"skipped": []}
    story.is_tokenized()
    assert api.ask(SKIPPED, id=id_) == {"skipped": []}, "of one that wrote no list"

    told = [
        {"split": "train", "row": row, "reason": f"It has {row} bytes.", "code": "DOCUMENT_TOO_LARGE"}
        for row in range(150)
    ]
    folder = adapters.storage / "tokens"
    folder.mkdir()
    (folder / "skipped.jsonl").write_text("".join(json.dumps(each) + "\n" for each in told))

    assert api.ask(SKIPPED, id=id_, n=3)["skipped"] == told[:3]
    assert api.ask(SKIPPED, id=id_)["skipped"] == told[:20]
    assert api.ask(SKIPPED, id=id_, n=100)["skipped"] == told[:100]
    assert api.refused(SKIPPED, id=id_, n=101)["extensions"]["code"] == "BAD_USER_INPUT"
