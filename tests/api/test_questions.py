"""Questions that the API asks of the process that answers them: in time, or not, and what Redis holds of them."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
import redis

from api.questions import MOST_ASKED
from domain.adapters import Adapters
from domain.adapters.questions import QUEUE
from tests.api.client import Client, until
from tests.api.uploads import files_below
from tests.hub import Hub
from tests.questions import GETS_READY_SECONDS, answering
from tests.texts import english, english_lines

LOOK = """
query ($repository: String!, $accessToken: String) {
  hubDataset(repository: $repository, accessToken: $accessToken) {
    commit accessible freeBytes error { code message retryable errorId }
  }
}"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    english(root)
    english_lines(root)
    with Hub(root) as running:
        yield running


@pytest.fixture(autouse=True)
def _healed(hub: Hub) -> Iterator[None]:
    yield
    hub.heal()


@pytest.fixture
def asked(serve, settings, hub) -> Iterator[Client]:
    """The API, once a questions process has answered."""
    with serve() as served, answering(settings, hub.environment(settings.home)):
        until(lambda: look(served.client, "acme/english")["error"] is None, GETS_READY_SECONDS)
        yield served.client


def look(api, repository, **given):
    return api.ask(LOOK, repository=repository, **given)


def code(found):
    return found["error"] and found["error"]["code"]


def kept(adapters: Adapters) -> list[str]:
    """The handles of secrets."""
    with adapters.pool.connection() as connection:
        return [str(handle) for (handle,) in connection.execute("SELECT handle FROM secrets").fetchall()]


def in_redis(adapters: Adapters) -> str:
    """All that Redis holds."""
    assert adapters.settings.redis_url
    with redis.Redis.from_url(adapters.settings.redis_url) as client:
        read = {
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"hash": client.hgetall,
            b"set": client.smembers,
            b"zset": lambda key: client.zrange(key, 0, -1),
        }
        return repr([(key, read[client.type(key)](key)) for key in client.scan_iter() if client.exists(key)])


def in_files(adapters: Adapters) -> str:
    """All that the home holds."""
    home, told = adapters.settings.home, ""
    for name in files_below(home):
        with suppress(FileNotFoundError):  # the other process had it for a moment
            told += (home / name).read_bytes().decode("utf-8", "replace")
    return told


def test_a_token_is_in_no_message_answer_or_file_and_is_forgotten(asked, hub, adapters):
    token = "hf_a_token_to_be_found"
    go_on, before = Event(), len(hub.requests)
    hub.fail("/api/datasets/acme/english/tree/*", held=go_on)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(look, asked, "acme/english", accessToken=token)
        try:
            until(lambda: any("/tree/" in request.path for request in hub.requests[before:]))
            handles, during = kept(adapters), in_redis(adapters)
        finally:
            go_on.set()
        found = waiting.result()

    assert found["error"] is None
    assert hub.requests[-1].authorization == f"Bearer {token}"
    assert len(handles) == 1
    assert handles[0] in during
    assert kept(adapters) == []
    assert "acme/english" not in in_redis(adapters)
    for text in (during, in_redis(adapters), json.dumps(found), in_files(adapters)):
        assert token not in text


def test_without_a_process_that_answers_one_is_told_to_try_again(serve):
    with serve(question_seconds=1) as served:
        found = look(served.client, "acme/english")
    assert (code(found), found["error"]["retryable"]) == ("TRY_AGAIN", True)
    assert "within 1 s" in found["error"]["message"]
    assert found["freeBytes"] > 0


def test_so_many_wait_for_an_answer_at_once_and_others_go_on(serve, settings):
    with serve(question_seconds=60) as served, ThreadPoolExecutor(MOST_ASKED) as pool:
        waiting = [pool.submit(look, served.client, "acme/english") for _ in range(MOST_ASKED)]
        until(lambda: queued(settings) == MOST_ASKED)

        one_more = look(served.client, "acme/english")
        assert served.client.ask("{ position }")

        assert not any(asking.done() for asking in waiting)
        served.server.lifespan.state["shared"].asking.close()
        answers = [asking.result() for asking in waiting]
    assert {code(found) for found in (one_more, *answers)} == {"TRY_AGAIN"}
    assert all(found["error"]["retryable"] for found in (one_more, *answers))
    assert "16 others are waiting" in one_more["error"]["message"]
    assert {found["error"]["message"].partition(",")[0] for found in answers} == {"This service is stopping"}


def queued(settings) -> int:
    with redis.Redis.from_url(settings.redis_url) as client:
        return int(client.llen(f"dramatiq:{QUEUE}"))


def test_a_question_that_nobody_waits_for_is_not_answered_later(serve, settings, hub):
    with serve(question_seconds=1) as served:
        assert code(look(served.client, "acme/english")) == "TRY_AGAIN"
    assert queued(settings) == 1
    before = len(hub.requests)

    with serve() as served, answering(settings, hub.environment(settings.home)):
        until(lambda: look(served.client, "acme/lines")["error"] is None, GETS_READY_SECONDS)

        assert queued(settings) == 0
        assert not [request for request in hub.requests[before:] if "acme/english" in request.path]


def test_without_redis_one_is_told_to_try_again_at_once(serve):
    with serve(redis_url="redis://127.0.0.1:1/0", question_seconds=60) as served:
        found = look(served.client, "acme/english")  # the client has less patience than 60 s

    assert (code(found), found["error"]["retryable"]) == ("TRY_AGAIN", True)


def test_a_fault_of_the_process_is_told_at_once_and_its_trace_is_in_the_log(serve, settings, hub, capfd):
    with serve() as served, answering(settings, hub.environment(settings.home)):
        until(lambda: look(served.client, "acme/lines")["error"] is None, GETS_READY_SECONDS)  # it has begun
        (settings.home / "questions").rename(settings.home / "elsewhere")
        (settings.home / "questions").write_text("no folder")
        found = look(served.client, "acme/english")

    assert (code(found), found["error"]["retryable"]) == ("INTERNAL", False)
    logged = capfd.readouterr().err
    assert found["error"]["errorId"] in logged
    assert "FileExistsError" in logged
