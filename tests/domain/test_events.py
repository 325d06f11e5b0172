"""Events as they are stored and read."""

import json

import pytest

from domain.events import JobStarted
from domain.stored_events import from_data, name_of, to_data
from tests.domain.stories import fallen_back, indexed, purged, ready


def test_every_event_of_a_story_survives_storage():
    for event in (*fallen_back(), *indexed(), *purged()):
        stored = json.loads(json.dumps(to_data(event)))
        assert to_data(from_data(name_of(event), stored)) == json.loads(json.dumps(to_data(event)))


def test_an_old_shape_is_upcast_step_by_step():
    upcasts = {
        "WorkBegan": lambda data: ("JobBegan", {**data, "kind": "DOWNLOAD"}),
        "JobBegan": lambda data: ("JobStarted", {**data, "attempt": 1}),
    }
    assert from_data("WorkBegan", {"job_id": "j"}, upcasts) == JobStarted(job_id="j", kind="DOWNLOAD", attempt=1)


def test_events_from_before_a_field_was_there_have_its_default():
    stored = {"job_id": "j", "source": {}, "name": "n"}
    assert from_data("DownloadRequested", stored).on_error == "FAIL"
    ended = to_data(ready()[-1])
    del ended["skipped_rows"], ended["skipped"]
    assert from_data("IngestCompleted", ended) == ready()[-1]


def test_an_unknown_event_is_not_guessed_at():
    with pytest.raises(KeyError):
        from_data("NeverHappened", {})
