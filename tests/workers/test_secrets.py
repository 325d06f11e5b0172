"""A token is opened for the call that needs it, reaches the child by its pipe alone, and is forgotten with its job."""

import json
from uuid import uuid4

import pytest

from domain import commands as ask
from domain.adapters.redaction import MARK
from domain.errors import ErrorCode, WorldFailure
from domain.tokenization_commands import TokenizeDataset
from tests.api.stories import begin
from tests.domain.stories import DATASET, JOB, PIN
from tests.workers.bench import sample_run
from tests.workers.sample_work import FUNCTIONS
from workers.actors import Worker
from workers.child import Child, ChildBug
from workers.runs import Call, Run, work_pieces

TOKEN = "hf_0123456789abcdefghij"


@pytest.fixture
def child(monkeypatch):
    monkeypatch.setenv("MISTUDIO_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_operator")
    made = Child(FUNCTIONS)
    yield made
    made.close()


def result_of(work):
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def telling(how: str) -> Run:
    """A download whose every piece is given the token and tells it."""
    return Run(
        unit="BYTES",
        plan=lambda task: Call("blurt", {"how": how}, task.secret),
        pin=lambda task, _found: ask.PinDownload(dataset_id=DATASET, job_id=task.lease.job_id, **PIN),
        pieces=lambda _task, _found: work_pieces([{}], [5]),
        work=lambda task, _plan: Call("blurt", {"how": how}, task.secret),
        complete=lambda _task, _ledger: Call("count", {"to": 1}),
        completed=sample_run().completed,
    )


