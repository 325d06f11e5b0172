"""Deleting and restoring a dataset, and what everybody is told of it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.ids import SampleKey, global_id, sample_id
from domain.adapters.downloads import FileDownload
from domain.commands import CancelJob
from domain.trash import purge_job_id
from tests.api.client import until
from tests.api.operations import CANCEL, RETRY, download, export, restore, tokenize, trash
from tests.api.stories import begin
from tests.api.watched_lists import listed

UNKNOWN = "00000000-0000-4000-8000-000000000000"
DATASET = "query ($id: ID!) { dataset(id: $id) { status error { code } samples(first: 2) { nodes { id } } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
SAMPLES = "query ($id: ID!) { dataset(id: $id) { samples { nodes { text } } } }"
PAGE = """
query ($first: Int, $after: String) {
  datasets(first: $first, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
}"""


def id_of(story):
    return global_id("Dataset", story.id)


def exported(adapters):
    return begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported()


def error_of(answer):
    (error,) = answer["errors"]
    return error


def test_a_dataset_goes_to_the_trash_and_comes_back_with_all_that_was_made_of_it(api, adapters):
    story = exported(adapters)
    before = api.ask("{ datasets { nodes { version lastUsedAt } } }")["nodes"][0]

    answer = trash(api, story.id)
    assert (answer["errors"], answer["replayed"], answer["job"]) == ([], False, None)
    assert (answer["dataset"]["status"], answer["dataset"]["version"]) == ("TRASHED", before["version"] + 1)
    assert api.ask(DATASET, id=id_of(story))["status"] == "TRASHED"

    answer = restore(api, story.id)
    back = answer["dataset"]
    assert (answer["errors"], back["status"], back["version"]) == ([], "READY", before["version"] + 2)
    assert back["tokenizations"]["nodes"] == [{"id": global_id("Tokenization", story.tokenization), "status": "READY"}]
    assert back["lastUsedAt"] > before["lastUsedAt"], "to restore is to use"
    assert len(api.ask(DATASET, id=id_of(story))["samples"]["nodes"]) == 2


def test_a_failed_dataset_keeps_its_error_in_the_trash_and_out_of_it(api, adapters):
    story = begin(adapters).starts().fails()
    for change, status in ((trash, "TRASHED"), (restore, "FAILED")):
        assert change(api, story.id)["dataset"]["status"] == status
        assert api.ask(DATASET, id=id_of(story))["error"] == {"code": "HUB_UNAVAILABLE"}


def test_the_trash_is_listed_to_those_alone_who_ask_for_it(api, adapters):
    kept, gone, going = begin(adapters), begin(adapters).is_ready().is_trashed(), begin(adapters).starts().fails()
    going.is_being_purged()
    assert set(listed(api)) == {id_of(kept)}
    assert api.ask("{ datasets { totalCount } }") == {"totalCount": 1}
    assert set(listed(api, {"source": "HUB"})) == {id_of(kept)}
    assert set(listed(api, {"status": ["TRASHED"]})) == {id_of(gone)}
    assert set(listed(api, {"status": ["PURGING", "TRASHED"]})) == {id_of(gone), id_of(going)}


@pytest.mark.parametrize("purge", [False, True])
def test_a_dataset_with_open_jobs_is_in_use_by_them(api, adapters, purge):
    story = begin(adapters).is_ready().asks_for_tokens()
    error = error_of(trash(api, story.id, purge=purge))
    assert (error["__typename"], error["code"], error["path"]) == ("InUseError", "IN_USE", ["datasetId"])
    assert error["usedBy"] == [global_id("Job", story.job)]
    assert "TOKENIZE" in error["message"]
    story.does(CancelJob(dataset_id=story.id, job_id=story.job))
    assert error_of(trash(api, story.id))["code"] == "IN_USE", "one that winds up is not over"
    story.is_cancelled()
    assert trash(api, story.id)["errors"] == []


def test_what_was_deleted_is_deleted_once_more_without_effect_and_only_the_trash_is_restored(api, adapters):
    story = begin(adapters).is_ready()
    first, again = trash(api, story.id), trash(api, story.id)
    assert again["errors"] == []
    assert again["dataset"] == first["dataset"]
    restore(api, story.id)
    refused = error_of(restore(api, story.id))
    assert (refused["__typename"], refused["status"]) == ("InvalidTransitionError", "READY")


def test_nothing_else_is_done_with_what_is_in_the_trash(api, adapters):
    story = exported(adapters)
    story.is_trashed()
    job = {"jobId": global_id("Job", story.job)}
    answers = [
        *(tokenize(api, story.id), export(api, story.tokenization)),
        *(api.ask(RETRY, input=job), api.ask(CANCEL, input=job)),
    ]
    for answer in answers:
        refused = error_of(answer)
        assert (refused["__typename"], refused["status"]) == ("InvalidTransitionError", "TRASHED")
    assert "restore it first" in error_of(answers[0])["message"]


def test_the_same_data_may_come_again_and_then_the_first_is_not_restored(api, adapters):
    story = begin(adapters, allow_duplicate=False).is_ready()
    assert error_of(download(api))["code"] == "DUPLICATE_DATASET"
    trash(api, story.id)
    second = download(api)["dataset"]["id"]
    refused = error_of(restore(api, story.id))
    assert (refused["__typename"], refused["dataset"]) == ("DuplicateDatasetError", {"id": second})
    assert api.ask(DATASET, id=id_of(story))["status"] == "TRASHED"


def test_a_version_that_is_over_is_refused(api, adapters):
    story = begin(adapters).is_ready()
    for change in (trash, restore):
        refused = error_of(change(api, story.id, expectedVersion=2))
        assert refused["__typename"] == "VersionConflictError"
        assert change(api, story.id, expectedVersion=refused["currentVersion"])["errors"] == []


@pytest.mark.parametrize("change", [trash, restore])
def test_a_dataset_that_is_not_there_is_told_so(api, change):
    assert error_of(change(api, UNKNOWN))["__typename"] == "NotFoundError"


def test_two_clicks_at_once_with_one_key_delete_once(api, adapters):
    story = begin(adapters).is_ready()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: trash(api, story.id, purge=True, idempotencyKey="k"), range(4)))
    assert [answer["errors"] for answer in answers] == [[]] * 4
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    assert {answer["job"]["id"] for answer in answers} == {global_id("Job", purge_job_id(story.id))}
    story.is_purged()
    late = trash(api, story.id, purge=True, idempotencyKey="k")
    assert (late["errors"], late["replayed"], late["dataset"], late["job"]) == ([], True, None, None)
    assert error_of(trash(api, story.id, purge=True))["code"] == "NOT_FOUND"


def test_a_purge_is_a_job_that_goes_by_the_trash_and_cannot_be_called_off(api, adapters):
    story = begin(adapters).is_ready()
    answer = trash(api, story.id, purge=True)
    assert answer["dataset"]["status"] == "PURGING"
    job = answer["job"]
    assert (job["kind"], job["status"], job["dataset"]) == ("PURGE", "QUEUED", {"id": id_of(story)})
    for document in (CANCEL, RETRY):
        assert error_of(api.ask(document, input={"jobId": job["id"]}))["code"] == "INVALID_TRANSITION"
    assert error_of(restore(api, story.id))["status"] == "PURGING"
    assert trash(api, story.id, purge=True)["errors"] == []
    types = [event["type"] for event in events_of(api, story)]
    assert types[-2:] == ["DatasetTrashed", "DatasetPurgeRequested"]


def events_of(api, story):
    document = "query ($id: ID!) { events(filter: {datasetId: $id}) { events { type summary } } }"
    return api.ask(document, id=id_of(story))["events"]


def test_what_is_purged_is_gone_from_everywhere_but_its_story(api, adapters):
    story, other = exported(adapters), begin(adapters)
    address = "/downloads/" + adapters.downloads.sign(FileDownload(story.export, 0))
    assert api.http.get(address).status_code == 200
    ids = [
        *(id_of(story), global_id("Job", story.job), global_id("Tokenization", story.tokenization)),
        *(global_id("Export", story.export), sample_id(SampleKey(story.id, "train", 0)), id_of(other)),
    ]
    assert None not in api.ask(NODES, ids=ids)
    story.is_purged()
    assert api.ask(NODES, ids=ids) == [None] * 5 + [{"id": id_of(other)}]
    assert api.ask("query ($id: ID!) { node(id: $id) { id } }", id=ids[0]) is None
    assert api.http.get(address).status_code == 404
    assert api.ask("{ jobs { totalCount } }") == {"totalCount": 1}
    told = events_of(api, story)
    assert [event["type"] for event in told[-2:]] == ["JobStarted", "DatasetPurged"]
    assert told[-1]["summary"] == "Purged: 500 bytes freed, 0 files left"


def test_files_that_go_while_they_are_asked_for_are_not_there(api, adapters):
    story = begin(adapters).is_ready().is_being_purged()
    for file in Path(adapters.storage, "datasets", story.id).rglob("*.*"):
        file.unlink()
    assert api.ask(DATASET, id=id_of(story))["samples"]["nodes"] == []
    assert api.ask(NODES, ids=[sample_id(SampleKey(story.id, "train", 0))]) == [None]


def test_a_page_goes_on_at_a_cursor_of_what_is_purged(api, adapters):
    stories = [begin(adapters).is_ready() for _ in range(4)]
    page = api.ask(PAGE, first=2)
    assert page["totalCount"] == 4
    cursor = page["pageInfo"]["endCursor"]
    stories[2].is_purged()
    assert page["nodes"][-1]["id"] == id_of(stories[2])
    rest = api.ask(PAGE, first=2, after=cursor)
    assert [node["id"] for node in rest["nodes"]] == [id_of(stories[1]), id_of(stories[0])]


def test_the_disk_gets_back_what_was_open_here(serve, adapters):
    story, other = begin(adapters).is_ready(), begin(adapters).is_ready()
    with serve() as served:
        folders = served.server.lifespan.state["shared"].kept.samples
        for each in (story, other):
            served.client.ask(SAMPLES, id=id_of(each))
        assert len(folders._open._values) == 2
        story.is_purged()
        until(lambda: [path.parent.name for path, _ in list(folders._open._values)] == [other.id])


def test_a_token_is_kept_for_nobody_whose_dataset_is_in_the_trash(api, adapters):
    story = begin(adapters).starts().fails()
    story.is_trashed()
    answer = api.ask(RETRY, input={"jobId": global_id("Job", story.job), "accessToken": "hf_token"})
    assert error_of(answer)["code"] == "INVALID_TRANSITION"
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM secrets").fetchone() == (0,)
