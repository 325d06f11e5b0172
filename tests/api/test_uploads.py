"""uploadDataset: what comes of a file, and what is refused."""

import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from api.ids import key_of
from api.uploads import UploadDatasetInput, with_file
from domain.adapters.away import Unasked
from domain.adapters.folders import INCOMING
from domain.adapters.storage import Room
from domain.adapters.uploads import IncomingFile
from domain.errors import ClaimTaken, Conflict, ErrorCode, Refused
from domain.handle import Handled
from tests.api.client import until
from tests.api.operations import RETRY, download
from tests.api.stories import Story
from tests.api.test_mutations import UNKNOWN
from tests.api.uploads import ASKED, CSV, FILES, MAPPED, UPLOAD, files_below, part, post, post_raw, send, upload, whole
from tests.small_disks import small_disk

TWO = """
mutation ($one: UploadDatasetInput!, $two: UploadDatasetInput!) {
  one: uploadDataset(input: $one) { dataset { id } errors { code } }
  two: uploadDataset(input: $two) { dataset { id } errors { code } }
}"""
BOTH = {"query": TWO, "variables": {"one": {"file": None}, "two": {"file": None}}}
DATASET = """
query ($id: ID!) {
  dataset(id: $id) {
    name status textColumn source { __typename } jobs { nodes { kind status } } history { events { summary data } }
  }
}"""


def published(adapters):
    """The files of datasets, once those of requests are gone."""
    until(lambda: not files_below(adapters.storage / INCOMING))
    return files_below(adapters.storage)


def folder_of(answer):
    """Where the file of a dataset is, relative to the storage."""
    return f"datasets/{key_of('Dataset', answer['dataset']['id'])}/upload-{key_of('Job', answer['job']['id'])}"


def test_an_upload_is_answered_with_its_queued_dataset_and_ingest(api, adapters):
    answer = upload(api)
    assert answer["errors"] == []
    source = {"fileName": "rows.csv", "format": "csv", "sizeBytes": len(CSV), "sha256": hashlib.sha256(CSV).hexdigest()}
    assert answer["dataset"] | {"id": ""} == {"id": "", "name": "rows.csv", "status": "QUEUED", "source": source}
    assert answer["job"] | {"id": ""} == {"id": "", "kind": "INGEST", "status": "QUEUED"}
    assert published(adapters) == [f"{folder_of(answer)}/rows.csv"]
    assert (adapters.storage / folder_of(answer) / "rows.csv").read_bytes() == CSV


def test_what_was_asked_is_told_by_the_dataset_and_its_history(api):
    given = {"name": "Mine", "textColumn": "body", "split": "validation", "onError": "SKIP"}
    dataset = api.ask(DATASET, id=upload(api, **given)["dataset"]["id"])
    assert (dataset["name"], dataset["textColumn"]) == ("Mine", "body")
    assert dataset["source"] == {"__typename": "UploadSource"}
    (event,) = dataset["history"]["events"]
    assert event["summary"] == f"rows.csv was uploaded: {len(CSV)} bytes; the ingest follows"
    assert event["data"]["files"] == [{"path": "rows.csv", "split": "validation"}]
    assert event["data"]["on_error"] == "SKIP"


def test_what_was_left_out_has_its_default(api):
    given = {"name": None, "textColumn": None, "split": None, "onError": None}
    for answer in (upload(api), upload(api, **given)):
        (event,) = api.ask(DATASET, id=answer["dataset"]["id"])["history"]["events"]
        assert event["data"]["files"][0]["split"] == "train"
        assert (event["data"]["on_error"], event["data"]["text_column"]) == ("FAIL", None)


def test_uploads_are_found_by_their_source(api):
    sent, brought = upload(api)["dataset"]["id"], download(api)["dataset"]["id"]
    document = "query ($of: SourceKind) { datasets(filter: {source: $of}) { nodes { id } } }"
    assert api.ask(document, of="UPLOAD") == {"nodes": [{"id": sent}]}
    assert api.ask(document, of="HUB") == {"nodes": [{"id": brought}]}


def test_a_format_is_told_by_content_and_not_by_name(api, adapters):
    answer = upload(api, b'{"text": "a"}\n', "rows.parquet")
    assert answer["dataset"]["source"]["format"] == "jsonl"
    assert answer["dataset"]["source"]["fileName"] == "rows.parquet"
    assert published(adapters) == [f"{folder_of(answer)}/rows.parquet.jsonl"]


