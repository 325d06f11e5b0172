"""How much is told of configs and splits, and that the schema says where it ends."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.schema import schema
from workers.hub import Entry
from workers.hub_configs import (
    MOST_CONFIGS,
    MOST_FILES,
    MOST_RESOLVED,
    MOST_SPLITS,
    RESOLVED_WITHIN_SECONDS,
    Repository,
    describe_configs,
)
from workers.hub_dataset import MOST_CARD_CHARACTERS

PATIENCE_SECONDS = 600.0


def repository(paths: list[str], card: str = "") -> Repository:
    """A commit of these files, each of 10 bytes."""
    contents = {"README.md": f"---\n{card}---\n".encode()} if card else {}
    entries = {path: Entry(path, 10, None, None) for path in [*paths, *contents]}
    return Repository("acme/made", entries, contents)


def cards(names: list[str]) -> str:
    return "configs:\n" + "".join(f"- {{config_name: {name}, data_files: {name}.jsonl}}\n" for name in names)


def told(work: Path, of: Repository, **given: Any) -> Mapping[str, Any]:
    """All that is told at the end, however busy the machine is."""
    *_, last = describe_configs(of, work, **{"seconds": PATIENCE_SECONDS} | given)
    return last


def test_a_config_of_many_splits_tells_the_first_ones_and_how_many_there_are(tmp_path: Path) -> None:
    paths = [f"s{number:03}.jsonl" for number in range(MOST_SPLITS + 5)]
    files = "".join(f"  - {{split: {Path(path).stem}, path: {path}}}\n" for path in paths)

    (config,) = told(tmp_path, repository(paths, f"configs:\n- config_name: all\n  data_files:\n{files}"))["configs"]

    assert [split["name"] for split in config["splits"]] == [Path(path).stem for path in paths[:MOST_SPLITS]]
    assert (config["splitCount"], config["sizeBytes"]) == (MOST_SPLITS + 5, 10 * (MOST_SPLITS + 5))


def test_a_file_of_two_splits_counts_once(tmp_path: Path) -> None:
    files = "[{split: a, path: x.jsonl}, {split: b, path: '*.jsonl'}]"
    card = f"configs: [{{config_name: all, data_files: {files}}}]\n"

    (config,) = told(tmp_path, repository(["x.jsonl", "y.jsonl"], card))["configs"]

    assert [(split["fileCount"], split["sizeBytes"]) for split in config["splits"]] == [(1, 10), (2, 20)]
    assert config["sizeBytes"] == 20


def test_configs_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    found = told(tmp_path, repository(["c0.jsonl"], cards([f"c{n}" for n in range(MOST_CONFIGS + 1)])), seconds=0)

    assert (len(found["configs"]), found["configCount"]) == (MOST_CONFIGS, MOST_CONFIGS + 1)


def test_splits_for_which_there_is_no_time_are_not_looked_up_and_that_is_no_error(tmp_path: Path) -> None:
    found = told(tmp_path, repository(["a.jsonl", "b.jsonl"], cards(["a", "b"])), seconds=0)

    assert [(config["name"], config["splitCount"], config["splits"]) for config in found["configs"]] == [
        ("a", None, []),
        ("b", None, []),
    ]
    assert "error" not in found


def test_among_too_many_files_configs_are_told_by_name_alone(tmp_path: Path) -> None:
    found = told(tmp_path, repository([f"{number}.jsonl" for number in range(MOST_FILES + 1)], cards(["0", "1"])))

    assert [(config["name"], config["splitCount"]) for config in found["configs"]] == [("0", None), ("1", None)]
    assert len(list(tmp_path.rglob("*.*"))) < MOST_FILES


def test_every_step_holds_what_was_told_before(tmp_path: Path) -> None:
    steps = [
        len([c for c in step["configs"] if c["splitCount"]])
        for step in describe_configs(repository(["a.jsonl", "b.jsonl"], cards(["a", "b"])), tmp_path, PATIENCE_SECONDS)
    ]

    assert steps == [0, 1, 2]


def test_the_schema_says_where_it_ends() -> None:
    text = schema.as_str()

    limits = (MOST_CARD_CHARACTERS, MOST_CONFIGS, MOST_FILES, MOST_RESOLVED, MOST_SPLITS)
    assert [limit for limit in limits if f" {limit:,} " not in text and f" {limit:,}." not in text] == []
    assert RESOLVED_WITHIN_SECONDS == 5
    assert "five seconds" in text
