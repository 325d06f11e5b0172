"""A faster engine that is wrong, in a run with its dispatcher, worker and child."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from domain import commands as ask
from domain.adapters import Adapters
from domain.tokenization_commands import TokenizeDataset
from domain.tokenization_events import TokenizationCompleted, TokenizationEngineFellBack
from tests import tokenizers as made
from tests.domain.stories import DATASET, INGEST_JOB, INGESTED, JOB, PIN, TOKENIZATION, TOKENIZE_JOB
from tests.texts import texts
from tests.workers.bringing import Bringing
from tests.workers.planted import FUNCTIONS as PLANTED
from tests.workers.planted import WRONG_ABOUT
from tests.workers.tokenization import expected, loaded, save_splits
from workers.actors import Worker
from workers.child import FUNCTIONS, Child
from workers.tokenize_run import TOKENIZE

ROWS = [f"{WRONG_ABOUT} {text}" if row in (5, 380) else text for row, text in enumerate(texts(400))]


class Tokenizing(Bringing):
    """A READY dataset of ROWS, and a child of which one engine is wrong about two of them."""

    def __init__(self, adapters: Adapters, functions: dict[str, str]) -> None:
        super().__init__(adapters, Child({**FUNCTIONS, **functions}))
        self.dataset_id = DATASET
        save_splits(adapters.storage / "datasets" / "data", {"train": ROWS})
        made.save_bpe(adapters.settings.tokenizers / "bpe")
        job, ingest = ({"dataset_id": DATASET, "job_id": of} for of in (JOB, INGEST_JOB))
        self.command(ask.DownloadDataset(**job, repository="acme/english"))
        self.command(ask.StartJob(**job))
        self.command(ask.PinDownload(**job, **PIN))
        self.command(ask.CompleteDownload(**job, folder="source", size_bytes=1, ingest_job_id=INGEST_JOB))
        self.command(ask.StartJob(**ingest))
        splits = ({"name": "train", "rowCount": len(ROWS), "sizeBytes": 1},)
        self.command(ask.CompleteIngest(**ingest, **INGESTED | {"splits": splits}, text_column="text"))

    def set(self, **settings: Any) -> None:
        super().set(**settings)
        self.worker = Worker(self.adapters, {"tokenize_dataset": TOKENIZE}, "here")

    def tokenize(self) -> list[Any]:
        """The events of a run with the trained BPE."""
        ids = {"dataset_id": DATASET, "tokenization_id": TOKENIZATION, "job_id": TOKENIZE_JOB}
        self.command(TokenizeDataset(**ids, tokenizer="file:bpe", recipe={"maxLength": 64}))
        self.work()
        return [event for event in self.events if event.job_id == TOKENIZE_JOB]

    def ids(self) -> list[list[int]]:
        completed = self.events[-1]
        assert isinstance(completed, TokenizationCompleted)
        rows: list[list[int]] = load_from_disk(str(self.adapters.storage / completed.folder))["train"]["input_ids"][:]
        return rows


@pytest.fixture
def tokenizing(adapters: Adapters, request: pytest.FixtureRequest) -> Iterator[Tokenizing]:
    made_of = Tokenizing(adapters, request.param)
    yield made_of
    made_of.close()
    made_of.child.close()


@pytest.mark.slow
@pytest.mark.parametrize("tokenizing", [PLANTED], indirect=True)
def test_that_a_wrong_engine_was_left_is_one_fact_of_the_log_and_no_id_is_wrong(tokenizing: Tokenizing) -> None:
    told = [event for event in tokenizing.tokenize() if isinstance(event, TokenizationEngineFellBack)]

    (fallback,) = told
    assert (fallback.split, fallback.row, fallback.engine) == ("train", 5, "tokenizers")
    said = "Tokenizing goes on with tokenizers: at row 5 of train wrong gave other ids than tokenizers"
    assert fallback.summary() == said
    root = Path(tokenizing.adapters.settings.tokenizers)
    assert tokenizing.ids() == expected(loaded(root, "file:bpe"), ROWS, max_length=64)


@pytest.mark.slow
@pytest.mark.parametrize("tokenizing", [{}], indirect=True)
def test_a_run_whose_engine_is_right_tells_of_none(tokenizing: Tokenizing) -> None:
    assert not [event for event in tokenizing.tokenize() if isinstance(event, TokenizationEngineFellBack)]
    assert len(tokenizing.ids()) == len(ROWS)
