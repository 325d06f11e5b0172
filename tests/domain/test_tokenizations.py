"""Tokenizations of one dataset beside each other: which are the same work, and what stands in the way of what."""

from dataclasses import replace

import pytest

from domain import commands as ask
from domain.decide import earlier
from domain.errors import ErrorCode
from domain.evolve import fold
from domain.handle import handle
from domain.log import Append, Trace
from domain.tokenization_commands import CompleteTokenization, PinTokenization, TokenizeDataset
from domain.tokenization_events import TokenizationPinned, TokenizationRequested
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import (
    COPIED,
    COUNTS,
    DATASET,
    TOKENIZATION,
    TOKENIZE_JOB,
    imported,
    ingesting,
    made_again,
    ready,
)
from tests.domain.test_dataset import refused, when

TRACE = Trace("command", "story")
ON_MINE = {"dataset_id": DATASET, "job_id": TOKENIZE_JOB}
FAILURE = {"piece": "plan", "fence": 1, "code": ErrorCode.CORRUPT_DATA, "message": "m", "retryable": False}
COLUMNS = {"text": "string", "title": "string", "score": "double", "chat": "list<item: struct<role: string>>"}


def tokenize(number=0, tokenizer="builtin:byt5", revision=None, **recipe):
    """Each number is another request."""
    ids = (TOKENIZATION, TOKENIZE_JOB) if number == 0 else (f"other {number}", f"other job {number}")
    return TokenizeDataset(
        dataset_id=DATASET, tokenization_id=ids[0], job_id=ids[1], tokenizer=tokenizer, revision=revision, recipe=recipe
    )


def pin(commit="t", job=TOKENIZE_JOB, **recipe):
    return PinTokenization(
        dataset_id=DATASET, job_id=job, tokenizer_commit=commit, recipe={"maxLength": 8, **recipe}, vocabulary_size=2
    )


def complete(job=TOKENIZE_JOB):
    return CompleteTokenization(dataset_id=DATASET, job_id=job, folder="f", size_bytes=1, statistics=COUNTS)


def after(history, *commands):
    for command in commands:
        history = [*history, *when(history, command)]
    return history


def start(job=TOKENIZE_JOB):
    return ask.StartJob(dataset_id=DATASET, job_id=job)


ASKED = after(ready(), tokenize())
RUNNING = after(ASKED, start(), pin())
DONE = after(RUNNING, complete())
FAILED = after(RUNNING, ask.FailAttempt(**ON_MINE, **FAILURE))
CANCELLING = after(RUNNING, ask.CancelJob(**ON_MINE))
CANCELLED = after(CANCELLING, ask.ConfirmCancel(**ON_MINE))
CHANGED = ({**COPIED[0], "sha256": "b" * 64}, COPIED[1])


@pytest.mark.parametrize("history", [ASKED, RUNNING, DONE], ids=["queued", "running", "ready"])
def test_asked_for_twice_it_is_the_one_that_runs_or_is_ready(history):
    log = MemoryLog()
    log.append(Append(stream=f"dataset-{DATASET}", expected_version=0, events=history, trace=TRACE))
    again = handle(log, tokenize(1), TRACE)
    assert (again.replayed, again.events) == (True, ())
    assert again.objects == {"dataset": DATASET, "tokenization": TOKENIZATION, "job": TOKENIZE_JOB}
    assert isinstance(log.events[again.position - 1].event, TokenizationRequested)


@pytest.mark.parametrize("history", [FAILED, CANCELLING, CANCELLED], ids=["failed", "cancelling", "cancelled"])
def test_one_that_failed_or_was_stopped_is_in_nobody_s_way(history):
    assert [type(event) for event in when(history, tokenize(1))] == [TokenizationRequested]


def test_the_same_in_other_words_is_the_same():
    history = after(ready(), tokenize(splits=["train", "test"], maxLength=8))
    assert when(history, tokenize(1, splits=["test", "train"], maxLength=8, textColumns=["text"], padding="NONE")) == []
    history = after(ready(), tokenize(tokenizer="gpt2"))
    assert when(history, tokenize(1, tokenizer="gpt2", revision="main")) == []


@pytest.mark.parametrize("other", [{"maxLength": 9}, {"tokenizer": "gpt2"}, {"tokenizer": "gpt2", "revision": "v1"}])
def test_another_recipe_or_tokenizer_is_another_tokenization(other):
    assert len(when(DONE, tokenize(1, **other))) == 1


