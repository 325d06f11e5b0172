"""The tus protocol, as far as it is spoken: core, creation, checksum, termination, expiration."""

import hashlib
import os
import re
import time
from email.utils import parsedate_to_datetime

import pytest

from domain.adapters.resumable import DURABLE, TOLD, uploads_of
from tests.api.client import until
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
    named,
    offset_of,
    sent,
    until_held,
)
from tests.api.uploads import code, files_below

ALGORITHMS = ("sha1", "sha256", "sha512")


@pytest.fixture
def uploads(shared_adapters):
    return uploads_of(shared_adapters)


def content_of(uploads, address):
    return (uploads.folder(id_of(address)) / "content").read_bytes()


@pytest.mark.parametrize("address", ["/uploads", "/uploads/0123"])
def test_what_is_spoken_is_told(shared_api, address):
    answer = shared_api.http.options(address)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Tus-Resumable"] == answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(10 * 1024**3)
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,checksum,termination,expiration"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,sha512"


def test_an_upload_is_made_and_looked_at(shared_api):
    answer = create(shared_api, 100)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert re.fullmatch(r"/uploads/[0-9a-z]{32}", answer.headers["Location"])
    found = look(shared_api, answer.headers["Location"])
    assert (found.status_code, found.content) == (200, b"")
    told = {name: found.headers[name] for name in ("Upload-Offset", "Upload-Length", "Cache-Control")}
    assert told == {"Upload-Offset": "0", "Upload-Length": "100", "Cache-Control": "no-store"}
    assert found.headers["Upload-Metadata"] == named("rows.csv")["Upload-Metadata"]
    for expires in (answer.headers["Upload-Expires"], found.headers["Upload-Expires"]):
        left = parsedate_to_datetime(expires).timestamp() - time.time()
        assert 23.9 * 3600 < left <= 24 * 3600


def test_ids_cannot_be_guessed(shared_api):
    addresses = {created(shared_api) for _ in range(5)}
    assert len({address[:20] for address in addresses}) == 5


def test_a_file_comes_in_pieces_and_is_whole(shared_api, uploads):
    address = created(shared_api)
    for offset in range(0, len(CONTENT), 10):
        answer = add(shared_api, address, CONTENT[offset : offset + 10], offset)
        assert (answer.status_code, answer.content) == (204, b"")
        reached = min(offset + 10, len(CONTENT))
        assert answer.headers["Upload-Offset"] == str(reached)
        assert offset_of(shared_api, address) == reached
    assert content_of(uploads, address) == CONTENT
    assert uploads.find(id_of(address)).sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_file_may_come_without_its_length_in_the_request(shared_api, uploads):
    address = created(shared_api)
    assert add(shared_api, address, iter([CONTENT[:5], CONTENT[5:]])).status_code == 204
    assert content_of(uploads, address) == CONTENT


def test_a_file_of_nothing_is_whole_at_once(shared_api, uploads):
    address = created(shared_api, 0)
    assert uploads.find(id_of(address)).is_whole
    assert add(shared_api, address, b"").status_code == 204


