"""Everything that a person may ask for next, each mutation of the API is among it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from api.bulk_inputs import DeleteDatasetsInput
from api.enums import DatasetStatus, SourceKind
from api.filters import DatasetFilter
from api.ids import global_id
from domain import commands as ask
from domain.describe_commands import DescribeDataset
from domain.exports import export_id, export_job_id
from domain.index_commands import IndexDataset
from domain.reference_commands import ReferenceDataset, ReleaseDataset
from domain.tokenization_commands import DeleteTokenization, ExportTokenization, TokenizeDataset
from domain.trash_commands import DeleteDataset, RestoreDataset
from tests.workers.life import Life
from tests.workers.sending import NAME, ROWS

MOST_DATASETS = 4
REPOSITORIES = ("acme/one", "acme/two", "acme/none")
IMPORTED = (NAME, "news", "none.csv", f"../{NAME}")
FILTERS = (
    DatasetFilter(unused=True),
    DatasetFilter(unused=False, status=[DatasetStatus.READY]),
    DatasetFilter(status=[DatasetStatus.TRASHED]),
    DatasetFilter(status=[DatasetStatus.FAILED, DatasetStatus.CANCELLED]),
    DatasetFilter(source=SourceKind.UPLOAD),
    DatasetFilter(older_than_days=0),
    DatasetFilter(older_than_days=3),
)
NO_ROOM = {"quota": 1}
number = st.integers(0, 1_000)
mostly = st.integers(0, 3).map(bool)
seldom = mostly.map(lambda is_so: not is_so)


def may(times: int = 1, **arguments: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Of a method that is one of the things that may happen next, so many times as likely as others. Rules of
    Hypothesis are not all enabled at once: most lives would be of three or four of them."""

    def marked(method: Any) -> Any:
        method.times, method.arguments = times, arguments
        return method

    return marked


