"""Two tokenizations asked for in other words that turn out to be the same: one is made."""

from domain.adapters.public_ids import public_id
from domain.dataset import stream_of
from domain.events import JobFailed
from domain.log import Append
from domain.tokenization_commands import CompleteTokenization, PinTokenization, TokenizeDataset
from tests.domain.stories import COUNTS, DATASET, TOKENIZATION, TOKENIZE_JOB, ready
from tests.workers.bench import COUNT, TRACE
from workers.actors import Worker
from workers.runs import Call, Run, work_pieces

OTHER = "00000000-0000-4000-8000-0000000000f1"
OTHER_JOB = "00000000-0000-4000-8000-0000000000f2"


def pinned(task, _found):
    """Whatever was asked comes to sequences of 8 tokens."""
    job = {"dataset_id": DATASET, "job_id": task.lease.job_id}
    return PinTokenization(**job, tokenizer_commit="t" * 40, recipe={"maxLength": 8}, vocabulary_size=2)


def completed(task, _ledger, _result):
    job = {"dataset_id": DATASET, "job_id": task.lease.job_id}
    return CompleteTokenization(**job, folder="tokens", size_bytes=1, statistics=COUNTS)


RUN = Run(
    unit="ROWS",
    plan=lambda _task: Call("count", {"to": 1}),
    pin=pinned,
    pieces=lambda _task, _found: work_pieces([COUNT], [5]),
    work=lambda _task, _plan: Call("count", {"to": 5}),
    complete=lambda _task, _ledger: Call("count", {"to": 1}),
    completed=completed,
)


def tokenize(bench, tokenization_id, job_id, **recipe):
    ids = {"dataset_id": DATASET, "tokenization_id": tokenization_id, "job_id": job_id}
    return bench.command(TokenizeDataset(**ids, tokenizer="builtin:byt5", recipe=recipe))


def test_the_later_one_fails_at_its_pin_and_names_the_one_that_is_here(bench):
    # given a ready dataset, and two tokenizations in words that only the tokenizer can tell to be the same
    bench.adapters.log.append(Append(stream=stream_of(DATASET), expected_version=0, events=ready(), trace=TRACE))
    bench.worker = Worker(bench.adapters, {"tokenize_dataset": RUN}, "here")
    tokenize(bench, TOKENIZATION, TOKENIZE_JOB)
    tokenize(bench, OTHER, OTHER_JOB, maxLength=8)

    # when both are worked on
    bench.work()

    # then one is made, and the other has failed for good, with a message that says which to use
    (failed,) = [event for event in bench.events if isinstance(event, JobFailed)]
    made = {TOKENIZE_JOB: TOKENIZATION, OTHER_JOB: OTHER}
    done = made[({TOKENIZE_JOB, OTHER_JOB} - {failed.job_id}).pop()]
    assert (failed.code, failed.retryable) == ("DUPLICATE_DATASET", False)
    assert public_id("Tokenization", done) in failed.message
    assert [one.id for one in bench.state.tokenizations.values() if one.folder] == [done]

    # and whoever asks for what both have come to is answered with that one
    again = tokenize(bench, f"{OTHER[:-1]}3", f"{OTHER[:-1]}4", maxLength=8)
    assert (again.replayed, again.objects["tokenization"]) == (True, done)
