"""What /uploads refuses: who may not call, what is too much, what is none; and what it stands."""

import hashlib
import os
import socket
import time

import pytest

from api.tus_headers import METADATA_CHARACTERS
from domain.adapters.peaks import uploading_bytes
from domain.adapters.reservations import Holder, Need, upload_holder
from domain.adapters.resumable import DURABLE, uploads_of
from domain.adapters.storage import room_of
from tests.api.client import until
from tests.api.test_light_process import process  # noqa: F401  a fixture: the API as a process of its own
from tests.api.test_taken_uploads import TAKE
from tests.api.tus import (
    BODY,
    CONTENT,
    TUS,
    add,
    adding,
    checksum,
    create,
    created,
    encoded,
    id_of,
    look,
    offset_of,
    sent,
    until_held,
)
from tests.api.uploads import code, files_below
from tests.small_disks import small_disk

MEGABYTE = 1 << 20
TOKEN = "a-secret-of-the-tests"


def test_host_origin_and_token_are_looked_at_before_anything_else(serve):
    shown = {"Authorization": f"Bearer {TOKEN}"}
    with serve(api_token=TOKEN) as served:
        http = served.client.http
        address = create(served.client, **shown).headers["Location"]
        assert http.options("/uploads").status_code == 401
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer wrong"}, 401),
            ({**shown, "Host": "evil.example"}, 403),
            ({**shown, "Origin": "https://evil.example"}, 403),
            ({**shown, "Origin": "null"}, 403),
            ({**shown, "Origin": "http://localhost:5173"}, 201),
        ):
            assert create(served.client, **headers).status_code == status
            assert add(served.client, address, b"", **headers).status_code == (204 if status == 201 else status)
            looked = http.head(address, headers={**TUS, **headers})
            assert looked.status_code == (200 if status == 201 else status)


def test_a_page_of_another_site_gets_no_leave_to_ask(shared_api):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PATCH"}
    answer = shared_api.http.options("/uploads", headers=asked)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    form = {"Content-Type": "text/plain", "Upload-Length": "1"}
    assert shared_api.http.post("/uploads", content=b"x", headers=form).status_code == 412


@pytest.mark.parametrize("length", ["", "x", "-1", "1.5", "1e3", "9" * 19, "٣".encode()])
def test_a_length_that_is_none_is_refused(shared_api, length):
    answer = shared_api.http.post("/uploads", headers={**TUS, "Upload-Length": length})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


