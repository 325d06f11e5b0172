"""The rows of a search as JSON lines over HTTP: by a signed address alone, all of them, in order."""

import json
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from api.app import SEARCHES_AT_ONCE
from api.ids import global_id
from api.sample_search import answer_search
from domain.adapters.downloads import Downloads, FileDownload, SamplesDownload
from domain.adapters.secret_key import KeyOfSecrets
from tests.api.client import until
from tests.api.searchable import is_indexed, mapped_below, rows
from tests.api.stories import begin
from tests.api.test_downloads import MOST_GROWTH_MEGABYTES, anonymous_megabytes, code

URL = """query ($id: ID!, $filter: SampleFilter, $orderBy: SampleOrder) {
  dataset(id: $id) { samples(filter: $filter, orderBy: $orderBy) {
    download totalCount nodes { split index } searchedAs } } }"""
LARGE_ROWS, LARGE_TEXT = 40, "x" * 2_000_000


@pytest.fixture(scope="module")
def story(shared_adapters):
    return is_indexed(begin(shared_adapters).is_ready(rows()))


@pytest.fixture(scope="module")
def fetch(shared_api, story):
    """The samples that are told of, and the answer to a GET of their address."""

    def get(filter=None, **given):
        told = shared_api.ask(URL, id=global_id("Dataset", story.id), filter=filter, **given)["samples"]
        return told, shared_api.http.get(told["download"])

    return get


def lines(answer):
    return [json.loads(line) for line in answer.text.splitlines()]


def places(found):
    return [(each["split"], each["index"]) for each in found]


@pytest.mark.parametrize(
    ("filter_", "order"),
    [
        *((None, None), ({"search": "cat or mat"}, "RELEVANCE"), ({"search": "elephant"}, "ROW")),
        *(
            ({"search": "here -dog", "wordCount": {"min": 5}, "split": "train"}, "LONGEST"),
            ({"split": "test"}, "SHORTEST"),
        ),
        ({"where": [{"column": "stars", "in": [1, 2]}, {"column": "good", "equals": False}]}, "ROW"),
    ],
)
def test_all_that_is_found_comes_in_the_order_asked_for(fetch, filter_, order):
    told, answer = fetch(filter_, orderBy=order)
    assert answer.status_code == 200
    assert places(lines(answer)) == places(told["nodes"])
    assert len(lines(answer)) == told["totalCount"]


def test_a_line_has_the_whole_row(fetch):
    _, answer = fetch({"search": "number31"})
    (line,) = lines(answer)
    assert (line["split"], line["index"]) == ("test", 1)
    row = line["row"]
    assert row["picture"] == {"base64": "iVBORw0KGgo" + "A" * 41, "type": "image/png"}
    assert (row["text"], row["deep"], row["score"], row["good"]) == (
        *("Here a dog is on the mat number31", {"a": [31]}, 15.5, False),
    )
    assert row["when"] == "2026-01-04T00:00:00+00:00"


def test_it_is_called_after_its_dataset_and_kept_by_nobody(fetch):
    _, answer = fetch()
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''acme-english.jsonl"
    assert answer.headers["content-type"] == "application/jsonl; charset=utf-8"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_covers_only_a_part_says_so_in_its_name(shared_api, shared_adapters):
    story = begin(shared_adapters, "acme/rows.jsonl").is_ready(rows())
    told = shared_api.ask(URL, id=global_id("Dataset", story.id), filter={"search": "cat"})["samples"]
    answer = shared_api.http.get(told["download"])
    assert answer.headers["content-disposition"].endswith("''acme-rows%20%28partial%29.jsonl")


