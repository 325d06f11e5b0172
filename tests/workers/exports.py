"""Exports done here: a tokenization as its run leaves it, and one dispatcher and one worker that export it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from domain.adapters import Adapters
from domain.dataset import stream_of
from domain.handle import Handled
from domain.log import Append, Trace
from domain.tokenization_commands import ExportTokenization
from tests.domain.stories import DATASET, EXPORT, EXPORT_JOB, TOKENIZATION, tokenized
from tests.workers.bench import Bench
from workers.actors import Worker
from workers.arrow_folder import SplitFiles, schema_with_features, write_dataset_dict, write_stream
from workers.child import Child
from workers.export_run import EXPORT as RUN

FEATURES = {"input_ids": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "List"}}
SCHEMA = schema_with_features(pa.schema([("input_ids", pa.list_(pa.int32()))]), FEATURES)

Rows = Sequence[Sequence[int]]


def write_tokens(folder: Path, splits: Mapping[str, Sequence[Rows]]) -> None:
    """The folder of a tokenization: of each split its files, of each file its rows, in batches of 3 rows."""
    described = []
    for name, files in splits.items():
        paths = [folder.with_name(f"{name}-{number}.arrow") for number in range(len(files))]
        for path, rows in zip(paths, files, strict=True):
            with write_stream(path, SCHEMA) as stream:
                table = pa.table({"input_ids": list(rows)}, schema=SCHEMA)
                for batch in table.to_batches(max_chunksize=3):
                    stream.write(batch)
        described.append(SplitFiles(name, paths, sum(map(len, files)), "0" * 16))
    list(write_dataset_dict(folder, described, FEATURES))


class ExportBench(Bench):
    """The tokenization of the domain's stories, with files in the folder that its event names."""

    def __init__(self, adapters: Adapters, splits: Mapping[str, Sequence[Rows]], child: Child) -> None:
        super().__init__(adapters, child)
        self.worker = Worker(adapters, {"export_tokenization": RUN}, "here")
        self.tokens = adapters.storage / "tokens"
        write_tokens(self.tokens, splits)
        adapters.log.append(Append(stream_of(DATASET), 0, tokenized(), Trace("command", "story")))

    def export(self) -> Handled:
        ids = {"dataset_id": DATASET, "tokenization_id": TOKENIZATION, "job_id": EXPORT_JOB}
        return self.command(ExportTokenization(**ids, export_id=EXPORT))

    @property
    def job(self):
        return self.state.jobs[EXPORT_JOB]

    @property
    def folder(self) -> Path:
        """What the export's event names."""
        return self.adapters.storage / self.state.exports[EXPORT_JOB].folder

    def left(self) -> list[str]:
        """What lies in the dataset's folder."""
        return sorted(path.name for path in (self.adapters.storage / "datasets" / DATASET).iterdir())
