"""The pages that a browser is given, and the files that they load."""

import gzip
import re
from dataclasses import replace

import pytest

from api.pages import NONCE
from tests.api.client import Client
from tests.api.conftest import Served

SCRIPT = "let answer = 42;\n" * 100
AS_A_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder as the build leaves it, with a file beside it that is nobody's business."""
    folder = tmp_path_factory.mktemp("web") / "dist"
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (folder / "playground.html").write_text('<!doctype html><script type="module" src="/assets/p-1a2b.js"></script>')
    nonce = NONCE.decode()
    (folder / "index.html").write_text(
        f'<!doctype html><meta property="csp-nonce" nonce="{nonce}"><div id="app"></div>'
    )
    (folder / "secret").write_text("secret")
    (assets / "p-1a2b.js").write_text(SCRIPT)
    (assets / "p-1a2b.js.br").write_bytes(b"as brotli")
    (assets / "p-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (assets / "font-3c4d.ttf").write_bytes(b"\0\1")
    (assets / ".hidden").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def pages_api(shared_adapters, built):
    served = Served(shared_adapters.settings, built)
    yield served.client
    served.stop()


def raw(api: Client, path: str, **headers: str):
    """The answer with its body as it was sent."""
    with api.http.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def policy_of(answer):
    """The directives of an answer's policy, by name."""
    told = answer.headers["Content-Security-Policy"]
    return dict(re.fullmatch(r"([\w-]+) (.*)", part).groups() for part in told.split("; "))


def test_a_browser_is_given_the_playground_and_asks_for_it_anew_each_time(pages_api):
    page = pages_api.http.get("/graphql", headers=AS_A_BROWSER)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "/assets/p-1a2b.js" in page.text
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.headers["Vary"] == "Accept"


def test_the_playground_may_run_its_own_scripts_only_and_speak_to_its_own_server_only(pages_api):
    page = pages_api.http.get("/graphql", headers=AS_A_BROWSER)
    policy = policy_of(page)
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert (policy["script-src"], policy["connect-src"]) == ("'self'", "'self'")
    assert [name for name, value in policy.items() if "unsafe" in value] == ["style-src"]
    assert not re.search(r"https?:|\*", page.headers["Content-Security-Policy"])


CLIENT = ("/", "/datasets/RGF0/samples", "/jobs", "/storage")


@pytest.mark.parametrize("address", CLIENT)
def test_a_browser_is_given_the_client_at_each_of_its_addresses_and_another_caller_a_welcome(pages_api, address):
    page = pages_api.http.get(address, headers=AS_A_BROWSER)
    assert '<div id="app">' in page.text
    assert (page.headers["Cache-Control"], page.headers["Vary"]) == ("no-cache", "Accept")
    assert "/graphql" in pages_api.http.get(address).text


def test_an_address_that_the_client_does_not_have_is_not_there_and_a_browser_is_told_so_by_the_client(pages_api):
    page = pages_api.http.get("/nothing", headers=AS_A_BROWSER)
    assert (page.status_code, '<div id="app">' in page.text) == (404, True)
    for answer in (
        pages_api.http.get("/nothing"),
        pages_api.http.post("/nothing", headers=AS_A_BROWSER),
        pages_api.http.get("/assets/nothing.js", headers=AS_A_BROWSER),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")


def test_the_client_may_run_its_own_scripts_only_and_write_styles_that_show_the_nonce_of_this_answer(pages_api):
    answers = [pages_api.http.get("/", headers=AS_A_BROWSER) for _ in range(2)]
    nonces = [re.search(r'nonce="([^"]+)"', answer.text)[1] for answer in answers]
    assert len({*nonces, NONCE.decode()}) == 3
    for answer, nonce in zip(answers, nonces, strict=True):
        policy = policy_of(answer)
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert policy["style-src"] == f"'self' 'nonce-{nonce}'"
        assert not re.search(r"unsafe|https?:|\*", answer.headers["Content-Security-Policy"])


def test_a_client_that_was_not_built_leaves_the_welcome(shared_api):
    assert "/graphql" in shared_api.http.get("/", headers=AS_A_BROWSER).text


def test_a_page_needs_no_token_and_what_it_asks_does(shared_adapters, built):
    served = Served(replace(shared_adapters.settings, api_token="secret"), built)
    try:
        assert "/assets/p-1a2b.js" in served.client.http.get("/graphql", headers=AS_A_BROWSER).text
        assert served.client.http.get("/assets/p-1a2b.js").status_code == 200
        assert served.client.http.post("/graphql", json={"query": "{ position }"}).status_code == 401
        shown = {"Authorization": "Bearer secret"}
        assert served.client.http.post("/graphql", json={"query": "{ position }"}, headers=shown).status_code == 200
    finally:
        served.stop()


def test_the_locked_profile_has_no_pages(shared_adapters, built):
    served = Served(replace(shared_adapters.settings, profile="locked"), built)
    try:
        page = served.client.http.get("/graphql", headers=AS_A_BROWSER)
        assert page.status_code == 405
        assert page.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
        welcome = served.client.http.get("/", headers=AS_A_BROWSER).text
        assert "<div" not in welcome, "none of the client's documents would be run"
        assert "<div" not in served.client.http.get("/nothing", headers=AS_A_BROWSER).text
    finally:
        served.stop()


def test_the_same_address_answers_a_client_that_asks_for_json(pages_api):
    assert pages_api.ask("{ position }")
    answer = pages_api.http.get("/graphql", params={"query": "{ position }"}, headers={"Accept": "application/json"})
    assert answer.json()["data"]["position"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("br;q=0.0, gzip;q=0", None),
        ("", None),
        ("identity", None),
    ],
)
def test_a_file_comes_in_the_best_encoding_that_the_browser_takes(pages_api, built, accepted, encoding):
    answer, body = raw(pages_api, "/assets/p-1a2b.js", **{"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert body == (built / "assets" / f"p-1a2b.js{ {'br': '.br', 'gzip': '.gz', None: ''}[encoding] }").read_bytes()
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["p-1a2b.js", "font-3c4d.ttf"])
def test_a_file_is_kept_for_ever_and_is_taken_for_nothing_else(pages_api, name):
    answer, _ = raw(pages_api, f"/assets/{name}")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fsecret", "%2e%2e/secret", ".hidden", "", "p-1a2b.js%00", "%2Fetc"]
)
def test_what_is_no_file_of_the_pages_is_not_there(pages_api, name):
    answer, body = raw(pages_api, f"/assets/{name}")
    assert answer.status_code == 404
    assert b"secret" not in body
