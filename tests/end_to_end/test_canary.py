"""Tokens are planted on every path that a token takes, also those that end badly, and then looked for everywhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import psycopg
import pytest

from domain.adapters.embedded import Postgres
from tests.api.operations import DOWNLOAD
from tests.end_to_end.gated import (
    cancel,
    dataset,
    download,
    in_the_middle,
    retry,
    tokenize,
    wait_for_end,
    wait_for_tokens,
    write_gated,
)
from tests.end_to_end.service import Service, kill, until
from tests.end_to_end.watching import Watch, database, files, found_in, redis_now
from tests.hub import Hub
from tests.hub_faults import HUB
from tests.servers import temporary_home
from workers.chunks import CHUNK_BYTES

pytestmark = pytest.mark.slow

SLOW_BYTES_A_SECOND = 300_000
FILE = "*/train.jsonl"


def planted() -> str:
    return f"hf_{token_hex(17)}"


RIGHT, SECOND, REFUSED, REPEATED, OPERATORS = (planted() for _ in range(5))
MALFORMED = f"{planted()} {planted()}"
CANARIES = [RIGHT, SECOND, REFUSED, REPEATED, OPERATORS, *MALFORMED.split()]


@dataclass
class Told:
    """What became of each path, by its name, and the watch over all."""

    hub: Hub
    service: Service
    watch: Watch
    by: dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    root = tmp_path_factory.mktemp("gated")
    write_gated(root, RIGHT, SECOND)
    with Hub(root) as hub, temporary_home() as home:
        environ = {"HF_TOKEN": OPERATORS, "MISTUDIO_LEASE_SECONDS": "4", "MISTUDIO_WORKERS": "1"}
        service = Service(home, {**hub.environment(home), **environ})
        try:
            service.start()
            watch = Watch(service, CANARIES, shown=[OPERATORS])
            with watch.watching():
                by = {path.__name__: path(service, hub) for path in PATHS}
            yield Told(hub, service, watch, by)
        finally:
            service.close()


def admitted(service: Service, _hub: Hub) -> Any:
    asked = download(service, "gated", accessToken=RIGHT)
    ready = wait_for_end(service, asked["dataset"]["id"])
    tokens = tokenize(service, asked["dataset"]["id"], accessToken=RIGHT)
    return ready, wait_for_tokens(service, tokens["tokenization"]["id"])


def private(service: Service, _hub: Hub) -> Any:
    return wait_for_end(service, download(service, "private", accessToken=RIGHT)["dataset"]["id"])


def refused(service: Service, _hub: Hub) -> Any:
    """After others were admitted to the same, so that a cache of theirs would be found."""
    asked = download(service, "gated", accessToken=REFUSED)
    failed = wait_for_end(service, asked["dataset"]["id"])
    ready = wait_for_end(service, download(service, "gated", accessToken=RIGHT)["dataset"]["id"])
    own = ready["path"].split("/")[-2]
    tokens = tokenize(service, dataset_of(service, own), accessToken=REFUSED)
    return failed, wait_for_tokens(service, tokens["tokenization"]["id"])


def dataset_of(service: Service, key: str) -> str:
    """The global id of the dataset whose folder has this name."""
    found = service.ask("{ datasets(first: 100) { nodes { id path } } }")["datasets"]["nodes"]
    return next(node["id"] for node in found if key in (node["path"] or ""))


def with_the_operators(service: Service, _hub: Hub) -> Any:
    """No token was given; the operator's may not read it."""
    return wait_for_end(service, download(service, "gated")["dataset"]["id"])


def troubled(service: Service, hub: Hub) -> Any:
    """The Hub is away, then sends a wrong byte, then breaks off."""
    hub.fail(FILE, status=503)
    asked = download(service, "gated-large", accessToken=RIGHT)
    failed = wait_for_end(service, asked["dataset"]["id"])
    hub.heal()
    hub.fail(FILE, damage_at=CHUNK_BYTES, times=1)
    hub.fail(FILE, cut_after=2 * CHUNK_BYTES, times=1)
    again = retry(service, asked["job"]["id"], accessToken=SECOND)
    return failed, again, wait_for_end(service, asked["dataset"]["id"])


def killed(service: Service, hub: Hub) -> Any:
    """The child that has the token is killed while it reads; and where the token is kept is looked at before."""
    hub.throttle(SLOW_BYTES_A_SECOND)
    asked = download(service, "gated-large", accessToken=RIGHT)
    until(lambda: in_the_middle(service, asked["dataset"]["id"]))
    kept = found_in(database(service) + redis_now(service), CANARIES)
    for pid in service.children():
        kill(pid)
    hub.throttle(None)
    return kept, wait_for_end(service, asked["dataset"]["id"])


def cancelled(service: Service, hub: Hub) -> Any:
    """And begun anew: without the token, which is gone, and with it."""
    hub.throttle(SLOW_BYTES_A_SECOND)
    asked = download(service, "gated-large", accessToken=RIGHT)
    until(lambda: in_the_middle(service, asked["dataset"]["id"]))
    cancel(service, asked["job"]["id"])
    ended = wait_for_end(service, asked["dataset"]["id"])
    hub.throttle(None)
    without = retry(service, asked["job"]["id"])
    retry(service, asked["job"]["id"], accessToken=SECOND)
    return ended, without, wait_for_end(service, asked["dataset"]["id"])


