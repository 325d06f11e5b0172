"""Who uses a dataset outside of this service: it stays until they say that they do no more."""

import pytest

from domain.decide import decide
from domain.errors import ErrorCode, Refused
from domain.evolve import fold
from domain.reference_commands import ReferenceDataset, ReleaseDataset
from domain.reference_events import DatasetReferenced, DatasetReleased
from domain.references import MOST_REFERENCES
from domain.stored_events import from_data, name_of, to_data
from domain.trash_commands import DeleteDataset
from tests.domain.stories import DATASET, TOKENIZE_JOB, downloading, purged, purging, queued, ready, tokenizing, trashed
from tests.domain.test_dataset import refused, state_after, when


def use(name="training/42"):
    return ReferenceDataset(dataset_id=DATASET, reference=name)


def leave(name="training/42"):
    return ReleaseDataset(dataset_id=DATASET, reference=name)


def used(*names):
    return [
        *ready(),
        *(DatasetReferenced(reference=name, references=names[: number + 1]) for number, name in enumerate(names)),
    ]


@pytest.mark.parametrize("history", [queued, downloading, ready])
def test_a_dataset_is_referenced_in_every_state_of_its_life_and_nothing_else_of_it_changes(history):
    before, after = fold(DATASET, history()), state_after(history(), use())
    assert (after.references, after.status, after.jobs) == (("training/42",), before.status, before.jobs)
    assert after.version == before.version + 1


def test_references_are_told_apart_by_their_names_and_stand_in_the_order_in_which_they_came():
    state = state_after(ready(), use("b"), use("a"), use("c"), leave("a"))
    assert state.references == ("b", "c")
    assert state_after(ready(), use("b"), leave("b")).references == ()


def test_what_is_so_already_is_no_event_either_way():
    assert when(used("training/42"), use()) == []
    assert when(ready(), leave()) == []
    assert when(used("training/42"), leave("training/4")) == []


def test_the_story_names_who_uses_it_and_who_does_no_more():
    (came,) = when(used("a"), use("b"))
    assert came == DatasetReferenced(reference="b", references=("a", "b"))
    assert came.summary() == "b uses it from now on"
    (went,) = when(used("a", "b"), leave("a"))
    assert went == DatasetReleased(reference="a", references=("b",))
    assert went.summary() == "a uses it no more"
    for event in (came, went):
        stored = {**to_data(event), "references": list(event.references)}
        assert fold(DATASET, [*ready(), from_data(name_of(event), stored)]).references == event.references


@pytest.mark.parametrize("purge", [False, True])
def test_what_is_referenced_is_neither_trashed_nor_purged_and_the_refusal_says_by_whom(purge):
    delete = DeleteDataset(dataset_id=DATASET, purge=purge)
    refusal = refused(used("training/42", "eval/7"), delete)
    assert (refusal.code, refusal.path) == (ErrorCode.IN_USE, ("datasetId",))
    assert refusal.details == {"jobs": (), "references": ("training/42", "eval/7")}
    assert "Used by training/42, eval/7: release it first." in refusal.message
    assert state_after(used("training/42"), leave(), delete).status in ("TRASHED", "PURGING")


def test_jobs_and_references_are_told_together():
    history = [*tokenizing(), DatasetReferenced(reference="training/42", references=("training/42",))]
    refusal = refused(history, DeleteDataset(dataset_id=DATASET))
    assert refusal.details == {"jobs": (TOKENIZE_JOB,), "references": ("training/42",)}
    assert "TOKENIZE" in refusal.message
    assert "training/42" in refusal.message


def test_a_dataset_has_a_hundred_references_at_most():
    names = tuple(f"training/{number}" for number in range(MOST_REFERENCES))
    full = [*ready(), DatasetReferenced(reference=names[-1], references=names)]
    refusal = refused(full, use("one more"))
    assert (refusal.code, refusal.path) == (ErrorCode.INVALID_INPUT, ("reference",))
    assert len(state_after(full, leave(names[0]), use("one more")).references) == MOST_REFERENCES


@pytest.mark.parametrize("command", [use(), leave()])
def test_what_is_in_the_trash_or_beyond_is_not_referenced_nor_released(command):
    for history in (trashed(), purging()):
        assert refused(history, command).code == ErrorCode.INVALID_TRANSITION
    assert refused(purged(), command).code == ErrorCode.NOT_FOUND
    with pytest.raises(Refused) as refusal:
        decide(None, command)
    assert refusal.value.code == ErrorCode.NOT_FOUND
