"""Presets: given past events, when a command, then events or a refusal."""

import pytest

from domain import commands as ask
from domain import events as past
from domain.errors import ClaimTaken, ErrorCode, Refused
from domain.handle import handle
from domain.log import Idempotency, Trace
from domain.preset import claims, decide, evolve
from tests.domain.memory_log import MemoryLog
from tests.domain.stories import DATASET, JOB, PRESET, saved

TRACE = Trace("command", "story")
OTHER = f"{PRESET[:-1]}9"
DELETED = [*saved(), past.PresetDeleted(name="short")]


def fold(history):
    state = None
    for event in history:
        state = evolve(PRESET, state, event)
    return state


def when(history, command):
    return list(decide(fold(history), command))


def save(preset_id=PRESET, name="short", **more):
    return ask.SavePreset(preset_id=preset_id, name=name, **more)


def test_a_preset_is_saved_with_what_was_given():
    (event,) = when([], save(tokenizer="builtin:byt5", recipe={"maxLength": 8}))
    assert event == saved(maxLength=8)[0]
    assert event.summary() == "Preset short was saved"


def test_it_becomes_what_is_given_later():
    history = [*saved(maxLength=8), *when(saved(maxLength=8), save(name="long", is_new=False))]
    state = fold(history)
    assert (state.name, state.tokenizer, state.recipe) == ("long", None, {})


def test_saving_what_it_is_changes_nothing():
    assert when(saved(), save(tokenizer="builtin:byt5", is_new=False)) == []


@pytest.mark.parametrize("history", [[], DELETED])
def test_what_is_not_there_is_neither_changed_nor_deleted(history):
    for command in (save(is_new=False), ask.DeletePreset(preset_id=PRESET)):
        with pytest.raises(Refused) as refusal:
            when(history, command)
        assert (refusal.value.code, refusal.value.path) == (ErrorCode.NOT_FOUND, ("presetId",))


@pytest.mark.parametrize("history", [saved(), DELETED])
def test_a_new_one_does_not_take_the_place_of_another(history):
    with pytest.raises(Refused) as refusal:
        when(history, save())
    assert refusal.value.code == ErrorCode.INVALID_TRANSITION


def test_a_recipe_that_cannot_be_meant_is_not_kept():
    with pytest.raises(Refused) as refusal:
        when([], save(recipe={"stride": 3}))
    assert refusal.value.path == ("recipe", "stride")


def test_it_claims_its_name_until_it_is_deleted_or_called_something_else():
    assert claims(fold(saved())) == {"preset:short"}
    assert claims(fold([*saved(), *saved(name="long")])) == {"preset:long"}
    assert claims(fold(DELETED)) == claims(None) == frozenset()


def test_a_name_is_one_preset_s_at_a_time():
    log = MemoryLog()
    handle(log, save(), TRACE)
    with pytest.raises(ClaimTaken) as taken:
        handle(log, save(OTHER), TRACE)
    assert taken.value.holder == f"preset-{PRESET}"
    handle(log, ask.DeletePreset(preset_id=PRESET), TRACE)
    assert handle(log, save(OTHER), TRACE).events


def test_the_command_loop_serves_both_kinds_of_streams():
    log = MemoryLog()
    handle(log, ask.DownloadDataset(dataset_id=DATASET, job_id=JOB, repository="acme/english"), TRACE)
    key = Idempotency("k", "savePreset", "digest", {"preset": PRESET})
    first = handle(log, save(), TRACE, idempotency=key)
    assert handle(log, save(OTHER), TRACE, idempotency=key).objects == first.objects
    assert [recorded.stream for recorded in log.events] == [f"dataset-{DATASET}", f"preset-{PRESET}"]
    with pytest.raises(Refused, match="This preset is at version 1, not 2"):
        handle(log, ask.DeletePreset(preset_id=PRESET), TRACE, expected_version=2)
