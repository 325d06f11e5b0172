"""How a dataset is described: what is said stays until something else is said."""

import pytest
import tantivy

from domain.describe_commands import DescribeDataset
from domain.described import DatasetDescribed, Description
from domain.errors import ErrorCode, Refused
from domain.events import JobCancelRequested
from domain.evolve import fold
from domain.index_events import IndexRequested
from domain.languages import LANGUAGES, language_named
from domain.stored_events import from_data, name_of, to_data
from tests.domain.stories import (
    DATASET,
    INDEX_JOB,
    downloading,
    exporting,
    indexed,
    indexing,
    ingesting,
    purged,
    purging,
    queued,
    ready,
    tokenized,
    trashed,
)
from tests.domain.test_dataset import state_after, when
from tests.domain.test_indexing import without_text


def describe(**changes):
    return DescribeDataset(dataset_id=DATASET, changes=changes)


@pytest.mark.parametrize("history", [queued, downloading, ingesting, ready, tokenized, exporting])
def test_a_dataset_is_described_in_every_state_of_its_life_and_nothing_else_of_it_changes(history):
    before = fold(DATASET, history())
    (event,) = when(history(), describe(name="English news", tags=("news", "en"), notes="From the press."))
    assert event == DatasetDescribed(
        changes={"name": "English news", "tags": ("news", "en"), "notes": "From the press."}
    )
    after = fold(DATASET, [*history(), event])
    assert after.description == Description("English news", ("news", "en"), "From the press.")
    assert (after.status, after.jobs, after.version) == (before.status, before.jobs, before.version + 1)


def test_only_what_is_different_is_said_and_nothing_different_is_no_event():
    history = [*ready(), DatasetDescribed(changes={"tags": ["news"], "notes": "Good."})]
    assert when(history, describe(name="acme/english", tags=("news",), notes="Good.")) == []
    assert when(history, describe()) == []
    assert when(history, describe(tags=("news",), notes="Better.")) == [DatasetDescribed(changes={"notes": "Better."})]


def test_notes_tags_and_language_are_taken_away_again():
    said = describe(tags=("news",), notes="Good.", language="english")
    taken = describe(tags=(), notes=None, language=None)
    assert state_after(queued(), said).description == Description("acme/english", ("news",), "Good.", "english")
    assert state_after(queued(), said, taken).description == Description("acme/english")
    assert when(queued(), taken) == []


@pytest.mark.parametrize(
    ("history", "code"),
    [
        (list, ErrorCode.NOT_FOUND),
        (trashed, ErrorCode.INVALID_TRANSITION),
        (purging, ErrorCode.INVALID_TRANSITION),
        (purged, ErrorCode.NOT_FOUND),
    ],
)
def test_what_is_not_there_or_in_the_trash_is_not_described(history, code):
    with pytest.raises(Refused) as refused:
        when(history(), describe(name="other"))
    assert refused.value.code == code


def test_what_was_said_is_stored_and_read_as_it_was():
    event = DatasetDescribed(changes={"tags": ("a", "b"), "notes": None})
    assert from_data(name_of(event), to_data(event)) == event
    assert fold(DATASET, [*queued(), DatasetDescribed(changes={"tags": ["a"]})]).description.tags == ("a",)


def test_history_says_what_became_of_it():
    told = DatasetDescribed(changes={"name": "News", "tags": ("a", "b"), "notes": "Good.", "language": "german"})
    assert told.summary() == "Renamed to News; Tagged a, b; Notes were written; Its words are stemmed as German"
    gone = DatasetDescribed(changes={"tags": (), "notes": None, "language": None})
    assert gone.summary() == "Tags were removed; Notes were removed; Its words are not stemmed"


@pytest.mark.parametrize(
    ("given", "found"),
    [("english", "english"), ("EN", "english"), (" Deutsch", None), ("de", "german"), ("x" * 1000, None), ("", None)],
)
def test_a_language_is_known_by_its_name_or_its_code(given, found):
    assert language_named(given) == found


def test_every_language_has_a_stemmer():
    for language in LANGUAGES:
        stemmer = tantivy.Filter.stemmer(language)
        assert tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(stemmer).build().analyze("word")


def test_another_language_of_a_ready_dataset_asks_for_its_index_in_the_same_append():
    described, requested = when(indexed(), describe(language="german", notes="Good."))
    assert described == DatasetDescribed(changes={"language": "german", "notes": "Good."})
    assert isinstance(requested, IndexRequested)
    assert requested.reason == "LANGUAGE"
    history = [*indexed(), described, requested]
    assert len(when(history, describe(notes="Better."))) == 1
    assert when(history, describe(language="german")) == []


def test_an_index_in_the_former_language_is_not_built_on():
    described, cancelled, requested = when(indexing(), describe(language="german"))
    assert cancelled == JobCancelRequested(job_id=INDEX_JOB, kind="INDEX")
    history = [*indexing(), described, cancelled, requested]
    _, cancelled, newer = when(history, describe(language=None))
    assert cancelled.job_id == requested.job_id != newer.job_id


@pytest.mark.parametrize("history", [queued, ingesting, without_text])
def test_a_language_waits_for_text_that_can_be_indexed(history):
    assert when(history(), describe(language="german")) == [DatasetDescribed(changes={"language": "german"})]