def request(bench, how="result", token=TOKEN):
    """A download with the token; the handle."""
    bench.worker = Worker(bench.adapters, {"download_dataset": telling(how)}, "here")
    handle = bench.adapters.secrets.keep(token)
    bench.command(ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/gated", secret=handle))
    return handle


def kept(bench):
    with bench.adapters.pool.connection() as connection:
        return [row[0] for row in connection.execute("SELECT handle::text FROM secrets").fetchall()]


def database(bench) -> str:
    """Every row of every table as text."""
    with bench.adapters.pool.connection() as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = [connection.execute(f"SELECT t::text FROM {name} t").fetchall() for (name,) in names]
    return json.dumps(rows)


def retry(bench, **given):
    return bench.command(ask.RetryJob(dataset_id=DATASET, job_id=JOB, **given))


def test_the_child_is_given_the_token_and_tells_it_to_nobody(child, capfd):
    told = result_of(child.call("blurt", {"how": "result"}, TOKEN))
    assert told["length"] == len(TOKEN)
    assert told["told"] == MARK
    with pytest.raises(WorldFailure) as failure:
        result_of(child.call("blurt", {"how": "failure"}, TOKEN))
    with pytest.raises(ChildBug) as bug:
        result_of(child.call("blurt", {"how": "bug"}, TOKEN))
    assert failure.value.message == f"GET with Bearer {MARK} failed."
    assert f"ZeroDivisionError: Bearer {MARK}" in str(bug.value)
    printed = capfd.readouterr()
    assert f"asking with {MARK}" in printed.err
    lines = [json.loads(line) for line in printed.err.splitlines() if line.startswith("{")]
    assert [line["level"] for line in lines if line["logger"] == "a.library" and MARK in line["message"]]
    assert TOKEN not in printed.out + printed.err + str(bug.value)


def test_the_operators_token_is_told_by_no_child_either(child, capfd):
    told = result_of(child.call("blurt", {"how": "result", "token": "hf_of_the_operator"}))
    with pytest.raises(WorldFailure) as failure:
        result_of(child.call("blurt", {"how": "failure", "token": "hf_of_the_operator"}))
    assert "hf_of" not in json.dumps(told) + failure.value.message + capfd.readouterr().err


def test_the_token_is_in_no_argument_and_no_environment_of_the_child(child):
    told = result_of(child.call("blurt", {"how": "result"}, TOKEN))
    assert told["outside"] is False


def test_a_child_has_no_key_to_other_tokens_and_leaves_no_core(child):
    told = result_of(child.call("blurt", {"how": "result"}, TOKEN))
    assert (told["key"], told["core_bytes"]) == (None, 0)


def test_the_token_of_one_call_is_not_that_of_the_next(child):
    result_of(child.call("blurt", {"how": "result"}, TOKEN))
    assert result_of(child.call("blurt", {"how": "result"}))["length"] == 0


def test_a_call_that_is_shown_shows_the_handle():
    assert "the-handle" in repr(Call("fetch_file", {}, "the-handle"))


def test_a_job_that_succeeds_has_used_its_token_and_it_is_forgotten(bench):
    request(bench)
    bench.work(until=lambda state: state.jobs[JOB].status == "SUCCEEDED", rounds=8)
    assert bench.adapters.pieces.ledger(JOB)["00000"]["length"] == len(TOKEN)
    bench.work()
    assert kept(bench) == []


@pytest.mark.parametrize("how", ["failure", "bug"])
def test_a_failed_job_tells_nothing_of_its_token_and_keeps_it(bench, how, caplog):
    handle = request(bench, how)
    bench.work()
    assert bench.job.status == "FAILED"
    assert kept(bench) == [handle]
    assert TOKEN not in database(bench) + caplog.text


def test_a_cancelled_job_has_its_token_forgotten(bench):
    request(bench)
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    bench.work()
    assert bench.job.status == "CANCELLED"
    assert kept(bench) == []


def test_a_retry_with_another_token_uses_it_and_forgets_the_first(bench):
    request(bench, "failure")
    bench.work()
    bench.worker = Worker(bench.adapters, {"download_dataset": telling("result")}, "here")
    second = bench.adapters.secrets.keep("hf_another")
    retry(bench, secret=second)
    bench.tick()
    assert kept(bench) == [second]
    bench.work(until=lambda state: state.jobs[JOB].status == "SUCCEEDED", rounds=8)
    assert bench.adapters.pieces.ledger(JOB)["00000"]["length"] == len("hf_another")


def test_a_reaction_that_happens_again_late_forgets_no_newer_token(bench):
    request(bench, "result")
    bench.command(ask.CancelJob(dataset_id=DATASET, job_id=JOB))
    bench.work(rounds=2)
    second = bench.adapters.secrets.keep("hf_another")
    retry(bench, secret=second)
    with bench.adapters.pool.connection() as connection:
        connection.execute("DELETE FROM checkpoints")
    bench.tick()
    assert kept(bench) == [second]


def test_a_token_that_is_gone_when_it_is_needed_fails_the_job_and_says_what_to_do(bench, monkeypatch):
    """Also where the operator has one: it is not the one that was given."""
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_operator")
    bench.adapters.secrets.forget(request(bench))
    bench.work()
    failed = bench.events[-1]
    assert (failed.code, failed.retryable) == ("AUTHENTICATION_REQUIRED", False)
    assert "give the token again" in failed.message
    retry(bench, secret=bench.adapters.secrets.keep(TOKEN))
    bench.work(until=lambda state: state.jobs[JOB].status == "SUCCEEDED", rounds=8)
    assert bench.job.status == "SUCCEEDED"


def test_tokens_whose_time_is_over_are_swept(bench):
    request(bench)
    with bench.adapters.pool.connection() as connection:
        connection.execute("UPDATE secrets SET kept_at = kept_at - interval '25 hours'")
    bench.dispatcher._swept = float("-inf")
    bench.tick()
    assert kept(bench) == []


def test_a_token_that_a_retry_has_brought_in_vain_is_forgotten_with_the_job(bench):
    """As to the job that indexes, and to the one that purges."""
    index = begin(bench.adapters).is_ready().asks_for_an_index().fails()
    purge = begin(bench.adapters, "acme/other").is_ready().is_trashed().is_being_purged().fails(ErrorCode.IN_USE)
    bench.tick()
    for story in (index, purge):
        story.does(ask.RetryJob(dataset_id=story.id, job_id=story.job, secret=bench.adapters.secrets.keep(TOKEN)))
    bench.tick()
    assert len(kept(bench)) == 2
    index.starts().is_indexed()
    purge.starts().is_purged()
    bench.tick()
    assert kept(bench) == []


def test_a_tokenization_forgets_its_own_token_and_no_other(bench):
    """As where a second one of the same dataset still runs."""
    story = begin(bench.adapters).is_ready()
    handles = [bench.adapters.secrets.keep(token) for token in ("hf_mine", "hf_other")]
    jobs = [str(uuid4()) for _ in handles]
    for job, handle in zip(jobs, handles, strict=True):
        ids = {"dataset_id": story.id, "tokenization_id": str(uuid4()), "job_id": job}
        story.does(TokenizeDataset(**ids, tokenizer="acme/bpe", secret=handle))
    story.does(ask.CancelJob(dataset_id=story.id, job_id=jobs[0]))
    bench.tick()
    assert kept(bench) == handles[1:]
