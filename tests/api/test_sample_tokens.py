"""The tokens of samples: of a page together, by a process that has the libraries."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from api.ids import SampleKey, global_id, sample_id
from domain.adapters.questions import QUEUE
from tests.api.client import Client, until
from tests.api.stories import begin
from tests.questions import GETS_READY_SECONDS, answering

PAGE = """
query ($id: ID!, $of: ID!, $n: Int, $most: Int) {
  dataset(id: $id) {
    samples(first: $n) {
      nodes { text tokens(tokenizationId: $of, first: $most) { id text start end }
        tokensTruncated(tokenizationId: $of, first: $most) }
    }
  }
}"""
NODE = """
query ($id: ID!, $of: ID!, $at: Int, $first: Int) {
  node(id: $id) { ... on Sample {
    tokens(tokenizationId: $of, at: $at, first: $first) { id text start end }
    tokensTruncated(tokenizationId: $of, at: $at, first: $first) } }
}"""
# of builtin:byt5, a token is three more than its byte
BYTES = 3
END = {"id": 1, "text": "</s>", "start": None, "end": None}
ROWS = {"train": [{"text": "aé"}, {"text": ""}, {"text": "a longer text than sixteen"}], "test": [{"text": "b"}]}


@pytest.fixture
def story(adapters):
    return begin(adapters).is_ready(ROWS).asks_for_tokens().is_tokenized()


@pytest.fixture
def asked(serve, settings, story) -> Iterator[Client]:
    """The API, once a questions process has answered."""
    with serve(question_seconds=10) as served, answering(settings, {}):
        until(lambda: "errors" not in page_answer(served.client, story), GETS_READY_SECONDS)
        yield served.client


def ids(story):
    return {"id": global_id("Dataset", story.id), "of": global_id("Tokenization", story.tokenization)}


def page_answer(api, story, **given):
    return api.post(PAGE, **ids(story) | {"n": 10, "most": 100} | given)


def sample(story, split="train", index=0):
    return sample_id(SampleKey(story.id, split, index))


def node(api, story, id_, **given):
    return api.ask(NODE, id=id_, of=ids(story)["of"], **given)


def test_a_page_tells_the_tokens_of_its_samples_as_they_are_written(asked, story):
    nodes = page_answer(asked, story)["data"]["dataset"]["samples"]["nodes"]
    assert [[token["id"] for token in node["tokens"]] for node in nodes] == [
        [*(byte + BYTES for byte in b"a\xc3\xa9"), 1],
        [1],
        [*(byte + BYTES for byte in b"a longer text t"), 1],
        [ord("b") + BYTES, 1],
    ]
    assert nodes[0]["tokens"] == [
        {"id": ord("a") + BYTES, "text": "a", "start": 0, "end": 1},
        {"id": 0xC3 + BYTES, "text": "<0xC3>", "start": 1, "end": 2},
        {"id": 0xA9 + BYTES, "text": "<0xA9>", "start": 1, "end": 2},
        END,
    ]
    assert {node["tokensTruncated"] for node in nodes} == {False}

    # and of one sample from any token on
    found = node(asked, story, sample(story, index=2), at=14, first=1)
    assert [token["text"] for token in found["tokens"]] == ["t"]
    assert found["tokensTruncated"] is True
    found = node(asked, story, sample(story, index=2), at=15)
    assert (found["tokens"], found["tokensTruncated"]) == ([END], False)


def queued(settings) -> int:
    with redis.Redis.from_url(settings.redis_url) as client:
        return int(client.llen(f"dramatiq:{QUEUE}"))


def test_a_page_of_samples_is_one_question_and_without_an_answer_in_time_each_says_so(serve, settings, adapters):
    rows = {"train": [{"text": f"text {number}"} for number in range(40)]}
    story = begin(adapters).is_ready(rows).asks_for_tokens().is_tokenized()
    with serve(question_seconds=2) as served, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(page_answer, served.client, story, n=40, most=50)
        until(lambda: queued(settings) > 0)
        answer = waiting.result()
        assert queued(settings) == 1
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"TRY_AGAIN"}
    nodes = answer["data"]["dataset"]["samples"]["nodes"]
    assert len(nodes) == 40
    assert {(node["tokens"], node["tokensTruncated"]) for node in nodes} == {(None, None)}


def test_tokens_cost_what_they_are(api, story):
    assert api.refused(PAGE, **ids(story), n=50, most=100)["extensions"]["code"] == "COST_LIMIT"
    without = PAGE.replace(", first: $most", "").replace(", $most: Int", "")
    assert api.refused(without, **ids(story), n=10)["extensions"]["code"] == "COST_LIMIT"


@pytest.mark.parametrize("given", [{"first": 501}, {"first": -1}, {"at": -1}])
def test_what_no_part_of_tokens_can_be_is_refused(api, story, given):
    refused = api.post(NODE, id=sample(story), of=ids(story)["of"], **given)["errors"]
    assert {error["extensions"]["code"] for error in refused} == {"BAD_USER_INPUT"}


def test_a_tokenization_that_does_not_have_the_sample_has_no_tokens_of_it(api, adapters, story):
    """And nobody is asked: there is no process that would answer."""
    nothing = {"tokens": None, "tokensTruncated": None}
    running = begin(adapters).is_ready(ROWS).asks_for_tokens()
    assert node(api, running, sample(running)) == nothing
    other = begin(adapters).is_ready(ROWS).asks_for_tokens().is_tokenized()
    assert node(api, other, sample(story)) == nothing
    for strange in ("x", global_id("Dataset", story.id), global_id("Tokenization", story.id)):
        assert api.ask(NODE, id=sample(story), of=strange) == nothing
