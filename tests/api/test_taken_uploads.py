"""An upload that has come whole becomes a dataset: one, whoever asks how often, and whatever happens in between."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from api.ids import global_id, key_of
from api.taken_uploads import dataset_of, with_sent_file
from api.uploads import UploadDatasetInput
from domain.adapters.folders import UPLOADS
from domain.adapters.resumable import uploads_of
from domain.errors import ErrorCode, Refused
from domain.handle import Handled
from tests.api.stories import Story
from tests.api.test_uploads import folder_of
from tests.api.tus import CONTENT, TUS, add, created, id_of, look, sent
from tests.api.uploads import FILES, MAP, files_below, post

TAKE = """
mutation ($input: UploadDatasetInput!) {
  uploadDataset(input: $input) {
    dataset { id name status source { ... on UploadSource { fileName format sizeBytes sha256 } } }
    job { id kind status } position replayed
    errors { __typename message code path ... on UploadIncompleteError { offset length }
      ... on DuplicateDatasetError { dataset { id } } }
  }
}"""


def take(api, upload, **given):
    return api.ask(TAKE, input={"uploadId": upload, **given})


def refusal(api, upload, **given):
    (error,) = take(api, upload, **given)["errors"]
    return error


def test_an_upload_becomes_a_dataset_and_is_no_upload_any_more(api, adapters):
    upload = sent(api)
    answer = take(api, upload, name="Mine", split="test", textColumn="text", onError="SKIP")
    assert answer["errors"] == []
    source = {
        "fileName": "rows.csv",
        "format": "csv",
        "sizeBytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }
    assert answer["dataset"] | {"id": ""} == {"id": "", "name": "Mine", "status": "QUEUED", "source": source}
    assert answer["job"] | {"id": ""} == {"id": "", "kind": "INGEST", "status": "QUEUED"}
    assert files_below(adapters.storage) == [f"{folder_of(answer)}/rows.csv"]
    assert (adapters.storage / folder_of(answer) / "rows.csv").read_bytes() == CONTENT
    assert look(api, f"/uploads/{upload}").status_code == 404


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("../../../evil.csv", "evil.csv"),
        ("/etc/evil.csv", "evil.csv"),
        ("..\\evil.csv", "evil.csv"),
        (b"evil\0\xff.csv", "evil.csv"),
        ("", "upload"),
        ("..", "upload"),
        ("x" * 5000 + ".csv", "x" * 160 + "x" * 36 + ".csv"),
        ("東" * 5000, None),
    ],
)
def test_it_is_called_by_a_name_and_never_a_path(api, adapters, tmp_path, name, called):
    answer = take(api, sent(api, name=name))
    assert answer["errors"] == []
    assert called in (None, answer["dataset"]["name"])
    (stored,) = files_below(adapters.storage)
    assert stored.startswith(folder_of(answer) + "/")
    assert list(tmp_path.rglob("evil*")) == list((adapters.storage / folder_of(answer)).glob("evil*"))


def test_one_that_is_not_whole_is_refused_and_can_be_gone_on_with(api):
    address = created(api)
    add(api, address, CONTENT[:9])
    error = refusal(api, id_of(address))
    assert (error["__typename"], error["code"]) == ("UploadIncompleteError", "UPLOAD_INCOMPLETE")
    assert (error["path"], error["offset"], error["length"]) == (["uploadId"], 9, len(CONTENT))
    add(api, address, CONTENT[9:], 9)
    assert take(api, id_of(address))["errors"] == []


@pytest.mark.parametrize("upload", ["0" * 32, "", "x", "../incoming", "a\u0000", "x" * 5000])
def test_one_that_is_not_there_is_not_found(api, upload):
    error = refusal(api, upload)
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["uploadId"])


def test_one_that_was_ended_is_not_found(api):
    upload = sent(api)
    api.http.delete(f"/uploads/{upload}", headers=TUS)
    assert refusal(api, upload)["code"] == "NOT_FOUND"


def test_either_a_file_or_an_upload_is_named(api):
    upload = sent(api)
    operations = {"query": TAKE, "variables": {"input": {"file": None, "uploadId": upload}}}
    (error,) = post(api, operations, MAP, FILES).json()["data"]["uploadDataset"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["file"])
    (error,) = api.ask(TAKE, input={"uploadId": None})["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["file"])
    assert look(api, f"/uploads/{upload}").status_code == 200


def test_an_input_that_cannot_be_used_leaves_the_upload(api):
    upload = sent(api)
    assert refusal(api, upload, split="../train")["path"] == ["split"]
    assert look(api, f"/uploads/{upload}").status_code == 200


def test_with_a_key_it_is_the_same_dataset_however_often(api):
    upload = sent(api)
    first, again = take(api, upload, idempotencyKey="k1"), take(api, upload, idempotencyKey="k1")
    assert (again["errors"], again["replayed"], again["dataset"]) == ([], True, first["dataset"])
    assert (again["job"]["id"], again["position"]) == (first["job"]["id"], first["position"])
    error = refusal(api, upload, idempotencyKey="k1", name="Other")
    assert (error["code"], error["path"]) == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])


@pytest.mark.parametrize("given", [{}, {"idempotencyKey": "k2"}])
def test_without_it_or_with_another_it_is_a_duplicate_that_names_the_dataset(api, given):
    upload = sent(api)
    first = take(api, upload, idempotencyKey="k1")
    error = refusal(api, upload, **given)
    assert (error["__typename"], error["code"]) == ("DuplicateDatasetError", "DUPLICATE_DATASET")
    assert (error["path"], error["dataset"]) == (["uploadId"], {"id": first["dataset"]["id"]})


def test_of_many_at_once_one_makes_the_dataset(api, adapters):
    upload = sent(api)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: take(api, upload), range(8)))
    assert sorted(len(answer["errors"]) for answer in answers) == [0] + [1] * 7
    assert {error["code"] for answer in answers for error in answer["errors"]} == {"DUPLICATE_DATASET"}
    (made,) = (answer for answer in answers if not answer["errors"])
    assert files_below(adapters.storage) == [f"{folder_of(made)}/rows.csv"]


def test_of_many_at_once_with_one_key_all_are_told_of_it(api, adapters):
    upload = sent(api)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: take(api, upload, idempotencyKey="k1"), range(8)))
    assert [answer["errors"] for answer in answers] == [[]] * 8
    assert len({answer["dataset"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * 7
    assert len(files_below(adapters.storage)) == 1


def test_it_stays_one_dataset_when_the_process_ended_before_the_upload_was_gone(api, adapters):
    upload = sent(api)
    folder = adapters.storage / UPLOADS / upload
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    first = take(api, upload, idempotencyKey="k1")
    folder.mkdir()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    assert refusal(api, upload)["code"] == "DUPLICATE_DATASET"
    assert take(api, upload, idempotencyKey="k1")["dataset"]["id"] == first["dataset"]["id"]
    assert files_below(adapters.storage) == [f"{folder_of(first)}/rows.csv"]


def test_it_stays_a_duplicate_when_its_dataset_is_gone(api, adapters):
    upload = sent(api)
    answer = take(api, upload)
    story = Story(adapters, key_of("Dataset", answer["dataset"]["id"]), key_of("Job", answer["job"]["id"]))
    story.starts().fails(ErrorCode.CORRUPT_DATA).is_purged()
    error = refusal(api, upload)
    assert (error["code"], error["dataset"]) == ("DUPLICATE_DATASET", None)


def test_where_it_is_refused_the_upload_stays(api, adapters):
    upload = sent(api)
    asked = UploadDatasetInput(upload_id=upload)
    with uploads_of(adapters).as_file(uploads_of(adapters).find(upload)) as file:
        command = asked.command(file, dataset_of(upload), "j")

    def refuse(_command):
        raise Refused(ErrorCode.NOT_FOUND, "")

    with pytest.raises(Refused):
        with_sent_file(adapters, asked, command, refuse)
    assert not (adapters.storage / "datasets" / dataset_of(upload)).exists()
    assert take(api, upload)["dataset"]["id"] == global_id("Dataset", dataset_of(upload))


def test_an_upload_that_goes_while_it_is_asked_for_is_not_found(adapters, api):
    upload = sent(api)
    asked = UploadDatasetInput(upload_id=upload)
    uploads = uploads_of(adapters)
    with uploads.as_file(uploads.find(upload)) as file:
        command = asked.command(file, dataset_of(upload), "j")
    uploads.remove(upload)
    with pytest.raises(Refused) as refused:
        with_sent_file(adapters, asked, command, lambda _command: Handled(1))
    assert refused.value.code == ErrorCode.NOT_FOUND


def test_what_was_published_while_the_database_was_away_goes_once_the_same_upload_is_a_dataset(adapters, api):
    # given an upload of which nobody knows whether it became a dataset
    upload = sent(api)
    asked = UploadDatasetInput(upload_id=upload)
    with uploads_of(adapters).as_file(uploads_of(adapters).find(upload)) as file:
        command = asked.command(file, dataset_of(upload), "j")

    def lose(_command):
        raise psycopg.OperationalError

    with pytest.raises(psycopg.OperationalError):
        with_sent_file(adapters, asked, command, lose)
    assert (adapters.storage / command.folder).exists()

    # when it is asked for once more
    answer = take(api, upload)

    # then the dataset has its own file alone
    folders = list((adapters.storage / "datasets" / dataset_of(upload)).iterdir())
    assert [folder.name for folder in folders] == [f"upload-{key_of('Job', answer['job']['id'])}"]
