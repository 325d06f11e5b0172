"""What a process of ours writes to its log: lines that a program reads, or a person."""

import json
import subprocess
import sys
from datetime import datetime

import pytest

from domain.adapters.embedded_home import last_words
from domain.adapters.redaction import MARK

TOKEN = 'hf_one"two'
LOG = """
import logging, sys, threading
from domain.adapters.logs import begin_logging, correlated, told
stream = begin_logging("worker")
with correlated("the-story"):
    logging.getLogger("some").warning("of %s\\nin two lines", "it", extra=told(jobId="7", repository="hf_one\\"two"))
logging.getLogger("some").info("of nothing")
def fail():
    raise ValueError("in a thread")
thread = threading.Thread(target=fail, name="feed")
thread.start()
thread.join()
raise ValueError("it is over")
"""


def logged(**environ: str) -> list[str]:
    run = subprocess.run([sys.executable, "-c", LOG], capture_output=True, text=True, check=False, env=environ)
    assert run.returncode == 1
    return run.stderr.splitlines()


def test_a_program_reads_each_record_as_a_line_of_json_with_the_story_that_it_belongs_to():
    first, second, *_ = map(json.loads, logged(HF_TOKEN=TOKEN))
    assert datetime.fromisoformat(first.pop("at")).tzinfo
    assert first.pop("process") > 1
    assert first == {
        "level": "WARNING",
        "room": "worker",
        "logger": "some",
        "message": "of it\nin two lines",
        "correlationId": "the-story",
        "jobId": "7",
        "repository": MARK,
    }
    assert "correlationId" not in second


def test_what_ends_a_process_or_a_thread_is_a_record_too():
    *_, thread, end = map(json.loads, logged())
    assert (thread["level"], thread["message"]) == ("CRITICAL", "feed ended by ValueError")
    assert (end["level"], end["message"]) == ("CRITICAL", "ended by ValueError: it is over")
    assert "in fail" in thread["exception"]
    assert end["exception"].splitlines()[-1] == "ValueError: it is over"


def test_a_person_reads_the_same_as_text():
    lines = logged(MISTUDIO_LOG_FORMAT="text")
    assert lines[0].endswith("some WARNING of it")
    assert "mistudio CRITICAL ended by ValueError: it is over" in "\n".join(lines)


@pytest.mark.parametrize("environ", [{}, {"MISTUDIO_LOG_FORMAT": "text"}])
def test_the_last_words_of_a_log_are_told_to_a_person_in_either_format(tmp_path, environ):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/worker.log").write_text("\n".join(logged(**environ)) + "\n")
    assert last_words(tmp_path, "worker").endswith("ValueError: it is over")
    assert "{" not in last_words(tmp_path, "worker")
