"""Requests that mean harm, in one table: each with the answer that it gets, and nothing is left of any of them.

What else is refused stands beside what it is about: documents in test_limits, bodies in test_junk, uploads in
test_upload_limits and test_tus_limits, tokens in test_redaction and test_tokens_in_addresses, addresses of files in
test_downloads, imports in test_import_dataset, what comes slowly in test_slow_requests, repositories and archives in
tests/workers/test_hostile_repositories.
"""

import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.api.client import PATIENCE_SECONDS
from tests.api.conftest import Served
from tests.api.operations import DESCRIBE, DOWNLOAD, IMPORT, REFERENCE, TOKENIZE
from tests.api.uploads import files_below

METADATA_SERVICE = "http://169.254.169.254/latest/meta-data"
SAVE = "mutation ($input: SavePresetInput!) { savePreset(input: $input) { preset { id } errors { code path } } }"
UPLOAD = "mutation ($input: UploadDatasetInput!) { uploadDataset(input: $input) { errors { code path } } }"
HUB = "query ($r: String!) { hubDataset(repository: $r) { accessible error { code } } }"
PLAN = "query ($input: TokenizeDatasetInput!) { planTokenization(input: $input) { error { code } } }"

ELSEWHERE = (
    *(METADATA_SERVICE, "file:///etc/passwd", "//169.254.169.254/x", "169.254.169.254/x@evil.example", "[::1]/x"),
    *("..", "../..", "../../etc/passwd", "acme/..", "acme/../..", "acme/%2e%2e", "acme\\..\\x", "acme/x?y", "acme/x#y"),
    *("acme/x y", "acme/x\nHost: evil.example", "acme/x\u0000", "acme/\u2025", "\u002e\u002e/x", "gopher://x/y"),
)
NO_FOLDERS = (
    "file:..",
    "file:../../etc",
    "file:/etc/passwd",
    "file:a/../../b",
    "builtin:../x",
    "builtin:os",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_repository_is_a_name_and_never_an_address_or_a_path(clean, name):
    (error,) = clean.ask(DOWNLOAD, input={"repository": name})["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["repository"])
    assert clean.ask(HUB, r=name) == {"accessible": False, "error": {"code": "INVALID_INPUT"}}


@pytest.mark.parametrize("name", [*ELSEWHERE, *NO_FOLDERS])
def test_a_tokenizer_is_a_name_or_a_folder_below_the_setting_and_nothing_else(clean, name):
    asked = {"datasetId": "x", "tokenizer": name}
    for document in (TOKENIZE, SAVE):
        given = asked if document == TOKENIZE else {"tokenizer": name, "name": "mine"}
        (error,) = clean.ask(document, input=given)["errors"]
        assert (error["code"], error["path"]) == ("INVALID_INPUT", ["tokenizer"])


UP, CUT = "../../up", "up\x00/../../out"
INVALID = [
    *((DOWNLOAD, {"repository": "a/b", field: UP}, [field]) for field in ("config", "revision")),
    *((DOWNLOAD, {"repository": "a/b", field: [UP]}, [field, "0"]) for field in ("splits", "files")),
    (DOWNLOAD, {"repository": "a/b", "revision": METADATA_SERVICE}, ["revision"]),
    *((DOWNLOAD, {"repository": "a/b", field: CUT}, [field]) for field in ("name", "textColumn", "idempotencyKey")),
    (DOWNLOAD, {"repository": "a/b", "tags": [CUT]}, ["tags", "0"]),
    *((IMPORT, {"path": path}, ["path"]) for path in (UP, "/etc/passwd", "/proc/self/environ", "file:///etc/passwd")),
    (IMPORT, {"path": CUT}, ["path"]),
    (IMPORT, {"path": "a.csv", "split": UP}, ["split"]),
    (SAVE, {"tokenizer": "builtin:byt5", "name": CUT}, ["name"]),
    *((DESCRIBE, {"datasetId": "x", field: CUT}, [field]) for field in ("name", "textColumn")),
    *((REFERENCE, {"datasetId": "x", "reference": name}, ["reference"]) for name in (UP, "/etc/passwd", CUT)),
]
NOT_THERE = [
    (UPLOAD, {"uploadId": UP}, ["uploadId"]),
    *((document, {"datasetId": UP, **given}, ["datasetId"]) for document, given in (
        (TOKENIZE, {"tokenizer": "builtin:byt5"}), (DESCRIBE, {"name": "x"}), (REFERENCE, {"reference": "x"}))),
]  # fmt: skip


@pytest.mark.parametrize(("document", "given", "path"), INVALID, ids=range(len(INVALID)))
def test_no_name_leads_up_and_out(clean, document, given, path):
    (error,) = clean.ask(document, input=given)["errors"]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)


@pytest.mark.parametrize(("document", "given", "path"), NOT_THERE, ids=range(len(NOT_THERE)))
def test_an_id_that_leads_up_and_out_is_nobody_s(clean, document, given, path):
    (error,) = clean.ask(document, input=given)["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", path)


def test_a_name_that_is_only_told_may_look_like_a_path_and_is_none(api, adapters):
    """Datasets, presets and tags are called as people like; their files lie below ids."""
    around = adapters.settings.home.parent
    before = files_below(around)
    spoken = {"name": UP, "textColumn": UP, "tags": [UP, "/etc/passwd"], "idempotencyKey": UP}
    dataset = api.ask(DOWNLOAD, input={"repository": "a/b", **spoken})["dataset"]
    assert (dataset["name"], dataset["tags"]) == (UP, [UP, "/etc/passwd"])
    described = api.ask(DESCRIBE, input={"datasetId": dataset["id"], "name": "/etc/passwd", "tags": [UP]})
    assert described["errors"] == []
    assert api.ask(REFERENCE, input={"datasetId": dataset["id"], "reference": "a/../../up"})["errors"] == []
    assert api.ask(SAVE, input={"tokenizer": "builtin:byt5", "name": UP, "idempotencyKey": "../up"})["errors"] == []
    assert files_below(around) == before


def raw(port, *sent, patience=PATIENCE_SECONDS):
    """What is answered to these very bytes, which no client has made decent."""
    with socket.create_connection(("127.0.0.1", port), patience) as connection:
        for part in sent:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def request(line, *headers, body=b""):
    return "\r\n".join((line, "Host: localhost", "Connection: close", *headers, "", "")).encode() + body


def status(told):
    return int(told.split()[1])


@pytest.fixture(scope="module")
def guarded(shared_adapters, tmp_path_factory):
    """The port of an API with pages. A secret lies one folder and two above their files, and in its home."""
    above = tmp_path_factory.mktemp("web")
    assets = above / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets / "page.js").write_text("let answer = 42;")
    home = shared_adapters.settings.home
    home.mkdir(exist_ok=True)
    for folder in (above / "dist", above, home):
        (folder / "secret.key").write_text(SECRET)
    served = Served(shared_adapters.settings, above / "dist")
    assert status(raw(served.port, request("GET /assets/page.js HTTP/1.1"))) == 200
    yield served.port
    served.stop()