def test_a_head_sends_nothing(shared_api, story):
    told = shared_api.ask(URL, id=global_id("Dataset", story.id))["samples"]
    answer = shared_api.http.head(told["download"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert shared_api.http.post(told["download"]).status_code == 405


def test_an_address_that_was_altered_or_is_of_a_file_or_over_is_forbidden(shared_api, shared_adapters, story):
    told = shared_api.ask(URL, id=global_id("Dataset", story.id), filter={"search": "cat"})["samples"]
    signed = told["download"].removeprefix("/downloads/samples/").removesuffix(".jsonl")
    key = KeyOfSecrets(shared_adapters.settings.secret_key, shared_adapters.settings.home)
    earlier = Downloads(key, 15, now=lambda: time.time() - 16 * 60)
    of_file = shared_adapters.downloads.sign(FileDownload(story.id, 0))
    for wrong in (signed[:-1], "A" + signed, of_file, earlier.sign(SamplesDownload(story.id, "ROW", {})), "x", "%00"):
        answer = shared_api.http.get(f"/downloads/samples/{wrong}.jsonl")
        assert (answer.status_code, code(answer)) == (403, "FORBIDDEN"), wrong
    assert shared_api.http.get(f"/downloads/{signed}").status_code == 403
    assert shared_api.http.get(f"/downloads/samples/{signed}").status_code == 404


def test_a_search_that_fits_no_address_is_refused_beside_its_answer(shared_api, story):
    given = {"id": global_id("Dataset", story.id), "filter": {"search": "cat " * 2_000}}
    answer = shared_api.post(URL, **given)
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("BAD_USER_INPUT", ["dataset", "samples", "download"])
    assert answer["data"]["dataset"]["samples"]["download"] is None
    assert answer["data"]["dataset"]["samples"]["totalCount"] > 0


def test_of_what_is_not_there_there_is_nothing_to_fetch(shared_api, shared_adapters, story):
    unready = begin(shared_adapters).starts()
    assert shared_api.ask(URL, id=global_id("Dataset", unready.id))["samples"]["download"] is None
    for id_, status in ((unready.id, 404), ("00000000-0000-4000-8000-000000000000", 404), (story.id, 200)):
        signed = shared_adapters.downloads.sign(SamplesDownload(id_, "ROW", {}))
        assert shared_api.http.get(f"/downloads/samples/{signed}.jsonl").status_code == status
    gone = {"tokenizationId": global_id("Tokenization", story.id)}
    answer = shared_api.http.get(
        f"/downloads/samples/{shared_adapters.downloads.sign(SamplesDownload(story.id, 'ROW', gone))}.jsonl"
    )
    assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")


@pytest.fixture
def large(adapters):
    """A dataset whose download is longer than what is held on the way to a client."""
    return begin(adapters).is_ready({"train": [{"text": LARGE_TEXT}] * LARGE_ROWS})


def url_of(served, story):
    return served.client.ask(URL, id=global_id("Dataset", story.id))["samples"]["download"]


def test_large_rows_are_streamed_while_others_are_answered(serve, large):
    with serve() as served:
        url, before, received = url_of(served, large), anonymous_megabytes(), 0
        with served.client.http.stream("GET", url) as answer:
            for number, chunk in enumerate(answer.iter_raw()):
                received += len(chunk)
                if number % 500 == 0:
                    assert served.client.ask("{ position }")
                    assert anonymous_megabytes() - before < MOST_GROWTH_MEGABYTES
        assert received > LARGE_ROWS * len(LARGE_TEXT)


def test_pages_of_samples_are_answered_while_downloads_take_long(serve, adapters, monkeypatch):
    story = begin(adapters).is_ready({"train": [{"text": "one"}]})
    begun, hold = [], Event()

    def search(*given):
        begun.append(given)
        assert hold.wait(30)
        return answer_search(*given)

    monkeypatch.setattr("api.sample_downloads.answer_search", search)
    with serve() as served, ThreadPoolExecutor(SEARCHES_AT_ONCE) as clients:
        url, waiting = url_of(served, story), served.server.lifespan.state["shared"].downloading._pool._work_queue
        answers = [clients.submit(served.client.http.get, url) for _ in range(SEARCHES_AT_ONCE)]
        try:
            until(lambda: len(begun) + waiting.qsize() == SEARCHES_AT_ONCE)
            assert url_of(served, story)
        finally:
            hold.set()
        assert [answer.result().status_code for answer in answers] == [200] * SEARCHES_AT_ONCE


def test_a_client_that_has_gone_leaves_nothing_behind(serve, large):
    with serve() as served:
        before = served.left()
        url = url_of(served, large)
        with served.client.http.stream("GET", url) as answer:
            next(answer.iter_raw())
            assert served.left() > before
        until(lambda: served.left() == before)


def test_a_purge_cuts_a_download_and_its_client_knows(serve, large):
    with serve() as served, served.client.http.stream("GET", url_of(served, large)) as answer:
        chunks = answer.iter_raw()
        next(chunks)
        large.is_purged()
        with pytest.raises(httpx.RemoteProtocolError):
            deque(chunks, maxlen=0)
        until(lambda: not mapped_below(f"/{large.id}/"))
