"""Bad input from the request to its end, by the real dispatcher, worker and child, from a Hub over real HTTP.

Each time: the dataset shows the error, the log keeps it, a retry works, and nothing lies about.
"""

import gzip
import json

import pytest

from domain import commands as ask
from domain.adapters import Adapters
from domain.adapters.public_ids import public_id
from domain.errors import Refused
from domain.events import IngestCompleted, JobAttemptFailed, JobFailed, JobRetryRequested
from domain.tokenization_commands import TokenizeDataset
from tests.domain.stories import DATASET, PIN, TOKENIZATION, TOKENIZE_JOB
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.hub_bench import HubBench
from tests.workers.ingests import COMPRESSIONS
from workers.child import FUNCTIONS, Child

DEEP = ('{"text": ' + "[" * 100_000 + "]" * 100_000 + "}\n").encode()
HERE = "00000000-0000-4000-8000-0000000000f1"
LATIN = b"one\ncaf\xe9\nthree\n"
TWO_FORMATS = """---
configs:
- {config_name: a, data_files: a.parquet}
- {config_name: b, data_files: b.csv}
- {config_name: c, data_files: c.tsv}
- {config_name: d, data_dir: d}
- {config_name: e, data_files: [e.txt.gz, e.txt.zst]}
---
"""


@pytest.fixture(scope="module")
def hub(empty_hub: Hub) -> Hub:
    return empty_hub


@pytest.fixture
def bench(hub_bench: HubBench, endpoint: None) -> HubBench:
    return hub_bench


def offer(hub: Hub, **files: object) -> None:
    """The repository holds these files and no others from now on."""
    folder = hub.folder / "datasets/acme/data"
    for old in sorted(folder.rglob("*"), reverse=True):
        old.unlink() if old.is_file() else old.rmdir()
    folder.mkdir(parents=True, exist_ok=True)
    write_repository(folder, files)  # type: ignore[arg-type]


AT_THE_DOWNLOAD = {
    "no files of data": ({"README.md": "# Nothing"}, "EMPTY_DATASET"),
    "a script": ({"data.py": "raise SystemExit", "train.jsonl": texts(3)}, "UNSUPPORTED_FORMAT"),
    "files of no known format": ({"a.bin": b"1"}, "UNSUPPORTED_FORMAT"),
    "parquet that is compressed once more": ({"a.parquet.gz": gzip.compress(b"PAR1")}, "UNSUPPORTED_FORMAT"),
    "splits of different formats": ({"train.csv": b"a\n1\n", "test.jsonl": texts(2)}, "UNSUPPORTED_FORMAT"),
}
AT_THE_INGEST = {
    "no rows": ({"train.csv": b"text\n"}, "EMPTY_DATASET", "no rows"),
    "empty files": ({"train.jsonl": b"", "test.jsonl": b""}, "EMPTY_DATASET", "no rows"),
    "a corrupt parquet": ({"train.parquet": b"PAR1 and no more PAR1"}, "CORRUPT_DATA", "train.parquet"),
    "text that is not UTF-8": ({"train.txt": LATIN}, "INVALID_ENCODING", "not UTF-8 at line 2"),
    "JSON nested too deep": ({"train.jsonl": DEEP}, "CORRUPT_DATA", "at byte 1,032"),
}  # fmt: skip


@pytest.mark.parametrize("case", AT_THE_DOWNLOAD)
def test_what_cannot_be_planned_fails_at_once_and_is_ready_after_its_repair(
    bench: HubBench, hub: Hub, case: str
) -> None:
    files, code = AT_THE_DOWNLOAD[case]
    offer(hub, **files)

    assert bench.download() == "FAILED"

    shows_and_keeps(bench, code)
    offer(hub, **{"train.jsonl": texts(4)})
    assert bench.retry() == "READY"
    assert bench.row()["error"] is None
    assert bench.unaccounted() == []


@pytest.mark.parametrize("case", AT_THE_INGEST)
def test_what_cannot_be_read_fails_at_once_and_says_where(bench: HubBench, hub: Hub, case: str) -> None:
    files, code, place = AT_THE_INGEST[case]
    offer(hub, **files)

    assert bench.download() == "FAILED"

    told = shows_and_keeps(bench, code)
    assert place in told
    assert ("onError: SKIP" in told) == case.endswith(("corrupt parquet", "not UTF-8"))
    assert bench.retry() == "FAILED"
    assert place in shows_and_keeps(bench, code)
    assert [type(event) for event in bench.events].count(JobRetryRequested) == 1
    bench.a_day_later()
    [source] = bench.home.iterdir()
    assert bench.state.downloaded == str(source.relative_to(bench.adapters.storage))


def shows_and_keeps(bench: HubBench, code: str) -> str:
    """The dataset and the log have the same final error, without an attempt in vain; its message."""
    failed = bench.events[-1]
    assert isinstance(failed, JobFailed)
    error = bench.row()["error"]
    assert (error["code"], error["message"]) == (failed.code, failed.message) == (code, failed.message)
    assert not any(isinstance(event, JobAttemptFailed) for event in bench.events)
    assert bench.unaccounted() == []
    return failed.message


