"""A token that somebody has left in an address is refused with it, and repeated nowhere."""

import json
import logging

import pytest

from tests.api.operations import DOWNLOAD, TOKENIZE
from tests.api.test_redaction import is_told

LOOK = "query ($of: String!) { hubDataset(repository: $of) { repository error { code message } } }"
TOKEN = "hf_" + "".join(f"{number:03}" for number in range(12))
ADDRESSES = [
    f"https://user:{TOKEN}@huggingface.co/datasets/acme/english",
    f"https://{TOKEN}@huggingface.co/acme/english",
    f"user:{TOKEN}@acme/english",
    f"https://huggingface.co/acme/english?token={TOKEN}",
    f"acme/english?token={TOKEN}",
    f"acme/english#{TOKEN}",
]


def kept(adapters):
    """All that the log and the secrets hold, as text."""
    with adapters.pool.connection() as connection:
        rows = connection.execute("SELECT data::text, metadata::text FROM events").fetchall()
        return [*rows, *connection.execute("SELECT * FROM commands").fetchall()]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("document", "path", "given"),
    [
        (DOWNLOAD, "repository", lambda address: {"repository": address}),
        (DOWNLOAD, "revision", lambda address: {"repository": "acme/english", "revision": address + "?"}),
        (DOWNLOAD, "files", lambda address: {"repository": "acme/english", "files": [f"https://{address}"]}),
        (TOKENIZE, "tokenizer", lambda address: {"datasetId": "RGF0YXNldDox", "tokenizer": address}),
    ],
)
def test_it_is_refused_and_not_repeated(clean, shared_adapters, caplog, document, path, given, address):
    caplog.set_level(logging.DEBUG)
    answer = clean.post(document, input=given(address) | {"idempotencyKey": "k1"})
    (payload,) = answer["data"].values()
    assert [(error["code"], error["path"][0]) for error in payload["errors"]] == [("INVALID_INPUT", path)]
    assert not is_told(answer, TOKEN)
    assert not is_told(kept(shared_adapters), TOKEN)
    assert not is_told([record.getMessage() for record in caplog.records], TOKEN)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_look_at_the_hub_does_not_repeat_it_either(clean, caplog, address):
    caplog.set_level(logging.DEBUG)
    answer = clean.ask(LOOK, of=address)
    assert answer["error"]["code"] == "INVALID_INPUT"
    assert "acme/english" in answer["repository"]
    assert not is_told(json.dumps(answer), TOKEN)
    assert not is_told([record.getMessage() for record in caplog.records], TOKEN)
