"""What `/metrics` tells Prometheus, over the real API."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from api.migrating import migrate
from api.threads import THREADS
from domain.adapters import checkpoints
from domain.adapters.pieces import PLAN, WORK, NewPiece
from domain.adapters.questions import QUEUE
from domain.adapters.queues import DOWNLOADS
from domain.dataset import stream_of
from domain.jobs import JobKind
from tests.api.client import PATIENCE_SECONDS, until
from tests.api.conftest import Served, hanging
from tests.api.operations import DELETE, DOWNLOAD, save
from tests.api.stories import begin
from tests.servers import fresh_database
from workers.broker import open_broker, send
from workers.conservation import Counters
from workers.token_shards import Tally

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
EVENTS = 'subscription { events(after: "0") { caughtUp } }'


def samples(client, parse=text_string_to_metric_families, accept="*/*"):
    """Every sample by its name and labels, those in the order of their names."""
    answer = client.http.get("/metrics", headers={"Accept": accept})
    assert answer.status_code == 200
    families = list(parse(answer.text))
    assert all(family.documentation for family in families)
    found = [sample for family in families for sample in family.samples]
    return {(sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for sample in found}


@pytest.mark.parametrize(
    ("parse", "accept"), [(text_string_to_metric_families, "text/plain"), (open_metrics, OPEN_METRICS)]
)
def test_what_is_told_is_read_by_prometheus_s_own_parsers(shared_api, parse, accept):
    found = samples(shared_api, parse, accept)
    assert found["mistudio_server_up", "postgres"] == found["mistudio_server_up", "redis"] == 1
    assert found["process_open_fds",] > 0


def test_mutations_are_counted_by_name_and_outcome(api):
    # given one that is carried out, the same again, one that is refused and one that cannot be
    asked = {"repository": "acme/english", "idempotencyKey": "one"}
    for _ in range(2):
        assert api.ask(DOWNLOAD, input=asked)["errors"] == []
    assert api.ask(DOWNLOAD, input={"repository": ".."})["errors"]
    api.http.post("/graphql", json={"query": DOWNLOAD, "variables": {"input": asked}}, headers={"Idempotency-Key": "x"})

    # then
    found = samples(api)
    for outcome in ("ACCEPTED", "REPLAYED", "INVALID_INPUT", "BAD_USER_INPUT"):
        assert found["mistudio_command_seconds_count", "downloadDataset", outcome] == 1, outcome


def test_events_and_appends_are_counted_whoever_wrote_them(api, adapters):
    begin(adapters).is_ready()
    api.ask(DOWNLOAD, input={"repository": "acme/other"})
    until(lambda: samples(api)["mistudio_feed_lag_events",] == 0)
    found = samples(api)
    assert found["mistudio_events_total", "DownloadRequested"] == 2
    assert found["mistudio_events_total", "IngestCompleted"] == 1
    assert found["mistudio_appends_total", "downloadDataset"] == 1
    assert found["mistudio_log_position",] == adapters.log.newest()


def test_jobs_that_end_are_counted_by_kind_and_outcome_with_their_time(serve, adapters):
    # given a job that runs before this process begins, and others that end in each way
    early = begin(adapters).starts()
    with serve() as served:
        early.is_pinned().is_downloaded().starts().fails()
        begin(adapters, "acme/other").is_ready().asks_for_tokens().starts().is_tokenized()
        gone = begin(adapters, "acme/gone").is_ready()
        gone.is_purged()

        # then
        until(lambda: samples(served.client).get(("mistudio_job_seconds_count", "PURGE", "SUCCEEDED")) == 1)
        found = samples(served.client)
    assert found["mistudio_job_seconds_count", "DOWNLOAD", "SUCCEEDED"] == 3
    assert found["mistudio_job_seconds_count", "INGEST", "FAILED"] == 1
    assert found["mistudio_job_seconds_count", "INGEST", "SUCCEEDED"] == 2
    assert found["mistudio_job_seconds_count", "TOKENIZE", "SUCCEEDED"] == 1
    assert found["mistudio_tokens_total",] == 48
    assert {name[1] for name in found if name[0] == "mistudio_job_seconds_bucket" and name[1] in set(JobKind)}
    # and the time is that of the log: from the start to the end
    at = {type(each.event).__name__: each.recorded_at for each in adapters.log.read(f"dataset-{early.id}")[:4]}
    least = at["DownloadCompleted"] - at["JobStarted"]
    assert found["mistudio_job_seconds_sum", "DOWNLOAD", "SUCCEEDED"] * timedelta(seconds=1) >= least


def test_what_waits_is_told_of_the_log_of_queues_and_of_jobs(serve, settings, adapters):
    story = begin(adapters)
    broker = open_broker(settings.redis_url)
    adapters.pieces.add(story.job, story.id, "download_dataset", NewPiece("plan", PLAN))
    send(broker, "download_dataset", story.id, story.job, "plan")
    with serve() as served:
        found = samples(served.client)
        assert found["mistudio_queue_messages", DOWNLOADS] == 1
        assert found["mistudio_queue_messages", QUEUE] == 0
        assert found["mistudio_jobs_open", "DOWNLOAD", "QUEUED"] == 1
        assert found["mistudio_pieces_open", "download_dataset", "WAITING"] == 1
        assert found["mistudio_dispatch_lag_events",] == adapters.log.newest()
        assert found["mistudio_dispatch_lag_seconds",] > 0
        assert found["mistudio_projection_lag_events",] == 0

        # when the dispatcher has followed, and a row of a read model is behind
        checkpoints.move(adapters.pool, checkpoints.DISPATCHER, adapters.log.newest())
        with adapters.pool.connection() as connection:
            connection.execute("UPDATE datasets SET position = position - 1")

        # then
        found = samples(served.client)
        assert (found["mistudio_dispatch_lag_events",], found["mistudio_dispatch_lag_seconds",]) == (0, 0)
        assert found["mistudio_projection_lag_events",] == 1


def test_events_whose_row_is_missing_are_not_shown_but_those_of_what_is_gone_for_good(api, adapters):
    ready = begin(adapters).is_ready()
    begin(adapters).is_ready().is_purged()
    preset = save(api, name="kept for a while")["preset"]["id"]
    assert api.ask(DELETE, input={"presetId": preset})["errors"] == []
    save(api, name="kept")
    assert samples(api)["mistudio_projection_lag_events",] == 0
    with adapters.pool.connection() as connection:
        connection.execute("DELETE FROM datasets")
        connection.execute("DELETE FROM presets")
    assert samples(api)["mistudio_projection_lag_events",] == len(adapters.log.read(stream_of(ready.id))) + 1


def test_what_subscribers_have_yet_to_hear_of_is_told_while_the_feed_is_held_up(serve, adapters, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr("api.app.on_heard", lambda *_: lambda _events: go_on.wait(PATIENCE_SECONDS))
    with serve() as served:
        begin(adapters).is_ready()
        assert adapters.log.newest() > 1
        assert samples(served.client)["mistudio_feed_lag_events",] == adapters.log.newest()
        go_on.set()
        until(lambda: samples(served.client)["mistudio_feed_lag_events",] == 0)


def test_subscribers_are_counted_while_they_are_there(api):
    assert samples(api)["mistudio_subscribers",] == 0
    with api.subscribe(EVENTS) as one, api.subscribe(EVENTS) as other:
        assert (one.next(), other.next()) == ({"caughtUp": True},) * 2
        assert samples(api)["mistudio_subscribers",] == 2
    until(lambda: samples(api)["mistudio_subscribers",] == 0)


def test_tokens_a_second_are_those_of_the_shards_that_were_done_last(api, adapters):
    story = begin(adapters).is_ready().asks_for_tokens().starts()
    adapters.pieces.add(story.job, story.id, "tokenize_dataset", NewPiece("00000", WORK))
    lease = adapters.pieces.take(story.job, "00000", "a worker")
    tally = Tally(10, Counters(source_tokens=3_000))
    adapters.pieces.commit(lease, {"figures": tally.figures()})
    assert samples(api)["mistudio_tokens_per_second",] == 100


def test_the_disk_is_told_as_the_api_tells_it(api, adapters):
    begin(adapters).is_ready()
    found = samples(api)
    told = api.ask("{ storage { totalBytes reservedBytes byKind { kind bytes } } }")
    assert found["mistudio_storage_disk_bytes",] == told["totalBytes"]
    assert 0 < found["mistudio_storage_disk_free_bytes",] <= told["totalBytes"]
    assert found["mistudio_storage_reserved_bytes",] == told["reservedBytes"]
    assert {name[1]: int(value) for name, value in found.items() if name[0] == "mistudio_storage_used_bytes"} == {
        each["kind"]: each["bytes"] for each in told["byKind"]
    }
    assert found["mistudio_storage_free_bytes",] > 0


def test_a_server_that_is_away_is_told_and_the_rest_all_the_same(serve):
    with serve(redis_url="redis://127.0.0.1:1/0") as served:
        found = samples(served.client)
        assert (found["mistudio_server_up", "redis"], found["mistudio_server_up", "postgres"]) == (0, 1)
        assert ("mistudio_log_position",) in found


@pytest.fixture
def on_own_servers(own_servers, settings):
    url = fresh_database(own_servers, migrate)
    served = Served(replace(settings, database_url=url, redis_url=own_servers.redis_url))
    yield served
    served.stop()


def without_postgres(client):
    """What is told all the same."""
    found = samples(client)
    assert (found["mistudio_server_up", "postgres"], found["mistudio_server_up", "redis"]) == (0, 1)
    assert found["mistudio_storage_disk_bytes",] >= found["mistudio_storage_disk_free_bytes",] > 0
    assert "mistudio_subscribers" in {name for name, *_ in found}
    return found


@pytest.mark.slow
def test_without_postgres_the_disk_is_told_and_what_this_process_knows(own_servers, on_own_servers):
    own_servers.postgres.stop()
    try:
        found = without_postgres(on_own_servers.client)
    finally:
        own_servers.postgres.start()
    assert not {"mistudio_log_position", "mistudio_storage_free_bytes"} & {name for name, *_ in found}
    until(lambda: samples(on_own_servers.client)["mistudio_server_up", "postgres"] == 1)


@pytest.mark.slow
def test_a_postgres_that_hangs_holds_up_no_scrape_and_nothing_else_however_often_it_is_asked(
    own_servers, on_own_servers
):
    # given a connection for each thread
    client, pool = on_own_servers.client, on_own_servers.server.lifespan.state["shared"].adapters.pool
    with ExitStack() as at_once:
        for _ in range(THREADS):
            at_once.enter_context(pool.connection())

    with hanging(own_servers.postgres.pid):
        # when it is asked for more often than there are threads
        with ThreadPoolExecutor(THREADS * 2) as scrapes:
            list(scrapes.map(without_postgres, [client] * THREADS * 2))

        # then threads are free, for one more and for others
        without_postgres(client)
        assert "redis" not in client.http.get("/health/ready").json()["missing"]
    until(lambda: samples(client)["mistudio_server_up", "postgres"] == 1)


def test_metrics_need_the_token(serve):
    with serve(api_token="a-secret-of-the-tests") as served:
        assert served.client.http.get("/metrics").status_code == 401
        shown = {"Authorization": "Bearer a-secret-of-the-tests"}
        assert served.client.http.get("/metrics", headers=shown).status_code == 200
