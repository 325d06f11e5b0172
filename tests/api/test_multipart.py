"""Multipart requests: what is one, what is none, and that nothing is left of any."""

import socket
from zlib import crc32

import pytest

from tests.api.client import until
from tests.api.uploads import (
    ASKED,
    CSV,
    FILE,
    FILES,
    MAP,
    MAPPED,
    OPERATIONS,
    UPLOAD,
    code,
    files_below,
    part,
    post,
    post_raw,
    send,
    whole,
)

GRAPHQL = "application/graphql-response+json"
MEGABYTE = 1 << 20
HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nGraphQL-Preflight: 1\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n"
)


def test_a_request_of_these_parts_is_one(shared_api):
    for extra in (b"\r\n", b"an epilogue", b""):
        answer = post_raw(shared_api, whole(ASKED, MAPPED, FILE) + extra)
        assert answer.json()["data"]["uploadDataset"]["errors"] == []


@pytest.mark.parametrize("accept", [GRAPHQL, "application/json"])
def test_an_upload_is_answered_like_any_operation(shared_api, accept):
    answer = send(shared_api, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{accept}; charset=utf-8")
    assert answer.json()["extensions"]["cost"]["cost"] > 0
    assert answer.json()["data"]["uploadDataset"]["errors"] == []


def test_an_upload_may_be_answered_as_a_stream(shared_api):
    answer = send(shared_api, headers={"Accept": "text/event-stream"})
    assert '"errors":[]' in answer.text
    assert answer.text.endswith("event: complete\ndata:\n\n")


def test_operations_without_files_come_in_this_way_too(clean):
    answer = post(clean, {"query": "{ position }"}, {}, {"nothing": ("", b"")})
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert post_raw(clean, whole(part("operations", b'{"query": "{ position }"}'), part("map", b"{}"))).json()["data"]


@pytest.mark.parametrize("preflight", [None, ""])
def test_without_the_header_that_other_sites_cannot_send_it_is_forbidden(clean, preflight):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    headers |= {} if preflight is None else {"GraphQL-Preflight": preflight}
    answer = clean.http.post("/graphql", content=whole(ASKED, MAPPED, FILE), headers=headers)
    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "map_",
    [
        None,
        [],
        "0",
        1,
        {"0": "variables.input.file"},
        {"0": {"variables": "input"}},
        {"0": []},
        {"0": [None]},
        {"0": [["variables"]]},
        {"0": ["variables.input.file", "variables.input.file"]},
        {"0": ["variables.input.file"], "1": ["variables.input.file"]},
        {"0": ["variables.input.file"] + [f"variables.{number}" for number in range(20)]},
        *({"0": [path]} for path in ("", "variables", "query", "variables.", "variables.input", "variables.other")),
        *({"0": [path]} for path in ("variables.input.file.x", "variables.input.0", "input.file", "0.variables")),
        *({"0": [path]} for path in ("variables.input.__class__", "variables." * 10_000, "variables.\ud800")),
    ],
)
def test_a_map_that_is_none_or_leads_nowhere_is_a_bad_request(clean, map_):
    answer = post(clean, OPERATIONS, map_, FILES)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("index", ["-1", "2", "00", "1.0", "x", "\u0661", "9" * 5000])