def test_a_length_that_is_not_known_yet_is_refused(shared_api):
    for headers in ({"Upload-Defer-Length": "1"}, {}):
        answer = shared_api.http.post("/uploads", headers={**TUS, **headers})
        assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
        assert "Upload-Length" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "metadata",
    [
        "filename !!!",
        "filename AA",
        "a AAAA,a AAAA",
        ",",
        "a AAAA,,b AAAA",
        "  , ",
        "é AAAA".encode(),
        "a b c",
        "\x01 A",
    ],
)
def test_metadata_that_is_none_is_refused(clean, metadata):
    sent_ = metadata if isinstance(metadata, bytes) else metadata.encode()
    with socket.create_connection((clean.http.base_url.host, clean.http.base_url.port)) as connection:
        head = b"POST /uploads HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 1\r\n"
        connection.sendall(head + b"Upload-Metadata: " + sent_ + b"\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_metadata_is_bounded(shared_api):
    fits = {"Upload-Metadata": f"filename {encoded('x' * 5000)}"}
    address = create(shared_api, **fits).headers["Location"]
    assert look(shared_api, address).headers["Upload-Metadata"] == fits["Upload-Metadata"]
    answer = create(shared_api, **{"Upload-Metadata": f"filename {encoded('x' * METADATA_CHARACTERS)}"})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


def test_all_metadata_is_told_again_and_a_key_may_have_no_value(shared_api):
    told = f"is_confidential,name {encoded('a.csv')},filetype {encoded('text/csv')}"
    address = create(shared_api, **{"Upload-Metadata": told}).headers["Location"]
    assert look(shared_api, address).headers["Upload-Metadata"] == told


def test_what_is_too_large_is_refused_before_its_first_byte(serve, adapters):
    with serve(max_upload_bytes=1000) as served:
        assert served.client.http.options("/uploads").headers["Tus-Max-Size"] == "1000"
        assert create(served.client, 1000).status_code == 201
        answer = create(served.client, 1001)
        assert (answer.status_code, code(answer)) == (413, "UPLOAD_TOO_LARGE")
        before = files_below(adapters.storage)
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            head = f"POST /uploads HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nContent-Type: {BODY}\r\n"
            told = "Upload-Length: 50000000\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n\r\n"
            connection.sendall((head + told).encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
        assert files_below(adapters.storage) == before


def test_so_many_are_open_at_once_and_no_more(serve):
    with serve(max_uploads=2) as served:
        addresses = [created(served.client), f"/uploads/{sent(served.client)}"]
        answer = create(served.client)
        assert (answer.status_code, code(answer)) == (503, "TRY_AGAIN")
        served.client.http.delete(addresses[0], headers=TUS)
        assert create(served.client).status_code == 201


def test_two_are_not_promised_the_same_room(serve):
    needed = uploading_bytes("csv", 6 * MEGABYTE)
    with serve(quota=needed + MEGABYTE) as served:
        first = created(served.client, 6 * MEGABYTE)
        answer = create(served.client, 6 * MEGABYTE)
        assert (answer.status_code, code(answer)) == (507, "INSUFFICIENT_STORAGE")
        told = answer.json()["errors"][0]["extensions"]
        assert told["neededBytes"] == needed
        assert needed - 6 * MEGABYTE < told["freeBytes"] <= needed - 5 * MEGABYTE
        assert create(served.client, MEGABYTE).status_code == 201
        served.client.http.delete(first, headers=TUS)
        assert create(served.client, 5 * MEGABYTE).status_code == 201


@pytest.mark.parametrize(("name", "fits"), [("rows.parquet", True), ("rows.csv.gz", False)])
def test_what_would_find_no_room_for_its_ingest_is_not_sent_in_vain(serve, adapters, name, fits):
    with serve(quota=uploading_bytes("csv.gz", 2 * MEGABYTE) - 1) as served:
        answer = create(served.client, 2 * MEGABYTE, name)
        assert answer.status_code == (201 if fits else 507)
        if fits:
            assert adapters.room().promised <= 2 * MEGABYTE, "only what is sent is promised"
            return
        told = answer.json()["errors"][0]["extensions"]
        assert (told["neededBytes"], told["freeBytes"]) == (told["freeBytes"] + 1, told["neededBytes"] - 1)
        assert adapters.room().promised == 0
        assert files_below(adapters.storage) == []


def test_the_room_of_an_upload_is_given_back_when_it_is_ended_given_up_or_a_dataset(api, adapters):
    def promised():
        return adapters.reservations.room(room_of(adapters.settings)).promised

    ended, old, taken = created(api, 5 * MEGABYTE), created(api, 5 * MEGABYTE), sent(api)
    assert 9 * MEGABYTE < promised() <= 10 * MEGABYTE
    api.http.delete(ended, headers=TUS)
    assert 4 * MEGABYTE < promised() <= 5 * MEGABYTE
    uploads, long_ago = uploads_of(adapters), time.time() - 25 * 3600
    os.utime(uploads.folder(id_of(old)) / DURABLE, (long_ago, long_ago))
    uploads.sweep()
    assert promised() == 0
    assert adapters.reservations.has(upload_holder(taken).id)
    assert api.ask(TAKE, input={"uploadId": taken})["errors"] == []
    assert not adapters.reservations.has(upload_holder(taken).id)


def test_an_upload_whose_promise_was_forgotten_is_promised_it_again(serve, adapters):
    others, need = Holder("others", "none/*"), Need(15 * MEGABYTE, "This", "wait")
    with serve(quota=20 * MEGABYTE) as served:
        first = created(served.client, 6 * MEGABYTE)
        adapters.reservations.release(upload_holder(id_of(first)).id)
        adapters.reservations.reserve(others, need, room_of(adapters.settings))
        assert add(served.client, first, b"x").status_code == 507
        adapters.reservations.release(others.id)
        assert add(served.client, first, b"x").status_code == 204
        assert adapters.reservations.has(upload_holder(id_of(first)).id)


def test_a_disk_that_fills_up_keeps_what_came_and_goes_on_when_there_is_room(serve, tmp_path):
    content = bytes(range(256)) * 12_000
    with small_disk(tmp_path / "disk", 8) as disk, serve(storage=disk, reserve=0) as served:
        address = created(served.client, len(content))
        (disk / "filler").write_bytes(b"x" * (7 * MEGABYTE))
        answer = add(served.client, address, content)
        assert (answer.status_code, code(answer)) == (507, "INSUFFICIENT_STORAGE")
        assert answer.json()["errors"][0]["extensions"]["neededBytes"] > 0
        came = offset_of(served.client, address)
        assert 0 < came < len(content)
        (disk / "filler").unlink()
        assert add(served.client, address, content[came:], came, **checksum(content[came:])).status_code == 204
        found = disk / "uploads" / id_of(address)
        assert hashlib.sha256((found / "content").read_bytes()).hexdigest() in (found / "durable").read_text()


def test_a_client_that_sends_nothing_is_dropped_and_its_bytes_are_kept(serve):
    with serve(upload_seconds=1) as served:
        address = created(served.client)
        with adding(served.client, address, len(CONTENT), CONTENT[:9]) as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 503 ")
        assert offset_of(served.client, address) == 9


def test_a_stop_of_the_process_keeps_what_came(serve, adapters):
    with serve() as served:
        address = created(served.client)
        with adding(served.client, address, len(CONTENT), CONTENT[:9]):
            until_held(adapters.storage / "uploads" / id_of(address))
            served.stop()
    with serve() as served:
        assert offset_of(served.client, address) == 9
        assert add(served.client, address, CONTENT[9:], 9).status_code == 204


def test_slow_clients_hold_nobody_up(serve, adapters):
    with serve() as served:
        addresses = [created(served.client, 1000) for _ in range(30)]
        opened = [adding(served.client, address, 1000, b"x") for address in addresses]
        for each in opened:
            each.__enter__()
        try:
            for address in addresses:
                until_held(adapters.storage / "uploads" / id_of(address))
            assert served.client.ask("{ position }")
            assert sent(served.client)
        finally:
            for each in opened:
                each.__exit__(None, None, None)
        for address in addresses:
            until(lambda address=address: add(served.client, address, b"", 10**6).status_code == 409)


@pytest.mark.slow
def test_what_was_durable_when_the_process_was_killed_is_gone_on_with(process, serve):  # noqa: F811
    running, client = process
    content = bytes(range(256)) * 200_000
    address = created(client, len(content))
    with adding(client, address, len(content), content[:40_000_000]):
        until(lambda: offset_of(client, address) >= 16 * MEGABYTE)
        running.kill()
        running.wait()
    with serve() as served:
        came = offset_of(served.client, address)
        assert 16 * MEGABYTE <= came <= 40_000_000
        assert add(served.client, address, content[came:], came).status_code == 204
        answer = served.client.ask(
            "mutation ($id: ID!) { uploadDataset(input: {uploadId: $id})"
            " { dataset { source { ... on UploadSource { sha256 } } } } }",
            id=id_of(address),
        )
        assert answer["dataset"]["source"]["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.slow
def test_a_chunk_that_was_not_compared_yet_is_not_kept_when_the_process_is_killed(process, serve):  # noqa: F811
    running, client = process
    content = bytes(range(256)) * 100_000
    address = created(client, len(content))
    assert add(client, address, content[:1000], **checksum(content[:1000])).status_code == 204
    told = checksum(content[1000:])["Upload-Checksum"]
    with adding(client, address, len(content) - 1000, content[1000:20_000_000], 1000, told) as connection:
        connection.settimeout(20)
        running.kill()
        running.wait()
    with serve() as served:
        assert offset_of(served.client, address) == 1000
        rest = add(served.client, address, content[1000:], 1000, **checksum(content[1000:]))
        assert rest.status_code == 204


def test_an_upload_is_not_served(shared_api):
    """What was sent is read by its ingest, and by nobody else."""
    address = f"/uploads/{sent(shared_api)}"
    assert shared_api.http.get(address).status_code == 405
    assert shared_api.http.get(f"{address}/content").status_code == 404