def test_two_longest_lengths_of_one_dataset_never_collide():
    """Asked for, pinned and done side by side, each is itself."""
    history = after(ready(), tokenize(maxLength=8), tokenize(1, maxLength=16))
    history = after(history, start(), start("other job 1"), pin(maxLength=8), pin(job="other job 1", maxLength=16))
    history = after(history, complete(), complete("other job 1"))
    requested = [event for event in history if isinstance(event, TokenizationRequested)]
    pinned = [event for event in history if isinstance(event, TokenizationPinned)]
    assert len({event.recipe_hash for event in requested}) == len({event.recipe_hash for event in pinned}) == 2
    made = fold(DATASET, history).tokenizations
    assert [made[key].recipe["maxLength"] for key in (TOKENIZATION, "other 1")] == [8, 16]
    assert when(history, tokenize(2, maxLength=8)) == when(history, tokenize(2, maxLength=16)) == []


def test_asked_for_by_what_it_has_come_to_it_is_the_same():
    assert when(DONE, tokenize(1, maxLength=8)) == when(RUNNING, tokenize(1, maxLength=8)) == []
    assert len(when(ASKED, tokenize(1, maxLength=8))) == 1
    assert len(when(DONE, tokenize(1, maxLength=8, tokenizer="gpt2"))) == 1
    history = after(ready(), tokenize(tokenizer="gpt2"), start(), pin("c0ffee"))
    assert when(history, tokenize(1, tokenizer="gpt2", revision="c0ffee")) == []
    assert len(when(history, tokenize(1, tokenizer="gpt2", revision="v1"))) == 1


def test_what_turns_out_to_be_the_same_ends_at_its_pin_and_names_the_other():
    history = after(ASKED, tokenize(1, maxLength=8), start(), start("other job 1"), pin())
    refusal = refused(history, pin(job="other job 1"))
    assert refusal.code == ErrorCode.DUPLICATE_DATASET
    assert refusal.details == {"tokenization": TOKENIZATION}


@pytest.mark.parametrize("other", [{"commit": "other"}, {"padding": "LONGEST"}])
def test_another_commit_or_resolved_recipe_is_pinned_beside_it(other):
    history = after(ASKED, tokenize(1, maxLength=8), start(), start("other job 1"), pin())
    assert len(when(history, pin(job="other job 1", **other))) == 1


def test_what_failed_does_not_keep_the_same_from_being_pinned():
    assert len(when(after(FAILED, tokenize(1), start("other job 1")), pin(job="other job 1"))) == 1


@pytest.mark.parametrize("history", [FAILED, CANCELLED], ids=["failed", "cancelled"])
def test_it_is_not_done_after_all_once_the_same_was_asked_for_again(history):
    retry = ask.RetryJob(**ON_MINE)
    assert len(when(history, retry)) == 1
    refusal = refused(after(history, tokenize(1)), retry)
    assert (refusal.code, refusal.details) == (ErrorCode.DUPLICATE_DATASET, {"tokenization": "other 1"})


def test_what_it_had_come_to_counts_for_one_that_failed_and_not_for_one_that_begins_anew():
    """A tokenizer may be another one by then."""
    asked = tokenize(1, maxLength=8)
    assert refused(after(FAILED, asked), ask.RetryJob(**ON_MINE)).code == ErrorCode.DUPLICATE_DATASET
    assert len(when(after(CANCELLED, asked), ask.RetryJob(**ON_MINE))) == 1


def test_a_new_beginning_forgets_what_the_recipe_came_to():
    state = fold(DATASET, after(CANCELLED, ask.RetryJob(**ON_MINE)))
    assert state.tokenizations[TOKENIZATION].recipe == {}
    assert fold(DATASET, after(FAILED, ask.RetryJob(**ON_MINE))).tokenizations[TOKENIZATION].recipe == {"maxLength": 8}


def test_tokens_are_the_same_as_long_as_they_are_of_the_same_data():
    done = after(imported(), tokenize(), start(), pin(), complete())
    assert when(made_again(done, *COPIED), tokenize(1)) == []
    assert when(made_again(DONE), tokenize(1)) == [], "the same commit of the Hub"
    changed = made_again(done, *CHANGED)
    assert [type(event) for event in when(changed, tokenize(1))] == [TokenizationRequested]
    newer = after(changed, tokenize(1))
    assert when(newer, tokenize(2)) == []
    assert earlier(fold(DATASET, newer), tokenize(2)).objects["tokenization"] == "other 1"