class Asking(RuleBasedStateMachine):
    """What is asked of datasets is mostly something that leads on."""

    life: Life

    @property
    def has_room_for_more(self):
        return len(self.life.states) < MOST_DATASETS

    @initialize(ready=st.sampled_from([2, 1]), tokenized=st.sampled_from([True, False]), choice=number)
    def begin(self, ready, tokenized, choice):
        """Most of what may be asked is asked of what is ready."""
        for _ in range(ready):
            self.life.uploads()
        self.life.comes_to_rest()
        if tokenized:
            self.tokenize(choice, 4)
            self.life.comes_to_rest()

    @may(times=2, choice=number, allow=st.booleans())
    def download(self, choice, allow):
        if self.has_room_for_more:
            ids = {"dataset_id": str(uuid4()), "job_id": str(uuid4())}
            repository = REPOSITORIES[choice % len(REPOSITORIES)]
            self.life.asks(ask.DownloadDataset(**ids, repository=repository, allow_duplicate=allow))

    @may(column=st.sampled_from([None, "title", "none"]))
    def upload(self, column):
        if self.has_room_for_more:
            self.life.uploads(text_column=column)

    @may(choice=number, most=st.integers(1, len(ROWS)), is_torn=st.booleans())
    def upload_in_parts(self, choice, most, is_torn):
        """Something of one that is open, or of a new one; once in a while all that is missing."""
        if not self.life.sending.open or choice % 4 == 0:
            self.life.sending.begin()
        going = self.life.sending.open
        self.life.sending.go_on(going[choice % len(going)], most if choice % 2 else len(ROWS), is_torn=is_torn)

    @may(choice=number)
    def make_a_dataset_of_an_upload(self, choice):
        """Also of one that is not whole, that is a dataset already, or that was ended."""
        begun = self.life.sending.open if choice % 3 else self.life.sending.uploads
        if begun and self.has_room_for_more:
            self.life.takes(begun[choice % len(begun)])

    @may(choice=number)
    def end_an_upload(self, choice):
        going = self.life.sending.open
        if going:
            self.life.sending.end(going[choice % len(going)])

    @may(path=st.sampled_from(IMPORTED), fits=mostly)
    def bring_from_this_machine(self, path, fits):
        if self.has_room_for_more:
            self.life.imports(path, **({} if fits else NO_ROOM))

    def of_datasets(self, choice, command, **settings):
        """One of the commands that it gives for each dataset."""
        self.life.asks_one(choice, [made for state in self.life.states for made in command(state)], **settings)

    @may(choice=number, language=st.sampled_from([None, "english"]))
    def describe(self, choice, language):
        changes = {"name": f"name {choice % 3}", "tags": [f"tag {choice % 2}"], "language": language}
        self.of_datasets(choice, lambda state: [DescribeDataset(dataset_id=state.id, changes=changes)])

    @may(choice=number, column=st.sampled_from(["title", "text", "stars"]))
    def read_another_column_as_text(self, choice, column):
        self.of_datasets(choice, lambda state: [DescribeDataset(dataset_id=state.id, changes={}, text_column=column)])

    @may(times=2, choice=number, length=st.integers(4, 6))
    def tokenize(self, choice, length):
        ids = {"tokenization_id": str(uuid4()), "job_id": str(uuid4())}
        asked = {**ids, "tokenizer": "builtin:byt5", "recipe": {"maxLength": length}}
        self.of_datasets(choice, lambda state: [TokenizeDataset(dataset_id=state.id, **asked)])

    @may(times=2, choice=number, fits=mostly)
    def export(self, choice, fits):
        def of(state):
            for made in state.tokenizations:
                ids = {"export_id": export_id(made, "PARQUET"), "job_id": export_job_id(made, "PARQUET")}
                yield ExportTokenization(dataset_id=state.id, tokenization_id=made, format="PARQUET", **ids)

        self.of_datasets(choice, of, **({} if fits else NO_ROOM))

    @may(choice=number)
    def delete_tokens(self, choice):
        self.of_datasets(
            choice,
            lambda state: [
                DeleteTokenization(dataset_id=state.id, tokenization_id=made) for made in state.tokenizations
            ],
        )

    @may(choice=number)
    def index(self, choice):
        self.of_datasets(choice, lambda state: [IndexDataset(dataset_id=state.id, job_id=str(uuid4()))])

    @may(choice=number)
    def cancel(self, choice):
        self.of_datasets(choice, lambda state: [ask.CancelJob(dataset_id=state.id, job_id=job) for job in state.jobs])

    @may(times=3, choice=number, fits=mostly)
    def retry(self, choice, fits):
        self.of_datasets(
            choice,
            lambda state: [ask.RetryJob(dataset_id=state.id, job_id=job) for job in state.jobs],
            **({} if fits else NO_ROOM),
        )

    @may(times=2, choice=number, purge=seldom)
    def delete(self, choice, purge):
        self.of_datasets(choice, lambda state: [DeleteDataset(dataset_id=state.id, purge=purge)])

    @may(choice=number, purge=seldom, is_meant=st.booleans())
    def delete_those_named(self, choice, purge, is_meant):
        """About half of them, and one that never was."""
        named = [state.id for place, state in enumerate(self.life.states) if choice >> place & 1]
        ids = [global_id("Dataset", each) for each in [*named, str(uuid4())]]
        self.life.deletes_many(DeleteDatasetsInput(dataset_ids=ids, purge=purge), is_meant=is_meant)

    @may(found=st.sampled_from(FILTERS), purge=seldom, is_meant=st.booleans())
    def delete_those_found(self, found, purge, is_meant):
        self.life.deletes_many(DeleteDatasetsInput(filter=found, purge=purge), is_meant=is_meant)

    @may(times=3, choice=number)
    def restore(self, choice):
        self.of_datasets(choice, lambda state: [RestoreDataset(dataset_id=state.id)])

    @may(choice=number, releases=st.booleans())
    def refer(self, choice, releases):
        kind = ReleaseDataset if releases else ReferenceDataset
        self.of_datasets(choice, lambda state: [kind(dataset_id=state.id, reference=f"training/{choice % 2}")])

    @may(choice=number, is_new=st.booleans())
    def keep_a_preset(self, choice, is_new):
        """Two of one name are refused; what is changed may be gone."""
        presets = self.life.replayed.presets
        its_id = str(uuid4()) if is_new or not presets else presets[choice % len(presets)].id
        recipe = {"maxLength": 1 + choice}
        kept = {"name": f"preset {choice % 2}", "recipe": recipe, "is_new": is_new or not presets}
        self.life.asks(ask.SavePreset(preset_id=its_id, **kept))

    @may(choice=number)
    def forget_a_preset(self, choice):
        presets = self.life.replayed.presets
        if presets:
            self.life.asks(ask.DeletePreset(preset_id=presets[choice % len(presets)].id))
