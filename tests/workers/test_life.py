"""Any life of datasets: whatever is asked, in any order, whoever vanishes, the log has a reason for each file.

A state machine of Hypothesis chooses; LIFE_EXAMPLES says how many lives (a few by default).
"""

import os
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain import commands as ask
from domain.adapters.checking import explain
from domain.adapters.index_damage import report_damaged_index
from domain.adapters.rebuild import rebuild
from domain.describe_commands import DescribeDataset
from domain.exports import export_id, export_job_id
from domain.index_commands import IndexDataset
from domain.jobs import JobStatus
from domain.reference_commands import ReferenceDataset, ReleaseDataset
from domain.tokenization_commands import DeleteTokenization, ExportTokenization, TokenizeDataset
from domain.trash_commands import DeleteDataset, RestoreDataset
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.life import Life

EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "4"))
STEPS = 24
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
MOST_DATASETS = 4
REPOSITORIES = ("acme/one", "acme/two", "acme/none")
number = st.integers(0, 1_000)


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


class Machine(RuleBasedStateMachine):
    """Every rule is something that a person, or the world, may do next."""

    life: Life
    hub: Hub

    def __init__(self):
        super().__init__()
        self.life.begin_anew()
        self.hub.heal()

    @property
    def has_room_for_more(self):
        return len(self.life.states) < MOST_DATASETS

    @initialize(ready=st.integers(0, 2), tokenized=st.booleans(), choice=number)
    def begin(self, ready, tokenized, choice):
        """Most of what may be asked is asked of what is ready."""
        for _ in range(ready):
            self.life.uploads()
        if ready:
            self.life.comes_to_rest()
        if ready and tokenized:
            self.tokenize(choice, 4)
            self.life.comes_to_rest()

    @rule(choice=number, allow=st.booleans())
    def download(self, choice, allow):
        if self.has_room_for_more:
            ids = {"dataset_id": str(uuid4()), "job_id": str(uuid4())}
            repository = REPOSITORIES[choice % len(REPOSITORIES)]
            self.life.asks(ask.DownloadDataset(**ids, repository=repository, allow_duplicate=allow))

    @rule(column=st.sampled_from([None, "title", "none"]))
    def upload(self, column):
        if self.has_room_for_more:
            self.life.uploads(text_column=column)

    @rule()
    def bring_from_this_machine(self):
        if self.has_room_for_more:
            self.life.imports()

    def of_datasets(self, choice, command):
        """One of the commands that it gives for each dataset."""
        self.life.asks_one(choice, [made for state in self.life.states for made in command(state)])

    @rule(choice=number, column=st.sampled_from([None, "title", "text", "stars"]), language=st.booleans())
    def describe(self, choice, column, language):
        changes = {"name": f"name {choice % 3}", **({"language": "english"} if language else {})}
        self.of_datasets(
            choice, lambda state: [DescribeDataset(dataset_id=state.id, changes=changes, text_column=column)]
        )

    @rule(choice=number, length=st.integers(4, 6))
    def tokenize(self, choice, length):
        ids = {"tokenization_id": str(uuid4()), "job_id": str(uuid4())}
        asked = {**ids, "tokenizer": "builtin:byt5", "recipe": {"maxLength": length}}
        self.of_datasets(choice, lambda state: [TokenizeDataset(dataset_id=state.id, **asked)])

    @rule(choice=number)
    def export(self, choice):
        def of(state):
            for made in state.tokenizations:
                ids = {"export_id": export_id(made, "PARQUET"), "job_id": export_job_id(made, "PARQUET")}
                yield ExportTokenization(dataset_id=state.id, tokenization_id=made, format="PARQUET", **ids)

        self.of_datasets(choice, of)

    @rule(choice=number)
    def delete_tokens(self, choice):
        self.of_datasets(
            choice,
            lambda state: [
                DeleteTokenization(dataset_id=state.id, tokenization_id=made) for made in state.tokenizations
            ],
        )

    @rule(choice=number)
    def index(self, choice):
        self.of_datasets(choice, lambda state: [IndexDataset(dataset_id=state.id, job_id=str(uuid4()))])

    @rule(choice=number)
    def find_an_index_damaged(self, choice):
        found = [state for state in self.life.states if state.index is not None and state.index.folder is not None]
        if found:
            state = found[choice % len(found)]
            report_damaged_index(self.life.adapters, state.id, state.index.folder)

    @rule(choice=number)
    def cancel(self, choice):
        self.of_datasets(choice, lambda state: [ask.CancelJob(dataset_id=state.id, job_id=job) for job in state.jobs])

    @rule(choice=number)
    def retry(self, choice):
        self.of_datasets(choice, lambda state: [ask.RetryJob(dataset_id=state.id, job_id=job) for job in state.jobs])

    @rule(choice=number, purge=st.booleans())
    def delete(self, choice, purge):
        self.of_datasets(choice, lambda state: [DeleteDataset(dataset_id=state.id, purge=purge)])

    @rule()
    def delete_all(self):
        for state in self.life.states:
            self.life.asks(DeleteDataset(dataset_id=state.id))

    @rule(choice=number)
    def restore(self, choice):
        self.of_datasets(choice, lambda state: [RestoreDataset(dataset_id=state.id)])

    @rule(choice=number, releases=st.booleans())
    def refer(self, choice, releases):
        kind = ReleaseDataset if releases else ReferenceDataset
        self.of_datasets(choice, lambda state: [kind(dataset_id=state.id, reference=f"training/{choice % 2}")])

    @rule(choice=number)
    def keep_a_preset(self, choice):
        name = f"preset {choice % 2}"
        self.life.asks(ask.SavePreset(preset_id=str(uuid4()), name=name, recipe={"maxLength": 1 + choice}))

    @rule(pieces=st.integers(1, 12))
    def work(self, pieces):
        self.life.works(pieces)

    @rule(pieces=st.integers(8, 30))
    def work_on(self, pieces):
        self.life.works(pieces)

    @rule(steps=st.integers(0, 3))
    def a_worker_vanishes(self, steps):
        self.life.works(1, fate=(steps, self.life.vanish))

    @rule(steps=st.integers(0, 3))
    def a_child_dies(self, steps):
        self.life.works(1, fate=(steps, self.life.die))

    @rule(steps=st.integers(0, 2), choice=number)
    def a_job_is_called_off_in_the_middle(self, steps, choice):
        self.life.works(1, fate=(steps, lambda: self.cancel(choice)))

    @rule(steps=st.integers(0, 2), choice=number)
    def a_dataset_is_deleted_in_the_middle(self, steps, choice):
        self.life.works(1, fate=(steps, lambda: self.delete(choice, purge=True)))

    @rule(pieces=st.integers(1, 5))
    def there_is_no_room(self, pieces):
        self.life.works(pieces, quota=1)

    @rule(pieces=st.integers(1, 4), status=st.sampled_from([500, 503, 404]))
    def the_hub_fails(self, pieces, status):
        self.hub.fail("*", status=status)
        self.life.works(pieces)
        self.hub.heal()

    @rule()
    def time_passes(self):
        self.life.passes()

    @rule(a_day=st.booleans())
    def all_comes_to_rest(self, a_day):
        self.life.comes_to_rest(a_day=a_day)
        states = self.life.states
        assert [job for state in states if not state.is_purged for job in state.jobs.values() if job.is_open] == []
        assert self.promised() == 0, "no room is promised to anybody"
        assert explain(self.life.adapters) == []
        if a_day:
            assert self.life.pieces == set(), "nothing is kept, and nothing is left to be cleaned up"

    def promised(self):
        with self.life.adapters.pool.connection() as connection:
            (row,) = connection.execute("SELECT coalesce(sum(bytes), 0) FROM reservations").fetchall()
        return row[0]

    @invariant()
    def no_file_is_unexplained_and_none_is_missing(self):
        assert self.life.unexplained() == []
        assert self.life.missing() == []

    @invariant()
    def nothing_went_wrong_inside(self):
        codes = {getattr(recorded.event, "code", None) for recorded in self.life.adapters.log.after(0, 100_000)}
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
        assert rebuild(self.life.adapters.settings.database_url, switch=False).named == []


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
