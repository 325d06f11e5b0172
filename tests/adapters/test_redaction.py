"""A token is taken out of whatever is told, as it is spelled there."""

import json
import logging
import subprocess
import sys
from urllib.parse import quote

import pytest

from domain.adapters.redaction import MARK, Redaction

TOKEN = 'hf_one"two\\three/four'
LOG = """
import logging, sys, warnings
from domain.adapters.logs import begin_logging
stream = begin_logging("api")
stream.learn("hf_learned")
logging.getLogger("some.library").warning("with %s and %s", "hf_learned", "hf_operator")
print("hf_learned", file=sys.stderr)
warnings.warn("hf_learned")
stream.learn(None)
logging.info("forgotten, and %s", "hf_operator")
raise ValueError("hf_operator")
"""


@pytest.mark.parametrize("spelled", [TOKEN, repr(TOKEN)[1:-1], json.dumps(TOKEN)[1:-1], quote(TOKEN, safe="")])
def test_a_token_is_replaced_however_it_is_spelled(spelled):
    assert Redaction([TOKEN]).text(f"Bearer {spelled}!") == f"Bearer {MARK}!"


def test_of_two_tokens_the_longer_goes_whole():
    assert Redaction(["hf_abcdef", "hf_abcdefgh"]).text("hf_abcdefgh") == MARK


def test_texts_of_data_lose_the_token_and_keys_and_numbers_stay():
    told = {"file": "a/hf_abcdefgh.bin", "list": ["hf_abcdefgh", 1, None], "hf_abcdefgh": True}
    assert Redaction(["hf_abcdefgh"]).data(told) == {
        "file": f"a/{MARK}.bin",
        "list": [MARK, 1, None],
        "hf_abcdefgh": True,
    }


def test_a_short_token_damages_no_data_and_is_in_no_message():
    redaction = Redaction(["abc"])
    assert redaction.data({"path": "abc.parquet"}) == {"path": "abc.parquet"}
    assert redaction.text("abc was refused") == f"{MARK} was refused"


def test_without_tokens_nothing_changes():
    assert Redaction([None, ""]).text("as it was") == "as it was"


def test_a_process_logs_in_one_format_and_shows_neither_token():
    environ = {"HF_TOKEN": "hf_operator", "MISTUDIO_LOG_FORMAT": "text"}
    ended = subprocess.run([sys.executable, "-c", LOG], capture_output=True, text=True, check=False, env=environ)
    assert "hf_" not in ended.stdout + ended.stderr
    first, printed, *_ = ended.stderr.splitlines()
    assert first.endswith(f"some.library WARNING with {MARK} and {MARK}")
    assert printed == MARK
    assert "py.warnings WARNING" in ended.stderr
    assert f"ValueError: {MARK}" in ended.stderr
    assert logging.getLevelName(logging.INFO) in ended.stderr