SECRET = "the key of this home, which is nobody's business"
PATHS = [
    *("/assets/../secret.key", "/assets/../../secret.key", "/assets/..%2fsecret.key", "/assets/..%2f..%2fsecret.key"),
    *("/assets/%2e%2e/secret.key", "/assets/%2e%2e/%2e%2e/secret.key", "/assets/%2e%2e%2f%2e%2e%2fsecret.key"),
    *(
        "/assets/..%5csecret.key",
        "/assets/../assets/page.js",
        "/assets/..",
        "/assets//etc/passwd",
        "/assets/page.js%00",
    ),
    *("/../../etc/passwd", "//etc/passwd", "/etc/passwd", "/%00"),
    *("/downloads/../secret.key", "/downloads/..%2fsecret.key", "/downloads/samples/..%2f..%2fx.jsonl", "/health/../x"),
    *("/uploads/../../etc/passwd", "/uploads/..%2f..%2fetc", "/metrics/../secret.key", "/graphql/../secret.key"),
]


@pytest.mark.parametrize("path", PATHS)
def test_no_address_leads_to_a_file_that_is_not_meant(guarded, path):
    told = raw(guarded, request(f"GET {path} HTTP/1.1", "Tus-Resumable: 1.0.0"))
    assert SECRET.encode() not in told
    assert b"root:" not in told
    assert status(told) == 404


