"""Publishing what was fetched, over real HTTP."""

from pathlib import Path
from typing import Any

import pytest

from domain.adapters.files import sha256_of, tree_size
from domain.adapters.sums import SUMS
from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.workers.fetching import (
    Place,
    finish,
)
from workers.downloading import FetchedFile, complete_download, plan_download
from workers.fetching import fetch_file
from workers.layout import build_skeleton
from workers.steps import Step

pytestmark = pytest.mark.usefixtures("endpoint")


@pytest.fixture(scope="module")
def hub(big_hub: Hub) -> Hub:
    return big_hub


def test_a_download_is_published_under_the_paths_of_its_repository(hub: Hub, place: Place, tmp_path: Path) -> None:
    given: dict[str, Any] = {"revision": None, "config": None, "splits": None, "work": str(tmp_path / "work")}
    planned, _ = finish(plan_download(repository="acme/english", **given))
    pieces: list[FetchedFile] = []
    for number, file in enumerate(planned["files"]):
        arguments = {name: value for name, value in file.items() if name != "split"}
        target = str(place.folder / f"{number}.1.parquet")
        told, _ = finish(fetch_file(repository="acme/english", commit=planned["commit"], target=target, **arguments))
        pieces.append({"path": told["path"], "file": target})

    told, steps = finish(complete_download(final=str(tmp_path / "final"), pieces=[*pieces, pieces[0]]))

    source = hub.folder / "datasets/acme/english/data"
    found = {path.name: path.read_bytes() for path in (tmp_path / "final/data").iterdir()}
    assert found == {path.name: path.read_bytes() for path in source.iterdir()}
    assert told == {"bytes": tree_size(tmp_path / "final"), "sumsSha256": sha256_of(tmp_path / "final" / SUMS)}
    assert steps[-1] == Step(3, 3, "PIECES")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final", "pieces", "work"]


@pytest.mark.parametrize("path", ["../out.jsonl", "/etc/out.jsonl", "a/../../out.jsonl"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "piece").write_text("{}")

    with pytest.raises(WorldFailure, match="cannot be kept"):
        finish(
            complete_download(final=str(tmp_path / "a/final"), pieces=[{"path": path, "file": str(tmp_path / "piece")}])
        )

    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    "name", ["a" * 250 + ".jsonl", "é" * 126 + ".csv", "\ud800.jsonl"], ids=["long", "accents", "no text"]
)
def test_a_name_that_no_file_can_have_is_refused_and_no_fault(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorldFailure, match="cannot be kept") as told:
        build_skeleton(tmp_path, ["a.jsonl", f"data/{name}"], {})
    assert told.value.code == ErrorCode.UNSUPPORTED_FORMAT
