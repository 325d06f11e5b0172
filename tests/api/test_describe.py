"""What a dataset is called, tagged, noted and read as: said, changed and taken back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.describe_inputs import NOTES_LENGTH
from domain.languages import LANGUAGES
from tests.api.operations import describe, restore
from tests.api.stories import begin

UNKNOWN = "00000000-0000-4000-8000-000000000000"
EVENTS = "{ events(first: 100) { events { type summary data } } }"


def said(api, story, **given):
    answer = describe(api, story.id, **given)
    assert answer["errors"] == []
    return answer["dataset"]


def described(api):
    return [event for event in api.ask(EVENTS)["events"] if event["type"] == "DatasetDescribed"]


def test_what_is_said_is_shown_and_what_is_left_out_stays(api, adapters):
    story = begin(adapters, tags=["old"])
    notes = "From the press.\nChecked by hand, ü."
    told = said(api, story, name="News", notes=notes)
    assert (told["name"], told["tags"], told["notes"], told["language"]) == ("News", ["old"], notes, None)
    told = said(api, story, tags=["b", "a", "b"], language="de")
    assert (told["name"], told["tags"], told["notes"], told["language"]) == ("News", ["b", "a"], notes, "german")
    assert told["version"] == 3
    told = said(api, story, tags=[], notes=None, language=None)
    assert (told["name"], told["tags"], told["notes"], told["language"]) == ("News", [], None, None)
    assert [event["summary"] for event in described(api)] == [
        "Renamed to News; Notes were written",
        "Tagged b, a; Its words are stemmed as German",
        "Tags were removed; Notes were removed; Its words are not stemmed",
    ]


def test_what_is_so_already_is_no_event(api, adapters):
    story = begin(adapters, name="News", tags=["a"])
    before = api.ask("{ position }")
    answer = describe(api, story.id, name="News", tags=["a", "a"], notes=" \n ", language=None)
    assert (answer["errors"], answer["replayed"], answer["position"]) == ([], False, before)
    assert answer["dataset"]["version"] == 1
    assert describe(api, story.id)["dataset"]["name"] == "News"
    assert described(api) == []


def test_it_is_said_once_however_often_it_is_sent_with_one_key(api, adapters):
    story = begin(adapters)
    first = describe(api, story.id, name="News", idempotencyKey="key")
    describe(api, story.id, name="Other")
    again = describe(api, story.id, name="News", idempotencyKey="key")
    assert (again["replayed"], again["position"]) == (True, first["position"])
    assert again["dataset"]["name"] == "Other"
    (error,) = describe(api, story.id, name="Else", idempotencyKey="key")["errors"]
    assert error["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_of_two_who_saw_the_same_version_one_is_told_of_the_other(api, adapters):
    story = begin(adapters)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda name: describe(api, story.id, name=name, expectedVersion=1), "ab"))
    refused = [error for answer in answers for error in answer["errors"]]
    assert [(error["code"], error["currentVersion"]) for error in refused] == [("VERSION_CONFLICT", 2)]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "a\0b"}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"tags": ["ok", " "]}, ["tags", "1"]),
        ({"tags": [f"{number}" for number in range(51)]}, ["tags"]),
        ({"notes": "x" * (NOTES_LENGTH + 1)}, ["notes"]),
        ({"notes": "a\0b"}, ["notes"]),
        ({"language": "klingon"}, ["language"]),
        ({"language": ""}, ["language"]),
        ({"language": "\0" * 100}, ["language"]),
        ({"idempotencyKey": ""}, ["idempotencyKey"]),
    ],
)
def test_what_cannot_be_said_is_refused_and_changes_nothing(clean, shared_adapters, given, path):
    (error,) = describe(clean, UNKNOWN, **given)["errors"]
    assert (error["__typename"], error["code"], error["path"]) == ("InvalidInputError", "INVALID_INPUT", path)
    if "language" in given:
        assert all(language in error["message"] for language in LANGUAGES)


def test_what_is_not_there_is_not_described(clean):
    (error,) = describe(clean, UNKNOWN, name="News")["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["datasetId"])


def test_in_the_trash_nothing_is_said_and_what_was_said_comes_back_with_it(api, adapters):
    story = begin(adapters).is_ready()
    said(api, story, name="News", notes="Good.")
    story.is_trashed()
    (error,) = describe(api, story.id, name="Other")["errors"]
    assert (error["code"], error["status"]) == ("INVALID_TRANSITION", "TRASHED")
    assert restore(api, story.id)["errors"] == []
    told = said(api, story, tags=["back"])
    assert (told["name"], told["notes"], told["tags"]) == ("News", "Good.", ["back"])


def test_another_language_of_a_ready_dataset_begins_its_index_anew(api, adapters):
    story = begin(adapters).is_ready()
    before = [job["kind"] for job in said(api, story, notes="Good.")["jobs"]["nodes"]]
    told = said(api, story, language="English")
    assert (told["language"], told["status"]) == ("english", "READY")
    assert [job["kind"] for job in told["jobs"]["nodes"]] == ["INDEX", *before]
    assert said(api, story, language="en")["version"] == told["version"]
