"""Repositories of every layout that is told apart, and their plans."""

import json
from pathlib import Path
from typing import Any

from tests.texts import english, english_lines, texts, write_repository
from workers.downloading import plan_download
from workers.steps import Work

CONFIGS = """---
license: [mit, cc0-1.0]
configs:
- config_name: small
  data_files:
  - {split: train, path: "small/*.jsonl"}
  - {split: extra, path: ["small/b.jsonl", "large.jsonl"]}
- config_name: large
  default: true
  data_files: large.jsonl
---
"""
NO_DEFAULT = """---
configs:
- {config_name: zulu, data_dir: zulu}
- {config_name: alpha, data_dir: alpha}
---
"""
CARD_OF_ROWS = """---
configs:
- {config_name: default, data_files: rows.json, field: rows}
dataset_info:
  features:
  - {name: id, dtype: int32}
  - {name: text, dtype: large_string}
  splits:
  - {name: train, num_examples: 5}
---
"""
ROWS = json.dumps({"rows": [{"id": number, "text": text} for number, text in enumerate(texts(5))]})


def write_layouts(root: Path) -> None:
    english(root)
    english_lines(root)
    layouts: dict[str, dict[str, Any]] = {
        "configs": {
            "README.md": CONFIGS,
            "small/a.jsonl": texts(3),
            "small/b.jsonl": texts(4),
            "large.jsonl": texts(9),
        },
        "folders": {"train/x.parquet": texts(3), "test/x.parquet": texts(2), "test/y.parquet": texts(2)},
        "one-file": {"corpus.jsonl": texts(6), "LICENSE": "MIT"},
        "no-default": {"README.md": NO_DEFAULT, "zulu/a.parquet": texts(2), "alpha/a.parquet": texts(3)},
        "standalone": {".huggingface.yaml": "configs: [{config_name: one, data_files: a.jsonl}]", "a.jsonl": texts(2)},
        "rows": {"README.md": CARD_OF_ROWS, "rows.json": ROWS},
        "script": {"script.py": "raise SystemExit('run')", "train.jsonl": texts(2)},
        "pictures": {"a.png": b"png", "b.png": b"png"},
        "binary": {"a.bin": b"1"},
        "no-data": {"README.md": "# Nothing yet"},
        "elsewhere": {"README.md": CONFIGS.replace("large.jsonl", "https://example.org/a.jsonl"), "a.jsonl": texts(1)},
        "above": {"README.md": CONFIGS.replace("small/*", "../../../../*/*"), "a.jsonl": texts(1)},
        "bad-card": {"README.md": "---\nconfigs: 7\n---\n", "a.jsonl": texts(1)},
        "long-split": {
            "README.md": CONFIGS.replace("split: extra", "split: " + "e" * 201),
            "large.jsonl": texts(1),
        },
        "odd-split": {"README.md": CONFIGS.replace("split: extra", "split: extra-1"), "large.jsonl": texts(1)},
        "split-of-a-line": {"README.md": CONFIGS.replace("split: extra", r'split: "extra\n"'), "large.jsonl": texts(1)},
        "not-yaml": {"README.md": "---\nconfigs: [\n---\n", "a.jsonl": texts(1)},
        "gated": {".hub.json": '{"gated": "auto", "readers": ["hf_reader"]}', "README.md": "#", "a.jsonl": texts(2)},
        "private": {".hub.json": '{"private": true, "readers": ["hf_reader"]}', "a.jsonl": texts(2)},
    }
    for name, files in layouts.items():
        write_repository(root / "datasets/acme" / name, files)


def result(work: Work) -> dict[str, Any]:
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: dict[str, Any] = end.value
            return found


def plan(work: Path, repository: str, **asked: Any) -> dict[str, Any]:
    given = {"revision": None, "config": None, "splits": None, "token": None} | asked
    return result(plan_download(repository=repository, work=str(work), **given))


def by_split(plan: dict[str, Any]) -> dict[str, list[str]]:
    return {split: [file["path"] for file in plan["files"] if file["split"] == split] for split in plan["splits"]}