def test_the_first_bytes_may_come_with_the_creation(shared_api, uploads):
    headers = {**TUS, "Upload-Length": str(len(CONTENT)), "Content-Type": BODY}
    answer = shared_api.http.post("/uploads", content=CONTENT[:9], headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "9")
    address = answer.headers["Location"]
    assert add(shared_api, address, CONTENT[9:], 9).headers["Upload-Offset"] == str(len(CONTENT))
    assert uploads.find(id_of(address)).sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": BODY, **checksum(b"other")}, 460),
        ({"Content-Type": BODY, "Upload-Length": "5"}, 413),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_of_a_creation_whose_bytes_are_refused_nothing_is_left(clean, shared_adapters, headers, status):
    asked = {**TUS, "Upload-Length": str(len(CONTENT)), **headers}
    before = files_below(shared_adapters.storage)
    assert clean.http.post("/uploads", content=CONTENT, headers=asked).status_code == status
    assert files_below(shared_adapters.storage) == before


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_right_checksum_lets_a_chunk_in_and_a_wrong_one_keeps_nothing_of_it(shared_api, uploads, algorithm):
    address = created(shared_api)
    assert add(shared_api, address, CONTENT[:9], **checksum(CONTENT[:9], algorithm)).status_code == 204
    wrong = add(shared_api, address, CONTENT[9:], 9, **checksum(CONTENT, algorithm))
    assert (wrong.status_code, code(wrong), wrong.headers["Tus-Resumable"]) == (460, "CHECKSUM_MISMATCH", "1.0.0")
    assert offset_of(shared_api, address) == 9
    assert content_of(uploads, address) == CONTENT[:9]
    assert add(shared_api, address, CONTENT[9:], 9, **checksum(CONTENT[9:], algorithm)).status_code == 204
    assert uploads.find(id_of(address)).sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    "told", ["", "md4 AAAA", "sha256", "sha256 !!!", "sha256 AAAA", "sha1 " + encoded(b"x" * 32), "x" * 9000]
)
def test_a_checksum_that_is_none_is_refused_before_anything_is_kept(shared_api, told):
    address = created(shared_api)
    answer = add(shared_api, address, CONTENT, **{"Upload-Checksum": told})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert offset_of(shared_api, address) == 0


@pytest.mark.parametrize("offset", [0, 8, 10, 10**17])
def test_what_begins_elsewhere_than_the_upload_ends_is_a_conflict(shared_api, offset):
    address = created(shared_api)
    add(shared_api, address, CONTENT[:9])
    answer = add(shared_api, address, b"x", offset)
    assert (answer.status_code, code(answer)) == (409, "OFFSET_MISMATCH")
    assert offset_of(shared_api, address) == 9


@pytest.mark.parametrize("offset", ["", "x", "-1", "+1", "1.0", "٣", "9" * 30])
def test_an_offset_that_is_no_number_is_refused(shared_api, offset):
    answer = add(shared_api, created(shared_api), b"x", **{"Upload-Offset": offset.encode()})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "application/octet-stream"])
def test_bytes_of_another_type_are_refused(shared_api, kind):
    answer = add(shared_api, created(shared_api), b"x", **{"Content-Type": kind})
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_more_bytes_than_were_told_of_are_refused(shared_api, uploads):
    address = created(shared_api, 5)
    for content in (b"123456", iter([b"123", b"456"])):
        answer = add(shared_api, address, content)
        assert (answer.status_code, code(answer)) == (413, "PAYLOAD_TOO_LARGE")
    assert len(content_of(uploads, address)) <= 5


@pytest.mark.slow
def test_what_came_before_the_connection_was_cut_is_kept(shared_api, uploads):
    content = bytes(range(256)) * 12_000
    address = created(shared_api, len(content))
    with adding(shared_api, address, len(content), content[:2_000_000]):
        pass
    until(lambda: offset_of(shared_api, address) > 1_500_000)
    came = offset_of(shared_api, address)
    assert came <= 2_000_000
    assert content_of(uploads, address) == content[:came]
    assert add(shared_api, address, content[came:], came).status_code == 204
    assert uploads.find(id_of(address)).sha256 == hashlib.sha256(content).hexdigest()


def test_of_two_at_once_the_second_is_told_to_try_again_and_the_first_goes_on(shared_api, uploads):
    address = created(shared_api)
    with adding(shared_api, address, len(CONTENT), CONTENT[:9]) as first:
        until_held(uploads.folder(id_of(address)))
        for second in (add(shared_api, address, CONTENT), shared_api.http.delete(address, headers=TUS)):
            assert (second.status_code, code(second)) == (423, "LOCKED")
        first.sendall(CONTENT[9:])
        assert first.recv(1000).startswith(b"HTTP/1.1 204")
    assert content_of(uploads, address) == CONTENT


