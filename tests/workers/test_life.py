"""Any life of datasets: whatever is asked, in any order, whoever vanishes, the log has a reason for each file.

A state machine of Hypothesis chooses; LIFE_EXAMPLES says how many lives (a few by default).
"""

import os
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from api.schema import schema
from domain.adapters.checking import explain
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.rebuild import rebuild
from domain.jobs import JobStatus
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.asking import Asking, may, number
from tests.workers.life import A_DAY, Life
from tests.workers.sending import NAME, ROWS

EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "4"))
STEPS = 30
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
MORE_THAN_A_WEEK = 8 * 24


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    root = tmp_path_factory.mktemp("hub")
    write_repository(root / "datasets/acme/one", {"train.jsonl": texts(30), "test.jsonl": texts(9)})
    write_repository(root / "datasets/acme/two", {"train.parquet": texts(20, start=50)})
    with Hub(root) as hub:
        yield hub


@pytest.fixture
def life(adapters):
    made = Life(adapters)
    yield made
    made.close()


class Machine(Asking):
    """What the world does, and what holds after every step."""

    hub: Hub
    likely: Sequence[str]

    def __init__(self):
        super().__init__()
        self.life.begin_anew()
        self.hub.heal()

    @rule(data=st.data())
    def goes_on(self, data):
        name = data.draw(st.sampled_from(self.likely), label="what happens")
        method = getattr(self, name)
        method(**{key: data.draw(strategy, label=key) for key, strategy in method.arguments.items()})

    @may(choice=number)
    def find_an_index_damaged(self, choice):
        found = [state for state in self.life.states if state.index is not None and state.index.folder is not None]
        if found:
            state = found[choice % len(found)]
            report_damaged_index(self.life.adapters, state.id, state.index.folder)

    @may(pieces=st.integers(1, 12))
    def work(self, pieces):
        self.life.works(pieces)

    @may(times=4, pieces=st.integers(8, 30))
    def work_on(self, pieces):
        self.life.works(pieces)

    @may(steps=st.integers(0, 3))
    def a_worker_vanishes(self, steps):
        self.life.works(1, fate=(steps, self.life.vanish))

    @may(steps=st.integers(0, 3))
    def a_child_dies(self, steps):
        self.life.works(1, fate=(steps, self.life.die))

    @may(steps=st.integers(0, 2), choice=number)
    def a_job_is_called_off_in_the_middle(self, steps, choice):
        self.life.works(1, fate=(steps, lambda: self.cancel(choice)))

    @may(steps=st.integers(0, 2), choice=number)
    def a_dataset_is_deleted_in_the_middle(self, steps, choice):
        self.life.works(1, fate=(steps, lambda: self.delete(choice, purge=True)))

    @may(pieces=st.integers(1, 5))
    def there_is_no_room(self, pieces):
        self.life.works(pieces, quota=1)

    @may(pieces=st.integers(1, 4), status=st.sampled_from([500, 503, 404]))
    def the_hub_fails(self, pieces, status):
        self.hub.fail("*", status=status)
        self.life.works(pieces)
        self.hub.heal()

    @may(pieces=st.integers(1, 4))
    def files_are_changed_before_they_are_copied(self, pieces):
        self.life.files_of_this_machine(ROWS + ROWS)
        self.life.works(pieces)
        self.life.files_of_this_machine(ROWS)

    @may()
    def time_passes(self):
        self.life.passes()

    @may()
    def a_week_passes_while_nobody_works(self):
        trashed = {state.id for state in self.life.states if state.status == "TRASHED"}
        self.life.passes(MORE_THAN_A_WEEK)
        assert {state.status for state in self.life.states if state.id in trashed} <= {"PURGING"}
        assert self.life.sending.open == []

    @may(a_day=st.booleans())
    def all_comes_to_rest(self, a_day):
        self.life.comes_to_rest(A_DAY if a_day else 1)
        states = self.life.states
        assert [job for state in states if not state.is_purged for job in state.jobs.values() if job.is_open] == []
        assert self.life.promised == self.life.open_uploads, "no room is promised to anybody else"
        if a_day:
            assert self.life.pieces == set(), "nothing is kept, and nothing is left to be cleaned up"
            assert self.life.promised == set(), "no room is promised to anybody"

    @invariant()
    def no_file_is_unexplained_and_none_is_missing(self):
        assert self.life.unexplained() == []
        assert self.life.missing() == []
        assert explain(self.life.adapters) == []

    @invariant()
    def every_view_is_a_replay(self):
        assert self.life.replayed.differences() == []

    @invariant()
    def nothing_went_wrong_inside(self):
        codes = {getattr(recorded.event, "code", None) for recorded in self.life.replayed.events}
        assert "INTERNAL" not in codes

    @invariant()
    def whoever_is_ready_has_what_that_says(self):
        for state in self.life.states:
            for one in state.tokenizations.values():
                assert (one.folder is not None) == (state.jobs[one.job_id].status == JobStatus.SUCCEEDED)

    def teardown(self):
        self.hub.heal()
        self.all_comes_to_rest(a_day=True)
        self.no_file_is_unexplained_and_none_is_missing()
        self.every_view_is_a_replay()
        assert rebuild(self.life.adapters.settings.database_url, switch=False).named == []


