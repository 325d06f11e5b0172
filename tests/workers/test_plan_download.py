"""Plans against what `datasets` itself resolves, over real HTTP."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.layouts import by_split, plan

pytestmark = pytest.mark.usefixtures("endpoint")

# what `datasets` is asked to load: repository, config
ASKED = [
    ("acme/english", None),
    ("acme/lines", None),
    ("acme/configs", "small"),
    ("acme/configs", None),
    ("acme/folders", None),
    ("acme/one-file", None),
    ("acme/no-default", "alpha"),
    ("acme/standalone", None),
    ("acme/rows", None),
]
LOAD = """
import json, sys
from datasets import load_dataset, load_dataset_builder
from transformers import AutoTokenizer
found = []
for repository, config in json.loads(sys.argv[1]):
    builder = load_dataset_builder(repository, config)
    files = {str(split): [path.split("@")[1].split("/", 1)[1] for path in paths]
             for split, paths in builder.config.data_files.items()}
    loaded = load_dataset(repository, config)
    found.append({"config": builder.config.name, "files": files,
                  "rows": {split: rows.num_rows for split, rows in loaded.items()}})
tokenizer = AutoTokenizer.from_pretrained("acme/bpe")
print(json.dumps({"found": found, "ids": tokenizer("Hello there").input_ids}))
"""


def write_tokenizer(root: Path) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts(50), trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    )
    settings = json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"})
    write_repository(
        root / "models/acme/bpe", {"tokenizer_config.json": settings, "tokenizer.json": tokenizer.to_str()}
    )
    return tokenizer


@pytest.fixture(scope="module")
def hub(layouts_hub: Hub) -> Hub:
    return layouts_hub


def test_a_plan_names_the_config_and_files_that_datasets_loads(hub: Hub, tmp_path: Path) -> None:
    tokenizer = write_tokenizer(hub.folder)
    environment = {**os.environ, **hub.environment(tmp_path / "home")}

    loading = subprocess.run(
        [sys.executable, "-c", LOAD, json.dumps(ASKED)], env=environment, capture_output=True, text=True, check=False
    )

    assert loading.returncode == 0, loading.stderr
    told = json.loads(loading.stdout)
    for (repository, config), expected in zip(ASKED, told["found"], strict=True):
        planned = plan(tmp_path, repository, config=config)
        assert (planned["config"], by_split(planned)) == (expected["config"], expected["files"]), repository
        assert planned["splits"] == list(expected["files"])
        assert list(expected["rows"]) == planned["splits"]
    assert told["ids"] == tokenizer.encode("Hello there").ids


def test_a_plan_says_commit_license_format_sizes_and_digests(hub: Hub, tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/english")

    sizes = {path.name: path.stat().st_size for path in (hub.folder / "datasets/acme/english/data").iterdir()}
    assert planned["commit"] == hub.commit_of("acme/english")
    assert planned["license"] == "mit"
    assert planned["format"] == {"name": "parquet", "options": {}, "features": None}
    assert {Path(file["path"]).name: file["size"] for file in planned["files"]} == sizes
    assert planned["bytes"] == sum(sizes.values())
    assert all(len(file["sha256"]) == 64 and file["git_oid"] is None for file in planned["files"])


def test_a_small_text_file_has_a_git_blob_instead_of_a_sha256(hub: Hub, tmp_path: Path) -> None:
    [file] = plan(tmp_path, "acme/one-file")["files"]

    path = hub.folder / "datasets/acme/one-file/corpus.jsonl"
    told = subprocess.run(["git", "hash-object", str(path)], capture_output=True, text=True, check=True)
    assert (file["sha256"], file["git_oid"]) == (None, told.stdout.strip())


def test_a_file_of_two_splits_is_listed_with_each_and_counted_once(hub: Hub, tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/configs", config="small")

    assert by_split(planned) == {
        "train": ["small/a.jsonl", "small/b.jsonl"],
        "extra": ["small/b.jsonl", "large.jsonl"],
    }
    folder = hub.folder / "datasets/acme/configs"
    names = ("small/a.jsonl", "small/b.jsonl", "large.jsonl")
    assert planned["bytes"] == sum((folder / name).stat().st_size for name in names)
    assert planned["license"] == "mit, cc0-1.0"


def test_without_a_default_config_the_first_is_taken_and_named(tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/no-default")

    assert (planned["config"], by_split(planned)) == ("zulu", {"train": ["zulu/a.parquet"]})


def test_what_the_card_says_of_reader_and_columns_goes_into_the_format(tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/rows")

    assert planned["format"]["name"] == "json"
    assert planned["format"]["options"] == {"field": "rows"}
    assert planned["format"]["features"] == {
        "id": {"dtype": "int32", "_type": "Value"},
        "text": {"dtype": "large_string", "_type": "Value"},
    }
    assert json.loads(json.dumps(planned)) == planned


def test_only_the_splits_that_were_asked_for_are_planned_in_the_order_of_the_source(tmp_path: Path) -> None:
    planned = plan(tmp_path, "acme/lines", splits=["test", "train"])

    assert planned["splits"] == ["train", "test"]
    assert {file["split"] for file in planned["files"]} == {"train", "test"}


def test_a_plan_stays_with_its_commit_when_the_repository_changes(hub: Hub, tmp_path: Path) -> None:
    folder = write_repository(hub.folder / "datasets/acme/moving", {"train.jsonl": texts(3)})
    before = plan(tmp_path, "acme/moving")

    write_repository(folder, {"test.jsonl": texts(3)})

    assert plan(tmp_path, "acme/moving")["commit"] != before["commit"]
    assert plan(tmp_path, "acme/moving", revision=before["commit"]) == before


def test_a_branch_with_a_slash_is_a_revision(hub: Hub, tmp_path: Path) -> None:
    commit = hub.commit_of("acme/lines")
    settings = hub.folder / "datasets/acme/lines/.hub.json"
    settings.write_text(json.dumps({"revisions": {"refs/convert/parquet": commit}}))

    assert plan(tmp_path, "acme/lines", revision="refs/convert/parquet")["commit"] == commit
    settings.unlink()