def test_one_that_was_stopped_begins_anew_with_other_data_and_one_that_failed_does_not_go_on():
    running = after(imported(), tokenize(), start(), pin())
    failed = made_again(after(running, ask.FailAttempt(**ON_MINE, **FAILURE)), *CHANGED)
    assert refused(failed, ask.RetryJob(**ON_MINE)).code == ErrorCode.INVALID_TRANSITION
    stopped = made_again(after(running, ask.CancelJob(**ON_MINE), ask.ConfirmCancel(**ON_MINE)), *CHANGED)
    assert when(after(stopped, ask.RetryJob(**ON_MINE)), tokenize(1)) == []
    assert refused(after(stopped, tokenize(1)), ask.RetryJob(**ON_MINE)).code == ErrorCode.DUPLICATE_DATASET


def test_tokens_of_older_data_are_not_in_the_way_of_a_retry():
    done = after(imported(), tokenize(), start(), pin(), complete())
    other = after(made_again(done, *CHANGED), tokenize(1), start("other job 1"))
    failed = after(other, ask.FailAttempt(**{**ON_MINE, "job_id": "other job 1"}, **FAILURE))
    assert len(when(failed, ask.RetryJob(dataset_id=DATASET, job_id="other job 1"))) == 1


def with_columns(text_column="text"):
    columns = tuple({"name": name, "type": of, "isText": of == "string"} for name, of in COLUMNS.items())
    return [*ingesting(), replace(ready()[-1], text_column=text_column, columns=columns)]


@pytest.mark.parametrize(
    ("recipe", "code", "path"),
    [
        ({"textColumns": ["text", "body"]}, ErrorCode.COLUMN_NOT_FOUND, ("textColumns", "1")),
        ({"textColumns": ["score"]}, ErrorCode.COLUMN_NOT_TEXT, ("textColumns", "0")),
        ({"textColumns": ["chat"]}, ErrorCode.COLUMN_NOT_TEXT, ("textColumns", "0")),
        ({"chatColumn": "body"}, ErrorCode.COLUMN_NOT_FOUND, ("chatColumn",)),
        ({"chatColumn": "text"}, ErrorCode.COLUMN_NOT_TEXT, ("chatColumn",)),
        ({"template": "{title}{body}"}, ErrorCode.COLUMN_NOT_FOUND, ("template",)),
        ({"template": "{title}{score}"}, ErrorCode.COLUMN_NOT_TEXT, ("template",)),
        ({"textColumns": ["title"], "template": "{text}{title}"}, ErrorCode.INVALID_INPUT, ("template",)),
        ({"stride": 4}, ErrorCode.INVALID_INPUT, ("stride",)),
        ({"splits": ["dev"]}, ErrorCode.SPLIT_NOT_FOUND, ("splits",)),
    ],
)
def test_what_this_dataset_cannot_be_tokenized_by_is_named(recipe, code, path):
    refusal = refused(with_columns(), tokenize(**recipe))
    assert (refusal.code, refusal.path) == (code, ("recipe", *path))


@pytest.mark.parametrize(
    "recipe",
    [
        {"textColumns": ["title"]},
        {"textColumns": ["title", "text"], "template": "{title}: {text}"},
        {"chatColumn": "chat"},
        {"textColumns": ["title", "text"]},
        {"template": "<{title}>{text}"},
    ],
)
def test_any_text_columns_or_a_column_of_conversations_may_be_named(recipe):
    assert len(when(with_columns(), tokenize(**recipe))) == 1


def test_a_dataset_without_a_text_column_is_tokenized_by_those_that_are_named():
    history = with_columns(text_column=None)
    refusal = refused(history, tokenize())
    assert (refusal.code, refusal.path) == (ErrorCode.COLUMN_NOT_TEXT, ("recipe", "textColumns"))
    assert "text, title" in refusal.message
    assert len(when(history, tokenize(textColumns=["title"]))) == 1
    assert len(when(history, tokenize(chatColumn="chat"))) == 1
    assert len(when(history, tokenize(template="{title}"))) == 1
