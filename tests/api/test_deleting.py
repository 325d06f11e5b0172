"""Deleting a tokenization, and what everybody is told of it."""

from api.ids import global_id
from domain.adapters.downloads import FileDownload
from domain.trash import purge_job_id
from tests.api.client import until
from tests.api.operations import delete_tokens, tokenize, trash
from tests.api.stories import begin

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
COUNTED = """
query ($id: ID!, $tokens: ID!) {
  dataset(id: $id) { samples(filter: {tokenizationId: $tokens, tokenCount: {min: 0}}) { totalCount } }
}"""
SAMPLES = "query ($id: ID!) { dataset(id: $id) { samples { nodes { text } } } }"
TOLD = "subscription ($id: ID!) { datasetChanged(id: $id) { version tokenizations { nodes { id } } } }"
EVENTS = "query ($id: ID!) { events(filter: {datasetId: $id}) { events { type summary } } }"


def exported(adapters):
    return begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported()


def error_of(answer):
    (error,) = answer["errors"]
    return error


def test_tokens_are_gone_at_once_with_their_exports_and_the_dataset_stays(api, adapters):
    story, other = exported(adapters), exported(adapters)
    address = "/downloads/" + adapters.downloads.sign(FileDownload(story.export, 0))
    gone = [global_id("Tokenization", story.tokenization), global_id("Export", story.export)]
    kept = [global_id("Tokenization", other.tokenization), global_id("Export", other.export)]
    with api.subscribe(TOLD, id=global_id("Dataset", story.id)) as changes:
        before = changes.next()
        answer = delete_tokens(api, story.tokenization)
        after = changes.next()

    assert (answer["errors"], answer["tokenizationId"]) == ([], gone[0])
    assert (answer["job"]["kind"], answer["job"]["status"], answer["job"]["tokenization"]) == ("PURGE", "QUEUED", None)
    assert answer["dataset"]["status"] == "READY"
    assert answer["dataset"]["tokenizations"] == {"totalCount": 0}
    assert (after["version"], after["tokenizations"]["nodes"]) == (before["version"] + 1, [])
    assert api.ask(NODES, ids=[*gone, *kept]) == [None, None, *({"id": id_} for id_ in kept)]
    assert api.http.get(address).status_code == 404
    story_told = api.ask(EVENTS, id=global_id("Dataset", story.id))["events"]
    assert story_told[-1]["type"] == "TokenizationDeleted"


def test_samples_answer_as_for_a_tokenization_that_there_never_was(api, adapters):
    story = exported(adapters)
    delete_tokens(api, story.tokenization)
    ids = {"id": global_id("Dataset", story.id)}
    gone = api.refused(COUNTED, **ids, tokens=global_id("Tokenization", story.tokenization))
    never = api.refused(COUNTED, **ids, tokens=global_id("Tokenization", UNKNOWN))
    assert (gone["message"], gone["extensions"]) == (never["message"], never["extensions"])


def test_tokens_whose_job_is_open_are_in_use_by_it(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens()
    error = error_of(delete_tokens(api, story.tokenization))
    assert (error["__typename"], error["path"]) == ("InUseError", ["tokenizationId"])
    assert error["usedBy"] == [global_id("Job", story.job)]
    story.is_tokenized().asks_for_an_export()
    assert error_of(delete_tokens(api, story.tokenization))["usedBy"] == [global_id("Job", story.job)]
    story.is_exported()
    assert delete_tokens(api, story.tokenization)["errors"] == []


def test_the_same_is_made_anew_and_not_taken_for_the_one_that_is_gone(api, adapters):
    story = exported(adapters)
    recipe = {"maxLength": 16}
    assert tokenize(api, story.id, recipe=recipe)["replayed"]
    delete_tokens(api, story.tokenization)
    anew = tokenize(api, story.id, recipe=recipe)
    assert (anew["errors"], anew["replayed"]) == ([], False)
    assert anew["tokenization"]["id"] != global_id("Tokenization", story.tokenization)


def test_what_is_gone_is_deleted_once_and_a_key_tells_of_that_once_more(api, adapters):
    story = exported(adapters)
    first = delete_tokens(api, story.tokenization, idempotencyKey="k")
    replay = delete_tokens(api, story.tokenization, idempotencyKey="k")
    assert (replay["errors"], replay["replayed"], replay["position"]) == ([], True, first["position"])
    assert (replay["tokenizationId"], replay["job"]) == (first["tokenizationId"], first["job"])
    assert first["job"]["id"] == global_id("Job", purge_job_id(story.tokenization))
    assert error_of(delete_tokens(api, story.tokenization))["__typename"] == "NotFoundError"
    assert error_of(delete_tokens(api, UNKNOWN))["path"] == ["tokenizationId"]


def test_a_version_that_is_over_and_the_trash_are_refused(api, adapters):
    story = exported(adapters)
    assert error_of(delete_tokens(api, story.tokenization, expectedVersion=1))["__typename"] == "VersionConflictError"
    trash(api, story.id)
    assert error_of(delete_tokens(api, story.tokenization))["status"] == "TRASHED"


def test_the_disk_gets_back_what_was_open_here(serve, adapters):
    story = exported(adapters)
    with serve() as served:
        kept = served.server.lifespan.state["shared"].kept
        served.client.ask(SAMPLES, id=global_id("Dataset", story.id))
        assert len(kept.samples._open._values) == 1
        story.loses_its_tokens()
        until(lambda: not kept.samples._open._values)