def test_an_upload_that_is_ended_is_gone_with_its_file(shared_api, uploads):
    address = created(shared_api)
    add(shared_api, address, CONTENT[:9])
    answer = shared_api.http.delete(address, headers=TUS)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not uploads.folder(id_of(address)).exists()
    for again in (look(shared_api, address), add(shared_api, address, b"x", 9)):
        assert again.status_code == 404
        assert "Upload-Offset" not in again.headers
    assert shared_api.http.delete(address, headers=TUS).status_code == 404


@pytest.mark.parametrize("name", ["0" * 32, "x", "%2e%2e", "..%2f..%2fetc", "%00", "A" * 32, "0" * 31 + "%0a"])
def test_what_is_no_upload_is_not_found(shared_api, name):
    assert look(shared_api, f"/uploads/{name}").status_code == 404
    assert shared_api.http.delete(f"/uploads/{name}", headers=TUS).status_code == 404


def test_an_upload_to_which_nothing_is_added_for_long_is_gone(shared_api, uploads):
    old, young = created(shared_api), created(shared_api)
    cut, torn = uploads.folder("0" * 32), uploads.folder("1" * 32)
    for folder in (cut, torn):
        folder.mkdir()
    for name in (TOLD, DURABLE):
        (torn / name).touch()
    long_ago = time.time() - 25 * 3600
    for path in (uploads.folder(id_of(old)) / DURABLE, cut, torn):
        os.utime(path, (long_ago, long_ago))
    assert look(shared_api, old).status_code == 404
    uploads.sweep()
    assert [uploads.folder(id_of(address)).exists() for address in (old, young)] == [False, True]
    assert not cut.exists()
    assert not torn.exists()


def test_one_that_is_written_to_is_not_given_up(shared_api, uploads):
    address = created(shared_api)
    folder = uploads.folder(id_of(address))
    with adding(shared_api, address, len(CONTENT), CONTENT[:9]) as connection:
        until_held(folder)
        long_ago = time.time() - 25 * 3600
        os.utime(folder / DURABLE, (long_ago, long_ago))
        uploads.sweep()
        connection.sendall(CONTENT[9:])
        assert connection.recv(1000).startswith(b"HTTP/1.1 204")
    assert offset_of(shared_api, address) == len(CONTENT)


def test_a_client_that_can_only_post_says_what_it_means(shared_api):
    address = created(shared_api)
    headers = {**TUS, "Content-Type": BODY, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert shared_api.http.post(address, content=CONTENT, headers=headers).status_code == 204
    assert shared_api.http.post(address, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert look(shared_api, address).status_code == 404


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("GET", "/uploads", "OPTIONS, POST"),
        ("PUT", "/uploads", "OPTIONS, POST"),
        ("GET", "/uploads/0", "OPTIONS, HEAD, PATCH, DELETE"),
        ("POST", "/uploads/0", "OPTIONS, HEAD, PATCH, DELETE"),
    ],
)
def test_other_methods_are_not_allowed(shared_api, method, address, allowed):
    answer = shared_api.http.request(method, address, headers=TUS)
    assert (answer.status_code, code(answer), answer.headers["Allow"]) == (405, "METHOD_NOT_ALLOWED", allowed)


@pytest.mark.parametrize("version", [None, "", "0.2.2", "1.0.1", "2"])
def test_another_version_of_the_protocol_is_refused(shared_api, version):
    address = created(shared_api)
    told = {} if version is None else {"Tus-Resumable": version}
    for method, where in (("POST", "/uploads"), ("PATCH", address), ("DELETE", address)):
        answer = shared_api.http.request(method, where, headers={"Upload-Length": "1", **told})
        assert (answer.status_code, code(answer)) == (412, "PRECONDITION_FAILED")
        assert answer.headers["Tus-Version"] == "1.0.0"
    assert shared_api.http.head(address, headers=told).status_code == 412


def test_a_small_file_is_an_upload_too(shared_api, uploads):
    assert uploads.find(sent(shared_api, b"x")).sha256 == hashlib.sha256(b"x").hexdigest()
