"""Asking through Redis, with nobody there to answer, or somebody who is late."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from domain.adapters import Adapters
from domain.adapters.processes import wait_until
from domain.adapters.questions import MOST_WAITING, QUEUE, Questions, waiting


@pytest.fixture
def questions(adapters: Adapters) -> Iterator[Questions]:
    assert adapters.settings.redis_url
    asking = Questions(adapters.settings.redis_url, 1, adapters.secrets)
    yield asking
    asking.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as opened:
        yield opened


def test_a_question_without_an_answer_is_over_with_its_time_and_its_token_forgotten(
    questions: Questions, client: redis.Redis, adapters: Adapters
) -> None:
    answer = questions.ask("hub_dataset", {"repository": "acme/english"}, "hf_token")

    assert (answer["error"]["code"], answer["error"]["retryable"]) == ("TRY_AGAIN", True)
    assert client.keys(waiting("*")) == []
    with adapters.pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM secrets").fetchone() == (0,)


def test_a_queue_that_nobody_reads_does_not_grow_without_end(questions: Questions, client: redis.Redis) -> None:
    client.lpush(f"dramatiq:{QUEUE}", *["x"] * MOST_WAITING)

    answer = questions.ask("hub_dataset", {})

    assert "Too many" in answer["error"]["message"]
    assert client.llen(f"dramatiq:{QUEUE}") == MOST_WAITING


def test_a_question_is_asked_again_over_connections_that_the_server_has_closed(
    questions: Questions, client: redis.Redis
) -> None:
    questions.ask("hub_dataset", {})
    for connection in client.client_list():
        if connection["id"] != str(client.client_id()):
            client.client_kill_filter(_id=connection["id"])

    assert "within 1 s" in questions.ask("hub_dataset", {})["error"]["message"]


def blocked(client: redis.Redis) -> list[str]:
    """The connections that wait for an answer."""
    return [found["id"] for found in client.client_list() if found["cmd"] == "brpoplpush"]


@pytest.mark.parametrize("ends", ["server", "asker"])
def test_who_waits_for_an_answer_hears_at_once_that_there_will_be_none(
    adapters: Adapters, client: redis.Redis, ends: str
) -> None:
    assert adapters.settings.redis_url
    asking = Questions(adapters.settings.redis_url, 60, adapters.secrets)
    with ThreadPoolExecutor(1) as pool:
        waiting_for = pool.submit(asking.ask, "hub_dataset", {})
        assert wait_until(lambda: len(blocked(client)) == 1, 10)

        if ends == "server":
            client.client_kill_filter(_id=blocked(client)[0])
        else:
            asking.close()

        assert waiting_for.result(20)["error"]["code"] == "TRY_AGAIN"  # long before the 60 s are over
    asking.close()
