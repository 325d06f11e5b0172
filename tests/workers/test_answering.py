"""Answers from children that hang, crash, fail or find out too much: each costs its own question alone."""

import errno
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from domain.adapters import Adapters
from domain.adapters.processes import command_line, wait_until
from domain.adapters.questions import Answer, open_client, waiting
from workers.answering import READY, SCRATCH_LEFT_SECONDS, Answering
from workers.child import Child

pytestmark = pytest.mark.slow

SAMPLES = dict.fromkeys(("find", "hang", "crash", "refuse", "fall", "flood"), "tests.workers.sample_questions")
FUNCTIONS = {**SAMPLES, **READY}


class Asked:
    """Two children, and an asker who waits for so long."""

    def __init__(self, adapters: Adapters, *warm: str) -> None:
        assert adapters.settings.redis_url
        self.client: redis.Redis = open_client(adapters.settings.redis_url)
        self.children = [Child(FUNCTIONS, warm), Child(FUNCTIONS, warm)]
        self.secrets = adapters.secrets
        self.scratch = adapters.settings.home / "questions"
        self.answering = Answering(self.client, adapters.secrets, self.children, self.scratch)

    def ask(self, function: str, seconds: float = 60.0, secret: str | None = None, **asked: object) -> Answer:
        """One whose time is over before anybody has looked at it, as on a busy machine, is asked once more."""
        for _ in range(5):
            question = uuid4().hex
            self.client.set(waiting(question), "", px=int(seconds * 1000))
            answer = self.answering.answer(function, question, {**asked, "secret": secret})
            if answer is not None:
                return answer
        raise AssertionError("nobody looks at what is asked")

    def close(self) -> None:
        self.answering.stop()
        for child in self.children:
            child.close()
        self.client.close()


@pytest.fixture
def asked(adapters: Adapters) -> Iterator[Asked]:
    made = Asked(adapters)
    yield made
    made.close()


def code(answer: Answer) -> object:
    return answer["error"]["code"]


def test_an_answer_is_what_the_function_found_and_its_scratch_folder_is_gone(asked: Asked, adapters: Adapters) -> None:
    handle = adapters.secrets.keep("hf_token")

    answer = asked.ask("find", secret=handle, word="seven")

    work = Path(answer.pop("work"))
    assert answer == {"found": "seven", "is_given": True}
    assert work.parent == asked.scratch
    assert list(asked.scratch.iterdir()) == []


def test_nobody_is_asked_for_somebody_who_does_not_wait_any_more(asked: Asked) -> None:
    assert asked.answering.answer("find", uuid4().hex, {"word": "seven", "secret": None}) is None
    assert [child.pid for child in asked.children] == [None, None]


def test_a_token_that_was_forgotten_is_told(asked: Asked) -> None:
    assert code(asked.ask("find", secret=str(uuid4()), word="seven")) == "TRY_AGAIN"


def test_what_hangs_is_ended_in_time_with_what_it_has_found_and_a_new_child_answers(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a warm child that has found something by the end of its time, however busy the machine is
    assert asked.ask("find", word="warm")
    [child] = [child for child in asked.children if child.pid]
    first, kill = child.pid, child.kill

    def kill_later() -> None:
        assert wait_until(lambda: any(asked.scratch.glob("*/so-far.json")), 60)
        kill()

    # when its time is over
    with monkeypatch.context() as busy:
        busy.setattr(child, "kill", kill_later)
        answer = asked.ask("hang", seconds=1.5, secret=asked.secrets.keep("hf_a_token"))

    # then that is told, and another one answers
    assert (code(answer), answer["error"]["retryable"], answer["found"]) == ("TRY_AGAIN", True, "half")
    assert answer["told"] == "by (a token)"
    assert first is not None
    assert not command_line(first)
    assert asked.ask("find", word="seven")["found"] == "seven"
    assert list(asked.scratch.iterdir()) == []


def test_a_child_that_takes_longer_to_get_warm_than_a_question_may_take_gets_warm(adapters: Adapters) -> None:
    with closing(Asked(adapters, "tests.workers.slow_to_load")) as asked:
        assert code(asked.ask("find", seconds=4.0, word="seven")) == "TRY_AGAIN"

        assert wait_until(lambda: "found" in asked.ask("find", seconds=4.0, word="seven"), 60)


def test_where_no_process_can_be_started_for_a_while_children_get_warm_afterwards(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_child: Child) -> None:
        raise OSError(errno.EAGAIN, "no more processes")

    with monkeypatch.context() as full:
        full.setattr(Child, "start", fail)
        assert code(asked.ask("find", seconds=1.0, word="seven")) == "TRY_AGAIN"

    assert asked.ask("find", word="seven")["found"] == "seven"


def test_a_crash_is_told_and_a_new_child_answers(asked: Asked) -> None:
    answer = asked.ask("crash")

    assert (code(answer), "SIGSEGV" in answer["error"]["message"]) == ("WORKER_LOST", True)
    assert asked.ask("find", word="seven")["found"] == "seven"


def test_a_failure_of_the_world_is_an_error_and_a_bug_has_its_trace_in_the_log(
    asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked.ask("refuse") == {
        "error": {"code": "RATE_LIMITED", "message": "Wait.", "retryable": True, "errorId": None}
    }

    answer = asked.ask("fall")

    assert code(answer) == "INTERNAL"
    assert "ZeroDivisionError" not in answer["error"]["message"]
    [record] = [record for record in caplog.records if answer["error"]["errorId"] in record.getMessage()]
    assert "ZeroDivisionError" in record.getMessage()


def test_an_answer_larger_than_redis_should_hold_is_a_bug(asked: Asked) -> None:
    assert code(asked.ask("flood")) == "INTERNAL"


def test_one_that_hangs_leaves_another_child_for_the_next(asked: Asked) -> None:
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(asked.ask, "hang")
        assert wait_until(lambda: any(asked.scratch.glob("*/so-far.json")), 30)

        answer = asked.ask("find", word="seven")

        assert (answer["found"], hanging.done()) == ("seven", False)
        asked.answering.stop()
        assert code(hanging.result()) == "TRY_AGAIN"


def test_a_second_child_is_started_only_for_a_second_question_at_once(asked: Asked) -> None:
    for _ in range(3):
        asked.ask("find", word="seven")

    assert [child.pid is None for child in asked.children] == [False, True]


def test_what_a_killed_process_left_is_swept_by_a_later_question(asked: Asked) -> None:
    old, new = asked.scratch / "old", asked.scratch / "new"
    for folder in (old, new):
        (folder / "skeleton").mkdir(parents=True)
    before = time.time() - SCRATCH_LEFT_SECONDS - 1
    os.utime(old, (before, before))

    asked.ask("find", word="seven")

    assert list(asked.scratch.iterdir()) == [new]
