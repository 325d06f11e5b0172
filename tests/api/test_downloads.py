"""Files of exports over HTTP: by signed addresses alone, whole and in ranges."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.ids import global_id
from domain.adapters.downloads import Downloads, FileDownload
from domain.adapters.secret_key import KeyOfSecrets
from tests.api.client import until
from tests.api.conftest import Served
from tests.api.stories import begin
from tests.api.test_exports import EXPORTS

TOKEN = "a-secret-of-the-tests"
CONTENT = bytes(range(256)) * 4096 + b"the end"
NAMES = ("train-00000-of-00001.parquet", "tést-00000-of-00001.parquet")
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def story(shared_adapters):
    files = {NAMES[0]: CONTENT, NAMES[1]: b"PAR1"}
    return begin(shared_adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported(files)


@pytest.fixture(scope="module")
def guarded(shared_adapters):
    served = Served(replace(shared_adapters.settings, api_token=TOKEN))
    yield served.client
    served.stop()


@pytest.fixture
def urls(guarded, story):
    asked = {"query": EXPORTS, "variables": {"id": global_id("Tokenization", story.tokenization)}}
    found = guarded.http.post("/graphql", json=asked, headers=SHOWN).json()["data"]["tokenization"]["exports"]
    return [file["url"] for file in found[0]["files"]]


@pytest.fixture
def get(guarded, urls):
    return lambda **headers: guarded.http.get(urls[0], headers=headers)


def code(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


def test_a_file_is_fetched_without_the_token_by_its_address_alone(get):
    answer = get()
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{NAMES[0]}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "private" in answer.headers["cache-control"]


def test_a_name_in_any_script_is_told_safely(guarded, urls):
    answer = guarded.http.get(urls[1])
    assert answer.content == b"PAR1"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''t%C3%A9st-00000-of-00001.parquet"


def test_a_head_tells_of_the_whole_and_sends_nothing(guarded, urls):
    answer = guarded.http.head(urls[0], headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["etag"]
    assert guarded.http.get(urls[0], headers={"Range": "bytes=-7"}).content == b"the end", "on the same connection"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=1000-", 1000, len(CONTENT)), ("bytes=-7", len(CONTENT) - 7, len(CONTENT)),
     ("bytes=600000-1100000", 600_000, len(CONTENT))],
)  # fmt: skip
def test_a_range_of_it_is_fetched(get, asked, start, stop):
    answer = get(Range=asked)
    assert (answer.status_code, answer.content) == (206, CONTENT[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(stop - start)


def test_a_download_that_was_cut_goes_on_by_a_range_with_another_address(guarded, story, urls):
    with guarded.http.stream("GET", urls[0]) as cut:
        begun = next(cut.iter_raw(100_000))
        etag = cut.headers["etag"]
    later = {"Range": f"bytes={len(begun)}-", "If-Range": etag}
    assert begun + guarded.http.get(urls[0], headers=later).content == CONTENT


def test_of_a_file_that_is_another_by_now_the_whole_comes(get):
    for other in ('"other"', "Wed, 21 Oct 2015 07:28:00 GMT"):
        answer = get(Range="bytes=5-9", **{"If-Range": other})
        assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_range_behind_the_end_is_told_with_the_size(get):
    answer = get(Range=f"bytes={len(CONTENT)}-")
    assert (answer.status_code, code(answer)) == (416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


def test_an_address_that_was_altered_is_forbidden(guarded, urls):
    signed = urls[0].removeprefix("/downloads/")
    named, signature = signed.split(".")
    for altered in (
        *(signed[:-1] + ("0" if signed[-1] != "0" else "1"), named, f"{named}.", f".{signature}", "x", "x.y"),
        *(f"{urls[1].removeprefix('/downloads/').split('.')[0]}.{signature}", signed + "0", "%00", "..%00"),
    ):
        answer = guarded.http.get(f"/downloads/{altered}")
        assert (answer.status_code, code(answer)) == (403, "FORBIDDEN"), altered


@pytest.mark.parametrize(
    "path", ["../secret.key", "..%2fsecret.key", "%2e%2e/%2e%2e/secret.key", "a/../../secret.key", ""]
)
def test_no_path_leads_out(guarded, path):
    """Sent as it stands: clients tidy such paths up."""
    with socket.create_connection(("127.0.0.1", guarded.http.base_url.port)) as plain:
        plain.sendall(f"GET /downloads/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        status = plain.makefile("rb").readline()
    assert status.split()[1] in (b"403", b"404")


def test_an_address_whose_minutes_are_over_is_forbidden(guarded, story, shared_adapters):
    key = KeyOfSecrets(shared_adapters.settings.secret_key, shared_adapters.settings.home)
    for minutes_ago, status in ((14, 200), (16, 403)):
        earlier = Downloads(key, 15, now=lambda ago=minutes_ago: time.time() - ago * 60)
        answer = guarded.http.get(f"/downloads/{earlier.sign(FileDownload(story.export, 0))}")
        assert answer.status_code == status
    assert "ask for the files" in answer.json()["errors"][0]["message"]


def test_the_minutes_are_those_of_the_settings(serve, adapters, settings):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported()
    key = KeyOfSecrets(settings.secret_key, settings.home)
    with serve(download_minutes=30) as served:
        (export,) = served.client.ask(EXPORTS, id=global_id("Tokenization", story.tokenization))["exports"]
        signed = export["files"][0]["url"].removeprefix("/downloads/")
    for minutes, known in ((29, True), (31, False)):
        later = Downloads(key, 1, now=lambda ahead=minutes: time.time() + ahead * 60)
        assert (later.read(signed) is not None) == known


def test_a_name_that_was_pointed_at_this_machine_is_forbidden(get):
    answer = get(Host="evil.example")
    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
    assert get(Origin="https://evil.example").status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_file_is_only_read(guarded, urls, method):
    answer = guarded.http.request(method, urls[0])
    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")


def test_a_file_that_is_gone_or_another_is_not_found(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported()
    (export,) = api.ask(EXPORTS, id=global_id("Tokenization", story.tokenization))["exports"]
    url = export["files"][0]["url"]
    (file,) = adapters.storage.glob("datasets/*/export/*.parquet")
    file.write_bytes(b"something else")
    assert (api.http.get(url).status_code, code(api.http.get(url))) == (404, "NOT_FOUND")
    file.unlink()
    answer = api.http.get(url)
    assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")
    assert "export the tokenization again" in answer.json()["errors"][0]["message"]
    with adapters.pool.connection() as connection:
        connection.execute("DELETE FROM exports")
    assert api.http.get(url).status_code == 404


LARGE_BYTES = 400_000_000
ENDLESS_BYTES = 100_000_000_000
MOST_GROWTH_MEGABYTES = 60


def large_file(adapters, size=LARGE_BYTES):
    """The address of a file that is holes for the most part."""
    story = begin(adapters).is_ready().asks_for_tokens().is_tokenized().asks_for_an_export().is_exported()
    (file,) = adapters.storage.glob("datasets/*/export/*.parquet")
    os.truncate(file, size)
    with adapters.pool.connection() as connection:
        connection.execute("UPDATE exports SET files = jsonb_set(files, '{0,sizeBytes}', %s::jsonb)", (str(size),))
    return "/downloads/" + adapters.downloads.sign(FileDownload(story.export, 0))


def anonymous_megabytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon"))


def test_a_large_file_is_streamed_and_others_are_answered_meanwhile(api, adapters):
    before, received = anonymous_megabytes(), 0
    with api.http.stream("GET", large_file(adapters)) as answer:
        for number, chunk in enumerate(answer.iter_raw()):
            received += len(chunk)
            if number % 1000 == 0:
                assert api.ask("{ position }")
                assert anonymous_megabytes() - before < MOST_GROWTH_MEGABYTES
    assert received == LARGE_BYTES


def test_a_client_that_has_gone_leaves_nothing_behind(serve, adapters):
    with serve() as served:
        before = served.left()
        with served.client.http.stream("GET", large_file(adapters, ENDLESS_BYTES)) as answer:
            chunks = answer.iter_raw()
            next(chunks)
            assert served.left() > before
        until(lambda: served.left() == before)
        assert not [link for link in Path("/proc/self/fd").iterdir() if "/export/" in os.path.realpath(link)]


def test_a_client_that_stalls_is_dropped(serve, adapters):
    with serve(send_seconds=1) as served:
        before = served.left()
        with served.client.http.stream("GET", large_file(adapters, ENDLESS_BYTES)) as answer:
            chunks = answer.iter_raw()
            next(chunks)
            until(lambda: served.left() == before)


def test_a_stop_cuts_a_download_and_its_client_knows(serve, adapters):
    url = large_file(adapters, ENDLESS_BYTES)
    with serve() as served, served.client.http.stream("GET", url) as answer:
        chunks = answer.iter_raw()
        next(chunks)
        served.server.should_exit = True
        with pytest.raises(httpx.RemoteProtocolError):
            deque(chunks, maxlen=0)
        served.thread.join()


def test_curl_goes_on_with_a_download(guarded, urls, tmp_path):
    """As a script does it: -C - asks for the rest of what lies there."""
    target = tmp_path / "file"
    target.write_bytes(CONTENT[:1000])
    subprocess.run(
        ["curl", "-sSf", "-C", "-", "-o", str(target), str(guarded.http.base_url.join(urls[0]))],
        check=True, stdout=sys.stderr,
    )  # fmt: skip
    assert target.read_bytes() == CONTENT
