"""The warm child: real processes, really killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.adapters.logs import correlated
from domain.errors import ErrorCode, WorldFailure
from tests.api.client import until
from tests.small_disks import small_disk
from tests.workers.sample_work import FUNCTIONS
from workers.child import Child, ChildBug, ChildDied


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child(FUNCTIONS)
    yield made
    made.close()


def result_of(work):
    steps = []
    while True:
        try:
            steps.append(next(work))
        except StopIteration as end:
            return steps, end.value


def test_a_call_gives_its_steps_and_its_result(child):
    steps, result = result_of(child.call("count", {"to": 3}))
    assert [(step.done, step.total, step.committed) for step in steps] == [(1, 3, True), (2, 3, True), (3, 3, True)]
    assert result["counted"] == 3


def test_the_child_stays_warm_between_calls(child):
    pids = {result_of(child.call("count", {"to": 1}))[1]["pid"] for _ in range(3)}
    assert pids == {child.pid}


def test_a_failure_of_the_world_keeps_its_code(child):
    with pytest.raises(WorldFailure) as failure:
        result_of(child.call("fail", {"retryable": True}))
    assert (failure.value.code, failure.value.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
    assert result_of(child.call("count", {"to": 1}))[1]["pid"] == child.pid


def test_a_disk_that_is_full_is_told_whoever_writes_to_it(child, tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk, pytest.raises(WorldFailure) as failure:
        result_of(child.call("overflow", {"target": str(disk / "file")}))
    assert failure.value.code == ErrorCode.INSUFFICIENT_STORAGE


def test_a_bug_is_told_with_its_trace(child):
    with pytest.raises(ChildBug, match="ZeroDivisionError: a bug"):
        result_of(child.call("stumble", {}))


def test_a_crash_of_native_code_names_its_signal_and_the_next_call_has_a_new_child(child):
    with pytest.raises(ChildDied, match="SIGSEGV"):
        result_of(child.call("crash", {}))
    assert result_of(child.call("count", {"to": 1}))[1]["counted"] == 1


def test_a_kill_ends_any_call_at_once(child):
    work = child.call("hang", {})
    next(work)
    threading.Timer(0.2, child.kill).start()
    began = time.monotonic()
    with pytest.raises(ChildDied, match="SIGKILL"):
        next(work)
    assert time.monotonic() - began < 60, "long before the call would end"


def test_what_libraries_print_does_not_reach_the_pipe(child):
    assert result_of(child.call("print_noise", {}))[1] == {"said": True}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_ends_with_its_parent(number):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(number)
    parent.wait()
    parent.stdout.close()
    until(lambda: not _lives(pid))


PARENT = """
from tests.workers.sample_work import FUNCTIONS
from workers.child import Child
child = Child(FUNCTIONS)
work = child.call("hang", {})
next(work)
print(child.pid, flush=True)
next(work)
"""


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_child_is_as_nice_as_jobs_should_be(child):
    result_of(child.call("count", {"to": 1}))
    assert os.getpriority(os.PRIO_PROCESS, child.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_child_for_whose_answer_a_person_waits_goes_before_the_jobs(child):
    made = Child(FUNCTIONS, niceness=1)
    result_of(made.call("count", {"to": 1}))
    result_of(child.call("count", {"to": 1}))
    first, jobs = (os.getpriority(os.PRIO_PROCESS, of.pid) for of in (made, child))
    made.close()
    assert os.getpriority(os.PRIO_PROCESS, 0) < first < jobs


def anonymous_megabytes(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon"))


@pytest.mark.parametrize("follows", [None, "count"])
def test_a_child_without_work_or_with_work_of_another_kind_holds_on_to_nothing(child, follows):
    result_of(child.call("count", {"to": 1}))
    before = anonymous_megabytes(child.pid)
    result_of(child.call("fill", {"megabytes": 100}))
    if follows:
        result_of(child.call(follows, {"to": 1}))
        assert anonymous_megabytes(child.pid) < before + 20
    deadline = time.monotonic() + 30
    while anonymous_megabytes(child.pid) >= before + 20 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert anonymous_megabytes(child.pid) < before + 20


def test_what_a_child_logs_belongs_to_the_story_of_its_call_and_of_no_other(child, capfd, monkeypatch):
    monkeypatch.setenv("MISTUDIO_LOG_FORMAT", "json")
    for story in ("the first", "the second", None):
        with correlated(story):
            result_of(child.call("log_aloud", {}))
    child.close()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    stories = [("the first",) * 2, ("the second",) * 2, (None,) * 2]
    assert [line.get("correlationId") for line in lines] == [story for told in stories for story in told]
    assert [line["message"] for line in lines] == ["here", "in a thread"] * 3
