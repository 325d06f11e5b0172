"""A part of a huge dataset: exactly the rows that were asked for, by few more bytes than they have."""

import gzip
import io
import json
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.adapters import Adapters
from tests.hub import Hub
from tests.texts import texts, write_repository
from tests.workers.bringing import Bringing, sent

ROWS, SHORT, GROUP = 6000, 40, 500


def lines(rows: list[str]) -> bytes:
    return "".join(json.dumps({"id": number, "text": row}) + "\n" for number, row in enumerate(rows)).encode()


def parquet(rows: list[str]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"id": range(len(rows)), "text": rows}), file, row_group_size=GROUP, compression="none")
    return file.getvalue()


LARGE, SMALL = texts(ROWS), texts(SHORT, start=7)
WRITERS: dict[str, Callable[[list[str]], bytes]] = {
    "jsonl": lines,
    "jsonl.gz": lambda rows: gzip.compress(lines(rows), 1),
    "parquet": parquet,
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    for suffix, write in WRITERS.items():
        files = {f"train-0.{suffix}": write(LARGE), f"train-1.{suffix}": write(LARGE), f"test.{suffix}": write(SMALL)}
        write_repository(root / f"datasets/acme/{suffix}", files)
    with Hub(root) as served:
        yield served


@pytest.fixture
def bringing(adapters: Adapters, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bringing]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    hub.requests.clear()
    made = Bringing(adapters)
    yield made
    made.close()
    hub.heal()


@pytest.mark.parametrize("suffix", WRITERS)
def test_so_many_rows_of_each_split_come_from_its_front(bringing: Bringing, hub: Hub, suffix: str) -> None:
    bringing.bring(f"acme/{suffix}", max_rows=1200)
    found = bringing.loaded()
    assert {name: split["text"] for name, split in found.items()} == {"train": LARGE[:1200], "test": SMALL}
    whole = (hub.folder / f"datasets/acme/{suffix}/train-0.{suffix}").stat().st_size
    print(suffix, sent(hub), whole, [(r.path, r.range, r.sent) for r in hub.requests if "/resolve/" in r.path])
    assert sent(hub, f"train-1.{suffix}") == 0
    assert sent(hub, f"train-0.{suffix}") < whole / 2
