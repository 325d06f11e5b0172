"""Repositories and uploads that want to be run or unpacked: nothing of them ever is, whatever they are called."""

import io
import pickle
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.hub import Hub
from tests.texts import texts
from tests.workers.hub_bench import HubBench
from tests.workers.test_bad_input import offer, shows_and_keeps


class RunsWhenRead:
    """Whoever unpickles it makes the canary."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._canary,)


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A file that only code out of a repository would make."""
    file = tmp_path / "canary"
    yield file
    assert not file.exists()


@pytest.fixture(scope="module")
def hub(empty_hub: Hub) -> Hub:
    return empty_hub


@pytest.fixture
def bench(hub_bench: HubBench, endpoint: None) -> HubBench:
    return hub_bench


def pickled(canary: Path) -> bytes:
    return pickle.dumps(RunsWhenRead(canary))


def arrays(canary: Path) -> bytes:
    """An array of objects, which numpy stores as a pickle."""
    file = io.BytesIO()
    np.save(file, np.array([RunsWhenRead(canary)], dtype=object), allow_pickle=True)
    return file.getvalue()


def script(canary: Path) -> bytes:
    return f"open({str(canary)!r}, 'w').write('run')\n".encode()


def zipped(canary: Path) -> bytes:
    """An archive with a file that leads up and out, to the canary, and a link to where a second one would follow it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../" * 40 + str(canary).lstrip("/"), '{"text": "out"}\n')
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, str(canary.parent))
        archive.writestr(f"link/{canary.name}", "through the link")
    return file.getvalue()


def tarred(canary: Path) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in (str(canary), "../" * 40 + str(canary).lstrip("/"), f"link/{canary.name}"):
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, str(canary.parent)
            archive.addfile(link)
            archive.addfile(tarfile.TarInfo(name))
    return file.getvalue()


MADE = {"a script": script, "a pickle": pickled, "pickled arrays": arrays, "a zip": zipped, "a tar": tarred}
NAMES = {
    "a script": ("data.py", "train.py", "dataset.py"),
    "a pickle": ("train.pkl", "train.pickle", "data.pt"),
    "pickled arrays": ("train.npy", "train.npz"),
    "a zip": ("train.zip", "train.jsonl.zip"),
    "a tar": ("train.tar", "train-00000.tar.gz"),
}


@pytest.mark.parametrize("what", MADE)
def test_a_repository_of_code_or_archives_is_of_no_format(bench: HubBench, hub: Hub, canary: Path, what: str) -> None:
    offer(hub, **{name: MADE[what](canary) for name in NAMES[what]})
    assert bench.download() == "FAILED"
    shows_and_keeps(bench, "UNSUPPORTED_FORMAT")


@pytest.mark.parametrize("what", ["a pickle", "pickled arrays"])
def test_beside_data_they_are_left_alone(bench: HubBench, hub: Hub, canary: Path, what: str) -> None:
    offer(hub, **{"train.jsonl": texts(3)}, **{f"old/{name}": MADE[what](canary) for name in NAMES[what]})
    assert bench.download() == "READY"
    assert bench.row()["row_count"] == 3


@pytest.mark.parametrize(("what", "told"), [("a zip", "is an archive"), ("a tar", "are read as webdataset")])
def test_an_archive_beside_data_is_named_and_not_left_out_in_silence(
    bench: HubBench, hub: Hub, canary: Path, what: str, told: str
) -> None:
    offer(hub, **{"train.jsonl": texts(3)}, **{f"old/{name}": MADE[what](canary) for name in NAMES[what]})
    assert bench.download() == "FAILED"
    assert told in shows_and_keeps(bench, "UNSUPPORTED_FORMAT")


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.jsonl.gz", "rows.zip", "rows"])
@pytest.mark.parametrize("what", MADE)
def test_an_upload_is_data_whatever_it_holds(bench: HubBench, canary: Path, what: str, name: str) -> None:
    status = bench.upload(MADE[what](canary), name)
    assert status in ("FAILED", "READY")
    if what in ("a zip", "a tar", "a pickle", "pickled arrays"):
        assert status == "FAILED"
        assert bench.row()["error"]["code"] in ("UNSUPPORTED_FORMAT", "CORRUPT_DATA", "INVALID_ENCODING")
