"""History as a person reads it: what happened, to what, when, who asked for it, and which run did it."""

from datetime import datetime
from itertools import pairwise

import pytest

from api.ids import global_id
from domain import commands as ask
from domain.adapters.index_damage import report_damaged_index
from domain.handle import handle
from tests.api import operations as op
from tests.api.stories import begin
from workers.tracing import DISPATCHER, trace_of

HISTORY = """
query ($id: ID!) {
  dataset(id: $id) {
    history(first: 100) {
      events { position type subject summary cause jobId recordedAt run { jobId kind attempt } } caughtUp
    }
  }
}"""
DELETE_ALL = """
mutation ($input: DeleteDatasetsInput!) { deleteDatasets(input: $input) { errors { code } } }"""
EVENTS = """
query ($filter: EventFilter, $first: Int, $after: Position) {
  events(filter: $filter, first: $first, after: $after) { events { position type subject summary cause } cursor }
}"""


def history(api, story):
    return api.ask(HISTORY, id=global_id("Dataset", story.id))["history"]["events"]


def by_worker(story, command, cause="worker"):
    handle(story.adapters.log, command, trace_of(story.adapters.log, story.id, command.job_id, cause))


def test_what_a_mutation_led_to_names_it(api, adapters):
    story = begin(adapters, name="English").is_ready()
    op.describe(api, story.id, name="News")
    op.tokenize(api, story.id)
    op.index(api, story.id)
    before, after = history(api, story)[:6], history(api, story)[6:]
    assert [event["cause"] for event in before] == [None] * 6, "of before causes were told"
    assert [(event["type"], event["cause"]) for event in after] == [
        ("DatasetDescribed", "describeDataset"),
        ("TokenizationRequested", "tokenizeDataset"),
        ("IndexRequested", "indexDataset"),
    ]


def test_every_entry_says_what_it_happened_to_by_the_name_of_then(api, adapters):
    story = begin(adapters, name="English")
    op.describe(api, story.id, name="News")
    op.save(api, name="short", recipe={"maxLength": 8})
    told = api.ask(EVENTS)["events"]
    assert [event["subject"] for event in told] == ["English", "News", "short"]
    story.is_ready().is_purged()
    told = api.ask(EVENTS, first=500)["events"]
    assert (told[-1]["type"], told[-1]["subject"]) == ("DatasetPurged", "News")


def test_what_a_worker_did_names_the_run(api, adapters):
    story = begin(adapters)
    by_worker(story, ask.StartJob(dataset_id=story.id, job_id=story.job))
    attempt = {"piece": "plan", "fence": 1, "code": "WORKER_LOST", "message": "It is gone.", "retryable": True}
    lost = ask.FailAttempt(dataset_id=story.id, job_id=story.job, **attempt, lost=True)
    by_worker(story, lost, DISPATCHER)
    by_worker(story, ask.FailAttempt(dataset_id=story.id, job_id=story.job, **{**attempt, "fence": 2, "retryable": 0}))
    api.ask(op.RETRY, input={"jobId": global_id("Job", story.job)})
    by_worker(story, ask.StartJob(dataset_id=story.id, job_id=story.job))
    job = global_id("Job", story.job)
    run = {"jobId": job, "kind": "DOWNLOAD", "attempt": 1}
    told = history(api, story)
    assert [(event["type"], event["cause"], event["run"]) for event in told] == [
        ("DownloadRequested", None, None),
        ("JobStarted", "worker", run),
        ("JobAttemptFailed", "dispatcher", run),
        ("JobFailed", "worker", run),
        ("JobRetryRequested", "retryJob", None),
        ("JobStarted", "worker", {**run, "attempt": 2}),
    ]
    assert {event["jobId"] for event in told} == {job}
    assert told[2]["summary"] == "An attempt at its plan failed (WORKER_LOST) and is tried again at once: It is gone."


def test_what_a_search_found_damaged_says_so(api, adapters):
    story = begin(adapters).is_ready().asks_for_an_index().is_indexed()
    report_damaged_index(adapters, story.id, f"datasets/{story.id}/index-{story.job}-1")
    last = history(api, story)[-1]
    assert (last["type"], last["cause"], last["run"]) == ("IndexRequested", "search", None)


def test_what_was_deleted_with_others_names_how(api, adapters):
    stories = [begin(adapters).is_ready() for _ in range(2)]
    ids = [global_id("Dataset", story.id) for story in stories]
    api.ask(DELETE_ALL, input={"datasetIds": ids})
    for story in stories:
        last = history(api, story)[-1]
        assert (last["type"], last["cause"], last["subject"]) == ("DatasetTrashed", "deleteDatasets", "acme/english")


def test_history_is_in_order_and_each_entry_has_its_moment(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    moments = [datetime.fromisoformat(event["recordedAt"]) for event in history(api, story)]
    assert len(moments) == 10
    assert all(one <= other for one, other in pairwise(moments))


@pytest.mark.parametrize("types", [["DatasetDescribed"], ["DatasetDescribed", "JobStarted"]])
def test_of_everything_those_of_a_type_and_a_dataset_are_read_alone(api, adapters, types):
    stories = [begin(adapters, name=name).starts() for name in ("one", "two")]
    for story in stories:
        op.describe(api, story.id, notes="Good.")
    everything = api.ask(EVENTS)["events"]
    assert len(everything) == 6
    for story, name in zip(stories, ("one", "two"), strict=True):
        filter_ = {"types": types, "datasetId": global_id("Dataset", story.id)}
        found = api.ask(EVENTS, filter=filter_)["events"]
        assert found == [event for event in everything if event["subject"] == name and event["type"] in types]
    assert api.ask(EVENTS, filter={"types": types})["events"] == [e for e in everything if e["type"] in types]
