"""Search indexes built here, without the service: of texts, or of a dataset folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.workers.ingests import finish
from workers.index_part import index_part
from workers.indexing import PART_BYTES, complete_index, plan_index

MEMORY_BYTES = 300 << 20


def write_texts(folder: Path, splits: Mapping[str, Mapping[str, Sequence[str | None]] | Any]) -> Path:
    """A dataset folder of text columns by split (or of pyarrow tables)."""
    for split, columns in splits.items():
        (folder / split).mkdir(parents=True)
        table = (
            columns
            if isinstance(columns, pa.Table)
            else pa.table({k: pa.array(v, "string") for k, v in columns.items()})
        )
        with pa.OSFile(str(folder / split / "data.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as out:
            out.write_table(table)
        (folder / split / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data.arrow"}]}))
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(splits)}))
    return folder


def _table(columns: Mapping[str, Sequence[str | None]]) -> Any:
    return pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})


def built_parts(folder: Path, work: Path, columns: Sequence[str], **asked: Any) -> list[dict[str, Any]]:
    """The ledgers of all parts of a dataset folder, with absolute "file"; `asked` are `language`, `part_bytes`."""
    part_bytes = asked.pop("part_bytes", PART_BYTES)
    planned, _ = finish(plan_index(folder=str(folder), columns=columns, part_bytes=part_bytes))
    given = {"columns": columns, "text_column": columns[0], "language": None, "memory": MEMORY_BYTES, **asked}
    ledgers = []
    for number, piece in enumerate(planned["pieces"]):
        target = str(work / f"part-{number}-1")
        ledgers.append({**finish(index_part(folder=str(folder), target=target, **piece, **given))[0], "file": target})
    return ledgers


def build_index(folder: Path, final: Path, columns: Sequence[str], rows: int, **asked: Any) -> dict[str, Any]:
    """Indexes a dataset folder as the new folder `final`: what the job tells of it."""
    ledgers = built_parts(folder, final.with_name(final.name + ".work"), columns, **asked)
    given = {"columns": columns, "text_column": columns[0], "language": asked.get("language"), "rows": rows}
    return finish(complete_index(final=str(final), pieces=ledgers, **given))[0]