def test_a_place_in_a_list_is_named_by_its_number(clean, index):
    document = {"query": "query ($f: [Upload]) { position }", "variables": {"f": [None, None]}}
    assert code(post(clean, document, {"0": [f"variables.f.{index}"]}, FILES)) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "operations",
    [None, [], [OPERATIONS], {}, "x", 1, {"query": 1}, {"query": UPLOAD, "variables": []}, {"query": UPLOAD}],
)
def test_operations_that_are_none_or_many_are_a_bad_request(clean, operations):
    answer = post(clean, operations, MAP, FILES)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"junk",
        b"--x",
        b"--x--\r\n",
        b"--y\r\n\r\n",
        whole(),
        whole(ASKED),
        whole(ASKED, MAPPED),
        whole(MAPPED, ASKED, FILE),
        whole(FILE, ASKED, MAPPED),
        whole(ASKED, FILE, MAPPED),
        whole(ASKED, ASKED, MAPPED, FILE),
        whole(ASKED, MAPPED, MAPPED, FILE),
        whole(ASKED, MAPPED, FILE, FILE),
        whole(ASKED, MAPPED, FILE, part("1", CSV, filename="b.csv")),
        whole(ASKED, MAPPED, part("1", CSV, filename="b.csv")),
        whole(ASKED, MAPPED, part("0", CSV)),
        whole(ASKED, MAPPED, b"--x\r\n\r\ndata\r\n"),
        whole(ASKED, MAPPED, b"--x\r\nno header\r\n\r\n"),
        whole(ASKED, MAPPED, b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\ndata\r\n'),
        whole(ASKED, MAPPED, b'--x\r\nContent-Disposition: attachment; name="0"; filename="a"\r\n\r\ndata\r\n'),
        whole(ASKED, MAPPED, part("0", b"YQ==", "Content-Transfer-Encoding: base64", filename="a.csv")),
        whole(ASKED, MAPPED, part("0", CSV, "X: " + "y" * 100_000, filename="a.csv")),
        whole(ASKED, MAPPED, part("0", CSV, *["X: y"] * 1000, filename="a.csv")),
        whole(ASKED, MAPPED, part("0" * 100_000, CSV, filename="a.csv")),
        whole(*[part(str(number), CSV, filename="a.csv") for number in range(10_000)]),
        whole(ASKED, MAPPED, *[part(str(number), CSV, filename="a.csv") for number in range(10_000)]),
        whole(ASKED, MAPPED, FILE)[:-8],
        (ASKED + MAPPED + FILE)[:-20],
        whole(part("operations", b"{"), MAPPED, FILE),
        whole(part("operations", b"\xff"), MAPPED, FILE),
        whole(part("operations", b"[" * 20_000), MAPPED, FILE),
        whole(ASKED, part("map", b"{"), FILE),
    ],
    ids=lambda body: f"{len(body)}-{crc32(body)}",
)
def test_a_body_that_is_no_such_request_is_a_bad_request(clean, body):
    answer = post_raw(clean, body)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("boundary", ["", "; boundary", "; boundary=", "; boundary=" + "b" * 300, "; boundary=y", ";;"])
def test_a_boundary_that_is_none_is_a_bad_request(clean, boundary):
    answer = post_raw(clean, whole(ASKED, MAPPED, FILE), "multipart/form-data" + boundary)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


def test_a_body_that_is_packed_is_415(clean):
    answer = post_raw(clean, whole(ASKED, MAPPED, FILE), **{"Content-Encoding": "gzip"})
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_request_that_says_it_is_too_long_is_refused_before_it_is_sent(clean):
    with socket.create_connection(("127.0.0.1", clean.http.base_url.port), timeout=20) as connection:
        connection.sendall(HEAD + f"Content-Length: {33 * MEGABYTE}\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_request_that_turns_out_to_be_too_long_is_413(clean):
    body = (ASKED, MAPPED, part("0", b"x" * 33 * MEGABYTE, filename="a.txt"), b"--x--\r\n")
    answer = post_raw(clean, iter(body))
    assert (answer.status_code, code(answer)) == (413, "UPLOAD_TOO_LARGE")


@pytest.mark.parametrize("name", ["operations", "map"])
def test_what_is_no_file_is_as_long_as_other_requests(clean, name):
    parts = {"operations": ASKED, "map": MAPPED} | {name: part(name, b" " * (MEGABYTE + 1))}
    answer = post_raw(clean, whole(*parts.values(), FILE))
    assert (answer.status_code, code(answer)) == (413, "PAYLOAD_TOO_LARGE")


def test_the_length_is_that_of_the_settings(serve):
    with serve(max_multipart_bytes=2000) as served:
        assert send(served.client).status_code == 200
        assert send(served.client, b"x" * 2000).status_code == 413


def test_a_request_that_is_cut_leaves_nothing(clean, shared_adapters, caplog):
    body = ASKED + MAPPED + part("0", b"x" * 2 * MEGABYTE, filename="a.txt")
    with socket.create_connection(("127.0.0.1", clean.http.base_url.port)) as connection:
        connection.sendall(HEAD + f"Content-Length: {3 * MEGABYTE}\r\n\r\n".encode() + body)
        until(lambda: any(name.startswith("incoming/") for name in files_below(shared_adapters.storage)))
    until(lambda: not any(name.startswith("incoming/") for name in files_below(shared_adapters.storage)))
    assert caplog.records == []
