"""What is known to take more room than there is, is refused when it is asked for; what is asked for has its room."""

from contextlib import contextmanager

import pytest

from api.ids import global_id
from api.room import with_room
from domain.adapters.peaks import exporting_bytes, uploading_bytes
from domain.adapters.pieces import PLAN, NewPiece
from domain.adapters.reservations import Holder, Need, told_need
from domain.commands import CancelJob
from domain.exports import export_id, export_job_id
from domain.handle import handle
from domain.log import Trace
from domain.tokenization_commands import ExportTokenization
from tests.api.stories import begin
from tests.api.uploads import upload

ASK = """
mutation ($input: %sInput!) {
  asked: %s(input: $input) {
    dataset { id } replayed
    errors { __typename code path ... on InsufficientStorageError { neededBytes freeBytes } }
  }
}"""
EXPORT, IMPORT, RETRY = (
    ASK % (name[0].upper() + name[1:], name) for name in ("exportTokenization", "importDataset", "retryJob")
)
QUOTA = 1_000_000
OTHERS = Holder("others", "none/*")


@pytest.fixture
def small(serve):
    with serve(quota=QUOTA) as served:
        yield served.client


@contextmanager
def taken(adapters, size):
    """Others are promised so much."""
    adapters.reservations.reserve(OTHERS, Need(size, "This", "wait"), adapters.room(), seconds=600)
    yield
    adapters.reservations.release(OTHERS.id)


def promised(adapters):
    return adapters.room().promised


def refusal(answer, path):
    (error,) = answer["errors"]
    assert (error["__typename"], error["code"], error["path"]) == (
        *("InsufficientStorageError", "INSUFFICIENT_STORAGE"),
        [path],
    )
    return error["neededBytes"], error["freeBytes"]


def test_an_upload_takes_the_room_of_its_ingest_too(small, adapters):
    content = b"x\n" * 200_000
    needed = uploading_bytes("txt", len(content))
    with taken(adapters, QUOTA - len(content) - 10_000):
        assert refusal(upload(small, content, "a.txt"), "file") == (needed - len(content), 10_000)
        assert promised(adapters) == QUOTA - len(content) - 10_000
        assert not list((adapters.storage / "datasets").glob("*"))
    assert upload(small, content, "a.txt")["errors"] == []
    assert promised(adapters) == needed - len(content)


def test_an_upload_that_is_refused_or_was_made_before_is_promised_nothing(small, adapters):
    assert upload(small, idempotencyKey="k1")["errors"] == []
    before = promised(adapters)
    assert upload(small, idempotencyKey="k1")["replayed"]
    assert upload(small, idempotencyKey="k1", name="Other")["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert promised(adapters) == before


def test_a_replay_needs_no_room(small, adapters):
    first = upload(small, idempotencyKey="k1")
    with taken(adapters, 990_000):
        again = upload(small, idempotencyKey="k1")
    assert (again["errors"], again["dataset"]) == ([], first["dataset"])


def test_an_import_is_refused_before_anything_is_copied(small, adapters):
    adapters.settings.imports.mkdir(parents=True)
    (adapters.settings.imports / "rows.txt").write_bytes(b"x\n" * 400_000)
    answer = small.ask(IMPORT, input={"path": "rows.txt"})
    assert refusal(answer, "path") == (uploading_bytes("txt", 800_000), QUOTA)
    assert (answer["dataset"], promised(adapters)) == (None, 0)
    (adapters.settings.imports / "rows.txt").write_bytes(b"x\n" * 100_000)
    assert small.ask(IMPORT, input={"path": "rows.txt"})["errors"] == []
    assert promised(adapters) == uploading_bytes("txt", 200_000)


def test_an_export_takes_about_the_room_of_its_tokens(small, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    asked = {"tokenizationId": global_id("Tokenization", story.tokenization), "format": "PARQUET"}
    needed = exporting_bytes(300)
    with taken(adapters, 950_000):
        assert refusal(small.ask(EXPORT, input=asked), "tokenizationId")[0] == needed
    assert small.ask(EXPORT, input=asked)["errors"] == []
    assert promised(adapters) == needed
    with taken(adapters, 900_000):
        assert small.ask(EXPORT, input=asked)["replayed"]


def test_of_two_who_ask_for_the_same_the_second_takes_no_room_from_the_first(small, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized()
    asked = {"tokenizationId": global_id("Tokenization", story.tokenization), "format": "PARQUET"}
    job = export_job_id(story.tokenization, "PARQUET")
    export = export_id(story.tokenization, "PARQUET")
    ids = {"dataset_id": story.id, "job_id": job, "tokenization_id": story.tokenization, "export_id": export}

    def comes_second(command):
        assert small.ask(EXPORT, input=asked)["errors"] == []
        return handle(adapters.log, command, Trace("c", "c"))

    handled = with_room(adapters, None, None, ExportTokenization(**ids, format="PARQUET"), comes_second)
    assert not handled.events
    assert promised(adapters) == exporting_bytes(300)


def test_a_job_that_failed_goes_on_only_where_its_plan_has_room(small, adapters):
    story = begin(adapters).starts()
    job = {"jobId": global_id("Job", story.job)}
    adapters.pieces.add(story.job, story.id, "download_dataset", NewPiece("plan", PLAN))
    lease = adapters.pieces.take(story.job, "plan", "here")
    adapters.pieces.commit(lease, told_need(Need(600_000, "Bringing acme/english", "ask for less")))
    with taken(adapters, 500_000):
        assert small.ask(RETRY, input=job)["errors"][0]["code"] == "INVALID_TRANSITION"
        story.fails()
        assert refusal(small.ask(RETRY, input=job), "jobId") == (600_000, 500_000)
    assert small.ask(RETRY, input=job)["errors"] == []
    assert promised(adapters) == 600_000


def test_a_job_of_which_nothing_is_known_is_retried(small, adapters):
    story = begin(adapters)
    story.does(CancelJob(dataset_id=story.id, job_id=story.job))
    story.is_cancelled()
    assert small.ask(RETRY, input={"jobId": global_id("Job", story.job)})["errors"] == []
    assert promised(adapters) == 0