def repeated(service: Service, _hub: Hub) -> Any:
    first = download(service, "gated", accessToken=RIGHT, idempotencyKey="k")
    again = download(service, "gated", accessToken=REPEATED, idempotencyKey="k")
    return first, again, wait_for_end(service, first["dataset"]["id"])


def malformed(service: Service, _hub: Hub) -> Any:
    """As a value that no token has, and as what is no text at all."""
    refusal = download(service, "gated", accessToken=MALFORMED)
    asked = {"repository": "acme/gated", "accessToken": [RIGHT]}
    answer = service.client.post("/graphql", json={"query": DOWNLOAD, "variables": {"input": asked}})
    return refusal, answer.json()


PATHS = (admitted, private, refused, with_the_operators, troubled, killed, cancelled, repeated, malformed)


def test_every_path_was_taken_to_its_end(told):
    ready, tokens = told.by["admitted"]
    assert (ready["status"], tokens["status"]) == ("READY", "READY")
    assert told.by["private"]["status"] == "READY"
    failed, again, after = told.by["troubled"]
    assert (failed["error"]["code"], again["errors"], after["status"]) == ("HUB_UNAVAILABLE", [], "READY")
    assert told.by["killed"][1]["status"] == "READY"
    first, again, after = told.by["repeated"]
    assert (again["replayed"], again["dataset"]["id"]) == (True, first["dataset"]["id"])
    assert (after["status"], after["error"]) == ("READY", None)


def test_what_another_token_brought_here_serves_nobody_else(told):
    failed, tokens = told.by["refused"]
    assert (failed["status"], failed["error"]["code"]) == ("FAILED", "ACCESS_DENIED")
    assert (tokens["status"], tokens["error"]["code"]) == ("FAILED", "ACCESS_DENIED")
    assert told.by["with_the_operators"]["error"]["code"] == "ACCESS_DENIED"


def test_a_cancelled_download_is_begun_anew_with_a_new_token(told):
    ended, without, after = told.by["cancelled"]
    assert ended["status"] == "CANCELLED"
    assert [error["code"] for error in without["errors"]] == ["AUTHENTICATION_REQUIRED"]
    assert (after["status"], after["error"]) == ("READY", None)


def test_a_malformed_token_is_refused(told):
    refusal, answer = told.by["malformed"]
    assert [(error["code"], error["path"]) for error in refusal["errors"]] == [("INVALID_INPUT", ["accessToken"])]
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_the_hub_was_given_every_token_that_it_was_to_be_given_and_the_host_of_its_files_none(told):
    assert told.hub.blob_requests()
    assert {request.authorization for request in told.hub.blob_requests()} == {None}
    sent = {request.authorization for request in told.hub.requests if request.host == HUB}
    assert sent == {f"Bearer {token}" for token in (RIGHT, SECOND, REFUSED, OPERATORS)}


def test_only_failed_jobs_have_their_token_kept(told):
    def kept() -> int:
        with psycopg.connect(Postgres(told.service.home).url) as connection:
            return connection.execute("SELECT count(*) FROM secrets").fetchone()[0]

    until(lambda: kept() == 2)  # of the refused download and the refused tokenization


def test_no_token_is_in_the_database(told):
    everything = database(told.service)
    assert b"acme/gated" in everything
    assert found_in(everything, CANARIES) == []
    assert told.by["killed"][0] == [], "nor while it is in use"


def test_no_token_is_in_redis_or_was_in_a_message(told):
    assert b"download_dataset" in told.watch.messages
    assert found_in(bytes(told.watch.messages) + redis_now(told.service), CANARIES) == []


def test_no_token_is_in_a_file_of_the_home(told):
    database(told.service)  # with it the servers write what they hold
    contents = dict(files(told.service))
    logs = [path.name for path, content in contents.items() if path.parent.name == "logs" and content]
    assert {"api.log", "worker-1.log"} <= set(logs)
    assert any("pg_wal" in path.parts for path in contents)
    assert any(b"acme/gated-bpe" in content for path, content in contents.items() if "pg_wal" in path.parts)
    assert {str(path): words for path, content in contents.items() if (words := found_in(content, CANARIES))} == {}


def test_no_answer_and_no_event_shows_a_token(told):
    everything = "\n".join(told.watch.answers)
    assert "acme/gated" in everything
    assert '"JobFailed"' in everything
    assert found_in(everything.encode(), CANARIES) == []
    assert found_in(json.dumps(dataset_history(told.service)).encode(), CANARIES) == []


def dataset_history(service: Service) -> Any:
    return service.ask("{ events(first: 500) { events { type summary data } } }")


def test_no_command_line_and_no_environment_shows_a_token(told):
    assert told.watch.looks > 1000
    assert told.watch.seen == set()


def test_the_events_carry_handles(told):
    asked = [event["data"] for event in dataset_history(told.service)["events"]["events"] if "secret" in event["data"]]
    assert len({data["secret"] for data in asked} - {None}) >= 10


def test_what_is_looked_for_is_found_where_it_is():
    assert found_in(f"Bearer {RIGHT}".encode(), CANARIES) == [RIGHT]
    assert found_in(RIGHT.encode().hex().encode(), CANARIES) == [RIGHT]


def test_the_dataset_shows_what_to_do(told):
    assert "another token" in told.by["refused"][0]["error"]["message"]
    assert dataset(told.service, told.by["repeated"][0]["dataset"]["id"])["error"] is None
