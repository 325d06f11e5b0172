"""A sample of a dataset: which rows, how much of them is read, and what it tells of the whole."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from domain.adapters.files import tree_size
from tests.texts import texts
from tests.workers.planning import make_home, save, shares
from tests.workers.tokenization import Run
from workers.arrow_folder import SplitFiles, write_dataset_dict, write_stream
from workers.engines import texts_of as texts_in
from workers.engines import tokens_of
from workers.estimates import figures_of
from workers.estimates import told as told_of
from workers.kept_tokenizer import KEPT
from workers.plan_rows import SAMPLE_BYTES, chosen_blocks
from workers.recipes import Tokenizer, resolve_recipe
from workers.row_texts import Column, rows_of
from workers.shards import split_names
from workers.text_beginnings import BEGINNING_BYTES, BeginningEngine, beginnings_of
from workers.token_samples import take_sample
from workers.tokenizers import load_tokenizer
from workers.tokenizing import making_of

BPE, BYT5 = "file:bpe", "builtin:byt5"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tokenizers and, in its storage, a dataset."""
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def large(home):
    """Of 6 MB, in splits that differ: `long` has texts ten times as long, `short` is a hundredth of it."""
    rows = texts(600)
    splits = {"long": [" ".join(rows[n % 60 : n % 60 + 10]) for n in range(1_000)], "short": rows[:600], "one": ["a"]}
    return save(home, "large", splits)


def making(home, dataset, tokenizer=BYT5, **recipe):
    """The folder of a dataset, and how a run would make its sequences."""
    folder = home / "storage" / dataset
    loaded, documents = load_tokenizer(tokenizer), Column("text")
    splits = split_names(folder)
    resolved = resolve_recipe(recipe, tokenizer=Tokenizer(loaded), documents=documents, splits=splits)
    return folder, making_of(loaded, resolved, documents)


def patient(folder, way):
    """The figures and the plan where there is time for all of the sample, however busy the machine is."""
    return told_of(way, take_sample(folder, way, most_seconds=60.0), tokenizer_bytes=0, workers=1)


@pytest.mark.parametrize(
    "recipe",
    [
        {"maxLength": 200},
        {"mode": "WINDOW", "maxLength": 200, "stride": 100, "padding": "MAX_LENGTH", "padToken": "<|end|>"},
        {"mode": "PACK", "maxLength": 200, "endOfDocumentToken": "<|end|>"},
        {"mode": "PACK", "maxLength": 1000, "tail": "DROP"},
    ],
)
def test_of_a_large_dataset_a_part_is_tried_and_tells_about_the_whole(home, tmp_path, large, recipe):
    run = Run(home / "storage" / large, home / "tokenizers", tmp_path, BPE, **recipe)
    statistics = run.all()["statistics"]
    _, plan = patient(*making(home, large, run.tokenizer, **recipe))

    expected = shares(statistics)
    assert 100 < plan["sampledRows"] < 1_000
    for name in ("sequenceCount", "tokenCount"):
        assert plan[name] == pytest.approx(expected[name], rel=0.1)
    for name in ("truncatedShare", "paddingShare"):
        assert plan[name] == pytest.approx(expected[name], abs=0.05)
    kept = tree_size(tmp_path / "final" / KEPT)
    assert plan["sizeBytes"] + kept == pytest.approx(tree_size(tmp_path / "final"), rel=0.2)


def test_the_same_is_told_again_and_other_recipes_are_tried_on_the_same_rows(home, large):
    first, again, other = (patient(*making(home, large, maxLength=length))[1] for length in (50, 50, 100))
    assert {**first, "seconds": None} == {**again, "seconds": None}
    assert other["sampledRows"] == first["sampledRows"]
    assert other["truncatedShare"] < first["truncatedShare"]


def resident(path: Path) -> int:
    """Bytes of a mapped file that this process has touched."""
    found, mine = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            mine = line.endswith(f"/{path.name}")
        elif mine and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


def test_what_is_tried_is_read_and_the_rest_is_not(home, tmp_path):
    texts_of_it = pa.array([f"{number} " + "x" * 2_000 for number in range(50_000)])
    path, folder = tmp_path / "rows-of-100-megabytes.arrow", tmp_path / "data"
    table = pa.table({"text": texts_of_it})
    with write_stream(path, table.schema) as stream:
        for batch in table.to_batches(max_chunksize=500):
            stream.write(batch)
    write_dataset_dict(folder, [SplitFiles("train", [path], len(table), "0" * 16)], {})
    documents = Column("text")
    rows = rows_of(folder, "train", documents)
    size = (folder / "train" / "data-00000-of-00001.arrow").stat().st_size

    blocks = chosen_blocks({"train": rows}, seed=7)
    tried = [documents.texts(rows.slice(block.start, block.stop - block.start)).texts for block in blocks]

    assert SAMPLE_BYTES / 2 < sum(part.nbytes for part in tried) < SAMPLE_BYTES * 2
    assert resident(folder / "train" / "data-00000-of-00001.arrow") < size / 3


class Recording:
    """An engine that remembers how long the texts were."""

    name = "recording"

    def __init__(self):
        self.longest = 0

    def encode(self, given):
        encoded = [text.encode() for text in texts_in(given)]
        self.longest = max([self.longest, *map(len, encoded)])
        return tokens_of([np.frombuffer(text, np.uint8).astype(np.int32) for text in encoded])


def test_of_long_texts_the_beginnings_are_tokenized_and_counted_as_often_as_they_go_in():
    engine = Recording()
    given = pa.array(["short", "é" * 200_000, None, "x" * 300_001, ""])

    found = BeginningEngine(engine, most_tokens=350_000).encode(given)
    few = BeginningEngine(engine, most_tokens=3).encode(given)

    assert found.lengths.tolist() == [5, 350_000, 0, 300_001, 0]
    assert few.lengths.tolist() == [3, 3, 0, 3, 0]
    assert engine.longest == BEGINNING_BYTES
    assert set(found.ids[found.offsets[1] : found.offsets[2]].tolist()) == {0xC3, 0xA9}
    assert beginnings_of(given)[1].as_py() == "é" * (BEGINNING_BYTES // 2)


@pytest.mark.parametrize("recipe", [{"maxLength": 100}, {"mode": "PACK", "maxLength": 100}])
def test_without_time_one_block_tells_for_all_splits(home, large, recipe):
    folder, way = making(home, large, **recipe)
    sample = take_sample(folder, way, most_seconds=0.0)
    assert 0 < sample.tried < 50
    figures = figures_of(way, sample)
    whole = figures_of(way, take_sample(folder, way, sample_bytes=1 << 30, most_seconds=60.0))
    assert figures.sequences > 0
    assert whole.source == sum(len((text or "").encode()) for text in all_texts(folder))
    assert figures.source > 0


def all_texts(folder):
    return [
        text for split in split_names(folder) for text in rows_of(folder, split, Column("text"))["text"].to_pylist()
    ]


def test_more_workers_need_less_time(home, large):
    folder, way = making(home, large, maxLength=100)
    sample = take_sample(folder, way)
    one, many = (told_of(way, sample, tokenizer_bytes=0, workers=workers)[1]["seconds"] for workers in (1, 64))
    assert one >= many > 0