MAY = {name: method.times for name in dir(Machine) if hasattr(method := getattr(Machine, name), "times")}
Machine.likely = [name for name in sorted(MAY, key=MAY.__getitem__, reverse=True) for _ in range(MAY[name])]


@pytest.mark.usefixtures("endpoint")
def test_whatever_is_asked_in_whatever_order_every_file_has_its_reason_and_every_view_is_a_replay(hub, life):
    made = type("Of", (Machine,), {"life": life, "hub": hub})
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            # a life that went wrong is made shorter where there is time: each try is another life
            phases=(*QUICK, Phase.shrink) if "LIFE_EXAMPLES" in os.environ else QUICK,
        ),
    )


def one_of_each(machine: Machine) -> Iterator[None]:
    """Every mutation, each where it leads on; what it is chosen among is there before."""
    yield machine.upload(column=None)
    yield machine.download(choice=0, allow=False)
    yield machine.bring_from_this_machine(path=NAME, fits=True)
    yield machine.cancel(choice=1)
    yield machine.all_comes_to_rest(a_day=False)
    yield machine.retry(choice=1, fits=True)
    yield machine.all_comes_to_rest(a_day=False)
    yield machine.describe(choice=1, language="english")
    yield machine.tokenize(choice=1, length=4)
    yield machine.all_comes_to_rest(a_day=False)
    yield machine.export(choice=1, fits=True)
    yield machine.index(choice=1)
    yield machine.all_comes_to_rest(a_day=False)
    yield machine.delete_tokens(choice=1)
    yield machine.refer(choice=1, releases=False)
    yield machine.refer(choice=1, releases=True)
    yield machine.delete(choice=1, purge=False)
    yield machine.restore(choice=1)
    yield machine.delete_those_named(choice=1, purge=False, is_meant=True)
    yield machine.keep_a_preset(choice=1, is_new=True)
    yield machine.forget_a_preset(choice=1)
    yield machine.upload_in_parts(choice=0, most=1, is_torn=False)
    yield machine.make_a_dataset_of_an_upload(choice=1)


@pytest.mark.usefixtures("endpoint")
def test_a_life_of_one_of_each_mutation_has_them_all(hub, life):
    machine = type("Of", (Machine,), {"life": life, "hub": hub})()
    for _ in one_of_each(machine):
        machine.no_file_is_unexplained_and_none_is_missing()
        machine.every_view_is_a_replay()
    assert life.refused == []
    done = {str(recorded.metadata.get("cause")).lower() for recorded in life.adapters.log.after(0, 1_000)}
    asked = {name.lower() for name in schema._schema.mutation_type.fields}
    assert asked - done == set()
    machine.teardown()
