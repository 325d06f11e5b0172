"""What earlier versions have stored is read today, and tells the same stories."""

import json
from dataclasses import fields

import pytest

from domain.aggregates import DATASETS, PRESETS
from domain.stored_events import TYPES, UPCASTS, from_data, to_data
from tests.domain.kept_events import SHAPES, kept_events, kept_streams

STREAMS = list(kept_streams())
NEW_SHAPE = (
    "the fields of {name} have changed: give new ones a default, or write an upcast; then keep a stream that today's "
    "version has stored in a new file of tests/domain/stored_events, and add its fields to shapes.json"
)


def fold(stream):
    """The state after the whole stream."""
    aggregate = PRESETS if stream["stream"].startswith("preset-") else DATASETS
    its_id, state = stream["stream"].partition("-")[2], None
    for event in stream["events"]:
        state = aggregate.evolve(its_id, state, from_data(event["type"], event["data"]))
    return state


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_fields_of_each_event_are_those_of_the_shape_that_was_kept_last(name):
    assert [field.name for field in fields(TYPES[name])] == SHAPES.get(name, [[]])[-1], NEW_SHAPE.format(name=name)


def test_every_shape_that_an_event_ever_had_is_kept():
    kept = {(event["type"], tuple(event["data"])) for event in kept_events()}
    assert kept == {(name, tuple(shape)) for name, shapes in SHAPES.items() for shape in shapes}
    assert set(SHAPES) == set(TYPES) | set(UPCASTS)


def test_every_kept_event_is_read_and_says_what_happened():
    for event in kept_events():
        read = from_data(event["type"], event["data"])
        assert read.summary()
        assert {name: getattr(read, name) for name in event["data"]} == event["data"]


@pytest.mark.parametrize(("file", "stream"), STREAMS, ids=[f"{file}-{n}" for n, (file, _) in enumerate(STREAMS)])
def test_each_kept_stream_folds_to_a_state_that_goes_on(file, stream):
    state = fold(stream)
    assert state is not None
    again = [{"type": event["type"], "data": _stored_again(event)} for event in stream["events"]]
    assert fold({**stream, "events": again}) == state


def _stored_again(event):
    """As today's version stores what it has read."""
    return json.loads(json.dumps(to_data(from_data(event["type"], event["data"]))))
