"""How a dataset is described: what is said stays until something else is said."""

import pytest
import tantivy

from domain.describe_commands import DescribeDataset
from domain.described import DatasetDescribed, Description, TextColumnChosen
from domain.errors import ErrorCode, Refused
from domain.events import IngestCompleted, JobCancelRequested, JobStarted
from domain.evolve import fold
from domain.index_commands import CompleteIndex
from domain.index_events import IndexCompleted, IndexRequested
from domain.indexing import next_index_job_id
from domain.languages import LANGUAGES, language_named
from domain.stored_events import from_data, name_of, to_data
from domain.tokenization_commands import TokenizeDataset
from domain.trash_commands import DeleteDataset, RestoreDataset
from tests.domain.stories import (
    DATASET,
    EXPORT,
    EXPORT_JOB,
    INDEX,
    INDEX_JOB,
    INGEST_JOB,
    INGESTED,
    TOKENIZATION,
    TOKENIZE_JOB,
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


def with_columns():
    """A READY dataset with another text column, and one of numbers."""
    kinds = {"text": "string", "title": "string", "stars": "int64"}
    columns = tuple({"name": name, "type": kind, "isText": kind == "string"} for name, kind in kinds.items())
    values = {**INGESTED, "columns": columns, "text_column": "text"}
    return [*ingesting(), IngestCompleted(job_id=INGEST_JOB, **values)]


def choose(column, **changes):
    return DescribeDataset(dataset_id=DATASET, changes=changes, text_column=column)


def test_another_text_column_asks_for_its_index_in_the_same_append_and_has_no_figures_until_that_is_whole():
    history = [*with_columns(), IndexRequested(job_id=INDEX_JOB, reason="READY")]
    history += [JobStarted(job_id=INDEX_JOB, kind="INDEX", attempt=1), IndexCompleted(job_id=INDEX_JOB, **INDEX)]
    chosen, requested = when(history, choose("title"))
    assert chosen == TextColumnChosen(text_column="title")
    assert (requested.job_id, requested.reason) == (next_index_job_id(fold(DATASET, history)), "TEXT_COLUMN")
    between = fold(DATASET, [*history, chosen, requested])
    assert (between.text_column, between.has_figures, between.index.folder) == ("title", False, None)
    counted = CompleteIndex(dataset_id=DATASET, job_id=requested.job_id, **INDEX, statistics={"wordCount": 3})
    started = JobStarted(job_id=requested.job_id, kind="INDEX", attempt=1)
    after = state_after([*history, chosen, requested, started], counted)
    assert (after.text_column, after.has_figures, after.index.folder) == ("title", True, INDEX["folder"])
    assert (after.status, after.splits) == (between.status, between.splits)


def test_what_is_the_text_column_already_is_no_event():
    assert when(with_columns(), choose("text")) == []
    assert when(with_columns(), choose("text", notes="Good.")) == [DatasetDescribed(changes={"notes": "Good."})]


def test_a_text_column_and_a_language_lead_to_one_index():
    described, chosen, requested = when(with_columns(), choose("title", language="german"))
    assert (type(described), type(chosen), requested.reason) == (DatasetDescribed, TextColumnChosen, "TEXT_COLUMN")


def test_one_choice_after_another_calls_off_the_index_of_the_first():
    history = [*with_columns(), *when(with_columns(), choose("title"))]
    back, cancelled, requested = when(history, choose("text"))
    assert (back, cancelled.job_id) == (TextColumnChosen(text_column="text"), history[-1].job_id)
    assert requested.job_id != cancelled.job_id


@pytest.mark.parametrize(
    ("history", "column", "code"),
    [
        (queued, "title", ErrorCode.NOT_READY),
        (ingesting, "title", ErrorCode.NOT_READY),
        (with_columns, "headline", ErrorCode.COLUMN_NOT_FOUND),
        (with_columns, "Text", ErrorCode.COLUMN_NOT_FOUND),
        (with_columns, "stars", ErrorCode.COLUMN_NOT_TEXT),
        (without_text, "label", ErrorCode.COLUMN_NOT_TEXT),
        (trashed, "text", ErrorCode.INVALID_TRANSITION),
    ],
)
def test_what_cannot_be_the_text_column_is_refused_with_all_that_was_said_with_it(history, column, code):
    with pytest.raises(Refused) as refused:
        when(history(), choose(column, notes="Good."))
    assert refused.value.code == code
    if code != ErrorCode.INVALID_TRANSITION:
        assert refused.value.path == ("textColumn",)


def test_a_dataset_that_was_trashed_before_its_new_column_was_counted_is_counted_after_its_restore():
    history = [*with_columns(), *when(with_columns(), choose("title"))]
    history += when(history, DeleteDataset(dataset_id=DATASET))
    restored, requested = when(history, RestoreDataset(dataset_id=DATASET))
    after = fold(DATASET, [*history, restored, requested])
    assert (requested.reason, after.text_column, after.has_figures) == ("RESTORED", "title", False)


def test_a_tokenization_keeps_the_column_that_it_was_asked_for_with():
    asked = {"dataset_id": DATASET, "tokenizer": "builtin:byt5", "recipe": {"maxLength": 8}}
    first = TokenizeDataset(**asked, tokenization_id=TOKENIZATION, job_id=TOKENIZE_JOB)
    history = [*with_columns(), *when(with_columns(), first)]
    history += when(history, choose("title"))
    again = TokenizeDataset(**asked, tokenization_id=EXPORT, job_id=EXPORT_JOB)
    assert len(when(history, again)) == 1, "the same words mean another column now"
    old = {**asked, "recipe": {"maxLength": 8, "textColumns": ["text"]}}
    assert when(history, TokenizeDataset(**old, tokenization_id=EXPORT, job_id=EXPORT_JOB)) == []
    assert fold(DATASET, history).tokenizations[TOKENIZATION].text_column == "text"


def test_history_says_which_column_is_the_text_now():
    assert (
        TextColumnChosen(text_column="title").summary() == "title was made the text column; its words are counted anew"
    )
