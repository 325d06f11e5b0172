"""What a dataset claims, so that the same data is here once: the whole, or a part of it."""

import json
from dataclasses import replace
from hashlib import sha256

from domain import commands as ask
from domain import events as past
from domain.claims import claims
from domain.evolve import fold
from tests.domain.stories import DATASET, INGEST_JOB, JOB, PIN, downloading, pinned, queued
from tests.domain.test_dataset import state_after, when

PINNED = (ask.StartJob(dataset_id=DATASET, job_id=JOB), ask.PinDownload(dataset_id=DATASET, job_id=JOB, **PIN))


def requested(**part):
    return when([], ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english", **part))


def digest(value) -> str:
    return sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_a_dataset_claims_what_was_asked_and_what_it_was_pinned_to():
    assert len(claims(fold(DATASET, queued()))) == 1
    assert len(claims(fold(DATASET, pinned()))) == 2


def test_another_config_of_the_same_repository_is_another_claim():
    one = fold(DATASET, queued(config="a"))
    two = fold(DATASET, queued(config="b"))
    assert claims(one).isdisjoint(claims(two))


def test_a_failed_or_cancelled_dataset_holds_no_claim_and_takes_it_back_with_a_retry():
    failed = [*downloading(), past.JobFailed(job_id=JOB, kind="DOWNLOAD", code="INTERNAL", message="", retryable=True)]
    assert claims(fold(DATASET, failed)) == frozenset()
    assert claims(state_after(failed, ask.RetryJob(dataset_id=DATASET, job_id=JOB))) != frozenset()


def test_duplicates_that_are_allowed_claim_nothing():
    assert claims(fold(DATASET, queued(allow_duplicate=True))) == frozenset()


def test_a_part_is_another_dataset_than_the_whole_and_than_other_parts():
    asked = ({}, {"max_rows": 10}, {"max_rows": 20}, {"max_bytes": 10}, {"files": ["a/*"]}, {"files": ["b/*"]})
    held = [claims(state_after(requested(**part), *PINNED)) for part in asked]
    for number, keys in enumerate(held):
        assert len(keys) == 2
        assert all(keys.isdisjoint(others) for others in held[:number])


def test_the_same_part_in_other_words_is_the_same():
    one, other = (claims(state_after(requested(files=files))) for files in (["a", "b"], ["b", "a", "b"]))
    assert one == other


def test_a_dataset_that_was_asked_for_before_there_were_parts_holds_the_claims_that_it_always_held():
    """Their keys are stored: `queued` has the source of those events."""
    asked = {"repository": "acme/english", "revision": "main", "config": None, "splits": None}
    pinned_to = ["acme/english", "c" * 40, "default", ["test", "train"]]
    expected = {"asked:" + digest(asked), "pinned:" + digest(pinned_to)}
    assert claims(fold(DATASET, pinned())) == expected
    assert claims(state_after(requested(), *PINNED)) == expected


def test_a_renamed_repository_is_pinned_under_the_name_that_it_has_now():
    renamed = replace(PINNED[1], repository="acme/english")
    old = when([], ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/old"))
    held = claims(state_after(old, PINNED[0], renamed))
    assert held & claims(fold(DATASET, pinned())) == {key for key in held if key.startswith("pinned:")} != frozenset()


def test_a_request_says_that_it_is_for_a_part():
    (event,) = requested(max_rows=10, files=["b", "a", "b"])
    assert (event.source["maxRows"], event.source["maxBytes"], event.source["files"]) == (10, None, ["a", "b"])
    assert "a part of acme/english" in event.summary()
    assert "part" not in requested()[0].summary()
    assert "part" not in queued()[0].summary()


def test_the_files_of_a_part_are_those_that_its_download_ended_with():
    files = [{"path": "train.jsonl", "split": "train", "rows": 10}]
    end = ask.CompleteDownload(dataset_id=DATASET, job_id=JOB, folder="f", size_bytes=1, ingest_job_id=INGEST_JOB)
    history = [*requested(max_rows=10)]
    for command in (*PINNED, replace(end, files=files)):
        history += when(history, command)
    assert fold(DATASET, history).fetched == tuple(files)
    assert state_after(pinned(), end).fetched is None