LARGE = "x" * 70_000
BODY = ("Content-Type: application/json", "Origin: http://localhost")
TUS = ("Tus-Resumable: 1.0.0",)
TOO_MUCH = {
    "an address": (400, request(f"GET /graphql?query={LARGE} HTTP/1.1")),
    "a header": (400, request("GET / HTTP/1.1", f"X-Large: {LARGE}")),
    "many headers": (400, request("GET / HTTP/1.1", *(f"X-{number}: {number}" for number in range(20_000)))),
    "a body by its length": (413, request("POST /graphql HTTP/1.1", *BODY, "Content-Length: 99999999999")),
    "a body without a length": (413, request("POST /graphql HTTP/1.1", *BODY, "Transfer-Encoding: chunked")),
    "a length beyond all": (400, request("POST /graphql HTTP/1.1", *BODY, f"Content-Length: {'9' * 40}")),
    "an upload": (413, request("POST /uploads HTTP/1.1", *TUS, f"Upload-Length: {10**15}")),
    "an upload beyond all": (400, request("POST /uploads HTTP/1.1", *TUS, f"Upload-Length: {'9' * 400}")),
    "its metadata": (400, request("POST /uploads HTTP/1.1", *TUS, "Upload-Length: 1", "Upload-Metadata: a " + LARGE)),
}  # fmt: skip


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_is_too_much_is_refused_before_it_is_held(clean, what):
    wanted, sent = TOO_MUCH[what]
    chunks = [b"10000\r\n" + b" " * 0x10000 + b"\r\n"] * 20 if "without" in what else []
    try:
        told = raw(clean.http.base_url.port, sent, *chunks)
    except OSError:  # cut while it was still sent
        told = b""
    assert not told or status(told) == wanted, told[:200]
    assert told or "head" in what or "address" in what or "without" in what or "metadata" in what


def test_a_variable_an_alias_and_an_id_too_many_are_refused(clean):
    asked = {"query": "{ position }", "variables": {"a": "x" * (1 << 20)}}
    assert clean.http.post("/graphql", json=asked).status_code == 413
    many = "{ " + " ".join(f"a{n}: position" for n in range(99)) + " }"
    assert clean.refused(many)["extensions"]["code"] == "ALIAS_LIMIT"
    nodes = "query ($i: [ID!]!) { nodes(ids: $i) { id } }"
    assert clean.refused(nodes, i=["x"] * 101)["extensions"]["code"] == "BAD_USER_INPUT"


EVIL = "https://evil.example"
ACROSS = {
    "a post": ("POST /graphql HTTP/1.1", "Content-Type: application/json"),
    "a query": ("GET /graphql?query={position} HTTP/1.1",),
    "a preflight": ("OPTIONS /graphql HTTP/1.1", "Access-Control-Request-Method: POST"),
    "an upload": ("POST /uploads HTTP/1.1", *TUS, "Upload-Length: 1"),
    "a look at the metrics": ("GET /metrics HTTP/1.1",),
}  # fmt: skip


@pytest.mark.parametrize("what", ACROSS)
def test_a_page_of_another_site_may_ask_nothing(clean, what):
    line, *headers = ACROSS[what]
    told = raw(clean.http.base_url.port, request(line, *headers, f"Origin: {EVIL}"))
    assert status(told) == 403
    assert b"access-control-allow" not in told.lower()


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 403),
        ("", 415),
    ],
)
def test_what_a_page_may_send_without_asking_first_is_taken_for_nothing(clean, kind, wanted):
    body = b'{"query": "mutation { savePreset(input: {name: \\"x\\", tokenizer: \\"builtin:byt5\\"}) { replayed } }"}'
    told = raw(
        clean.http.base_url.port,
        request("POST /graphql HTTP/1.1", f"Content-Type: {kind}", f"Content-Length: {len(body)}", body=body),
    )
    assert status(told) == wanted


def test_a_socket_of_another_site_is_not_opened(clean):
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(clean.address, origin=EVIL, subprotocols=["graphql-transport-ws"]),
    ):
        raise AssertionError("it was opened")
    assert refused.value.response.status_code == 403