def test_a_file_named_out_of_its_folder_is_refused(bench: HubBench, hub: Hub) -> None:
    offer(hub, **{"train.jsonl": texts(3)})
    blobs = hub.repository("datasets", "acme/data").head().blobs
    blobs["../../../../evil.jsonl"] = blobs["train.jsonl"]

    assert bench.download() == "FAILED"

    assert "'../../../../evil.jsonl'" in shows_and_keeps(bench, "UNSUPPORTED_FORMAT")
    assert not list(bench.adapters.storage.parent.rglob("evil.jsonl"))
    del blobs["../../../../evil.jsonl"]
    assert bench.retry() == "READY"


def test_what_is_here_is_a_duplicate_under_an_older_name_too(bench: HubBench, hub: Hub) -> None:
    offer(hub, **{"train.jsonl": texts(3)})
    write_repository(hub.folder / "datasets/acme/old", {".hub.json": '{"moved": "acme/data"}'})
    here, commit = {"dataset_id": HERE, "job_id": HERE}, hub.commit_of("acme/data")
    bench.command(ask.DownloadDataset(**here, repository="acme/data"))
    bench.command(ask.StartJob(**here))
    bench.command(ask.PinDownload(**here, **PIN | {"commit": commit, "splits": ("train",)}))

    assert bench.download("acme/old") == "FAILED"

    assert public_id("Dataset", HERE) in shows_and_keeps(bench, "DUPLICATE_DATASET")


def test_without_a_text_column_it_is_ready_and_not_tokenized(bench: HubBench, hub: Hub) -> None:
    offer(hub, **{"train.csv": b"a,b\n1,2\n3,4\n"})
    assert bench.download() == "READY"
    assert bench.row() | {"error": None} == bench.row()
    assert (bench.row()["row_count"], bench.row()["text_column"]) == (2, None)
    tokens = {"dataset_id": DATASET, "tokenization_id": TOKENIZATION, "job_id": TOKENIZE_JOB}
    with pytest.raises(Refused) as refused:
        bench.command(TokenizeDataset(**tokens, tokenizer="builtin:byt5"))
    assert refused.value.code == "COLUMN_NOT_TEXT"


def test_by_choice_what_cannot_be_read_is_skipped_and_counted(bench: HubBench, hub: Hub) -> None:
    bad = b'{"text": "caf\xe9"}\n' + DEEP + b'{"text": \n'
    lines = b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts(50))
    offer(hub, **{"train-0.jsonl": lines + bad + lines, "train-1.jsonl": bad + lines, "test.jsonl": lines})

    assert bench.download(on_error="SKIP") == "READY"

    [ready] = [event for event in bench.events if isinstance(event, IngestCompleted)]
    assert (ready.row_count, ready.skipped_rows) == (200, 6)
    places = [(place["file"], place["place"]) for place in ready.skipped]
    assert places == [("train-0.jsonl", f"line {n}") for n in (51, 52, 53)] + [
        ("train-1.jsonl", f"line {n}") for n in (1, 2, 3)
    ]
    assert ready.summary() == "Ready: 200 rows in 2 splits; 6 could not be read and were skipped"
    assert (bench.row()["row_count"], bench.row()["skipped_rows"]) == (200, 6)
    assert bench.unaccounted() == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize("config", ["a", "b", "c", "d", "e"])
def test_each_config_of_a_repository_is_read_by_its_own_reader(bench: HubBench, hub: Hub, config: str) -> None:
    rows = texts(3)
    offer(
        hub,
        **{
            "README.md": TWO_FORMATS,
            "a.parquet": rows,
            "b.csv": b"text,id\nb c,1\n",
            "c.tsv": b"text\tid\nb c\t1\n",
            "d/x.jsonl": rows,
            "e.txt.gz": gzip.compress(b"b c\n"),
            "e.txt.zst": COMPRESSIONS["zst"](b"b c\n"),
        },
    )
    assert bench.download(config=config) == "READY"
    assert bench.row()["row_count"] == {"a": 3, "b": 1, "c": 1, "d": 3, "e": 2}[config]
    assert bench.row()["text_column"] == "text"


def test_a_child_that_a_file_kills_fails_the_job_with_its_signal(
    adapters: Adapters, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the check of its depth such a file still takes the parser with it: really."""
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    child = Child({**FUNCTIONS, "plan_ingest": "tests.workers.unguarded"})
    bench = HubBench(adapters, child)
    offer(hub, **{"train.jsonl": DEEP})

    assert bench.download() == "FAILED"

    failed = bench.events[-1]
    assert isinstance(failed, JobFailed)
    assert failed.code == "WORKER_LOST"
    assert "SIGSEGV" in failed.message
    assert [event.losses for event in bench.events if isinstance(event, JobAttemptFailed)] == [1, 2]
    assert bench.unaccounted() == []
    bench.a_day_later()
    assert [bench.adapters.storage / str(bench.state.downloaded)] == list(bench.home.iterdir())
    bench.close()
    child.close()