@pytest.mark.parametrize("name", ["../../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "evil\0.csv", "\x7fevil.csv"])
def test_a_name_that_is_none_is_cleaned(api, adapters, tmp_path, name):
    response = post_raw(api, whole(ASKED, MAPPED, part("0", CSV, filename=name)))
    answer = response.json()["data"]["uploadDataset"]
    assert (answer["errors"], answer["dataset"]["name"]) == ([], "evil.csv")
    assert answer["dataset"]["source"]["fileName"] == "evil.csv"
    assert published(adapters) == [f"{folder_of(answer)}/evil.csv"]
    assert list(tmp_path.rglob("evil*")) == [adapters.storage / folder_of(answer) / "evil.csv"]


@pytest.mark.parametrize("letter", ["x", "東"])
def test_a_name_of_5000_characters_is_cut(api, adapters, letter):
    answer = upload(api, file_name=letter * 5000 + ".csv")
    assert answer["errors"] == []
    assert answer["dataset"]["name"].endswith(f"{letter}.csv")
    assert published(adapters) == [f"{folder_of(answer)}/{answer['dataset']['name']}"]


def test_without_a_file_it_is_refused_by_name(clean):
    for given in ({}, {"file": None}):
        (error,) = clean.ask(UPLOAD, input=given)["errors"]
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["file"])


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"textColumn": "a\u0000"}, ["textColumn"]),
        ({"split": "train[:10]"}, ["split"]),
        ({"split": "../train"}, ["split"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
    ],
)
def test_an_input_that_cannot_be_used_is_named_and_its_file_is_gone(clean, given, path):
    (error,) = upload(clean, **given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


def test_the_same_file_twice_is_two_datasets(api, adapters):
    one, two = upload(api), upload(api)
    assert one["dataset"]["id"] != two["dataset"]["id"]
    assert len(published(adapters)) == 2


def test_with_a_key_the_same_file_is_one_dataset_and_one_file(api, adapters):
    first = upload(api, idempotencyKey="k1")
    by_field, by_header = upload(api, idempotencyKey="k1"), send(api, headers={"Idempotency-Key": "k1"}).json()
    for again in (by_field, by_header["data"]["uploadDataset"]):
        assert (again["replayed"], again["dataset"]["id"]) == (True, first["dataset"]["id"])
        assert again["position"] == first["position"]
    assert published(adapters) == [f"{folder_of(first)}/rows.csv"]


@pytest.mark.parametrize(
    "other", [{"content": CSV + b"delta,3\n"}, {"content": CSV.upper()}, {"file_name": "other.csv"}, {"split": "test"}]
)
def test_a_key_is_not_used_for_another_file(api, adapters, other):
    first = upload(api, idempotencyKey="k1")
    (error,) = upload(api, **{"idempotencyKey": "k1", **other})["errors"]
    assert (error["code"], error["path"]) == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    assert published(adapters) == [f"{folder_of(first)}/rows.csv"]


def test_many_at_once_with_one_key_are_one_dataset_and_one_file(api, adapters):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: upload(api, idempotencyKey="k1"), range(8)))
    assert len({answer["dataset"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 7
    assert published(adapters) == [f"{folder_of(answers[0])}/rows.csv"]


def test_two_files_of_one_request_are_two_datasets(api, adapters):
    files = {"a": ("a.csv", CSV), "b": ("b.txt", b"one\n")}
    data = post(api, BOTH, {"a": ["variables.one.file"], "b": ["variables.two.file"]}, files).json()["data"]
    assert [data[name]["errors"] for name in ("one", "two")] == [[], []]
    assert sorted(name.rpartition("/")[2] for name in published(adapters)) == ["a.csv", "b.txt"]


def test_one_file_may_be_given_two_places(api, adapters):
    data = post(api, BOTH, {"0": ["variables.one.file", "variables.two.file"]}, FILES).json()["data"]
    assert [data[name]["errors"] for name in ("one", "two")] == [[], []]
    assert len(published(adapters)) == 2


def test_what_does_not_fit_is_refused_with_what_is_needed_and_free_and_nothing_is_left(serve, adapters):
    with serve(quota=1_000_000) as served:
        (error,) = upload(served.client, b"x" * 2_000_000, "a.txt")["errors"]
        assert (error["__typename"], error["code"]) == ("InsufficientStorageError", "INSUFFICIENT_STORAGE")
        assert (error["path"], error["freeBytes"]) == (["file"], 1_000_000)
        assert 2_000_000 < error["neededBytes"] < 2_001_000
        assert published(adapters) == []
        assert upload(served.client, b"x" * 300_000, "a.txt")["errors"] == []


@contextmanager
def sending(served, content, more):
    """A connection on which a request with a file has come up to `more` bytes before its end."""
    body = whole(ASKED, MAPPED, part("0", content, filename="a.txt"))
    head = (
        "POST /graphql HTTP/1.1\r\nHost: localhost\r\nGraphQL-Preflight: 1\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(head.encode() + body[:-more])
        yield connection, body[-more:]


def test_two_requests_are_not_promised_the_same_room_for_their_files(serve, adapters):
    content = b"x\n" * 600_000
    with serve(quota=2_000_000) as served:
        with sending(served, content, more=700_000) as (first, rest):
            until(lambda: adapters.room().promised > 0)
            (error,) = upload(served.client, content, "b.txt")["errors"]
            assert (error["code"], error["path"]) == ("INSUFFICIENT_STORAGE", ["file"])
            assert len(content) < error["neededBytes"] < len(content) + 1000
            assert error["freeBytes"] < 800_000
            first.sendall(rest)
            until(lambda: adapters.room().promised == 0)
        until(lambda: files_below(adapters.storage) == [])
        with sending(served, content, more=700_000):
            until(lambda: adapters.room().promised > 0)
        until(lambda: adapters.room().promised == 0)


def test_on_a_disk_that_is_full_it_is_refused_and_goes_on_when_there_is_room(serve, tmp_path):
    with small_disk(tmp_path / "disk", 2) as disk, serve(storage=disk, reserve=0) as served:
        (disk / "filler").write_bytes(b"x" * 1_500_000)
        (error,) = upload(served.client, b"x" * 700_000, "a.txt")["errors"]
        assert (error["code"], error["path"]) == ("INSUFFICIENT_STORAGE", ["file"])
        until(lambda: files_below(disk) == ["filler"])
        (disk / "filler").unlink()
        assert upload(served.client, b"x" * 700_000, "a.txt")["errors"] == []


def test_a_failed_ingest_is_retried(api, adapters):
    answer = upload(api)
    story = Story(adapters, key_of("Dataset", answer["dataset"]["id"]), key_of("Job", answer["job"]["id"]))
    story.starts().fails(ErrorCode.CORRUPT_DATA)
    retried = api.ask(RETRY, input={"jobId": answer["job"]["id"]})
    assert (retried["errors"], retried["job"]["status"], retried["job"]["attempt"]) == ([], "QUEUED", 2)
    assert published(adapters) == [f"{folder_of(answer)}/rows.csv"]


def test_what_an_api_that_was_killed_left_is_gone_when_the_next_one_starts(serve, adapters):
    with serve() as served:
        kept = f"{folder_of(upload(served.client))}/rows.csv"
    left = adapters.storage / INCOMING / "left"
    orphan = adapters.storage / "datasets" / UNKNOWN / f"upload-{UNKNOWN}" / "rows.csv"
    for path in (left, orphan):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CSV)
    with serve():
        assert files_below(adapters.storage) == [kept]


@pytest.fixture
def asked(tmp_path):
    """An upload whose file has come."""
    file = IncomingFile(tmp_path, Room(str(tmp_path), 0, None), "rows.csv", 1)
    yield UploadDatasetInput(file=file.end())
    file.close()


def test_where_there_can_be_no_promise_nothing_is_asked_of_the_log_and_the_file_is_gone(api, adapters, monkeypatch):
    def fail(*_arguments):
        raise psycopg.errors.DiskFull

    monkeypatch.setattr("api.room._reserve", fail)
    [error] = send(api).json()["errors"]
    assert error["extensions"]["code"] == "INSUFFICIENT_STORAGE"
    assert (published(adapters), adapters.log.newest()) == ([], 0)


@pytest.mark.parametrize(
    "refusal", [Refused(ErrorCode.NOT_FOUND, ""), ClaimTaken("", ""), Conflict(), Unasked(psycopg.OperationalError())]
)
def test_a_refused_command_leaves_no_file(asked, tmp_path, refusal):
    def act(command):
        assert (tmp_path / command.folder / command.path).exists(), "it is there before the command is handled"
        raise refusal

    with pytest.raises(type(refusal)):
        with_file(tmp_path, asked, asked.command(asked.file, "d", "j"), act)
    assert not (tmp_path / "datasets" / "d").exists()


def test_where_nobody_knows_what_came_of_the_command_the_file_stays(asked, tmp_path):
    def act(_command):
        raise psycopg.OperationalError("the connection is gone")

    with pytest.raises(psycopg.OperationalError):
        with_file(tmp_path, asked, asked.command(asked.file, "d", "j"), act)
    assert files_below(tmp_path / "datasets") == ["d/upload-j/rows.csv"]


def test_a_command_that_changed_nothing_leaves_no_file(asked, tmp_path):
    with_file(tmp_path, asked, asked.command(asked.file, "d", "j"), lambda _command: Handled(1, replayed=True))
    assert files_below(tmp_path / "datasets") == []


def test_what_is_told_as_a_replay_of_itself_keeps_its_file(asked, tmp_path):
    itself = Handled(1, objects={"dataset": "d", "job": "j"}, replayed=True)
    with_file(tmp_path, asked, asked.command(asked.file, "d", "j"), lambda _command: itself)
    assert files_below(tmp_path / "datasets") == ["d/upload-j/rows.csv"]
