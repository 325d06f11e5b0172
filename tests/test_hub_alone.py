"""The test Hub on its own, as a person runs it who tries the service without internet."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.texts import english


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_hub_alone_serves_its_folder_and_leaves_nothing_when_it_is_ended(tmp_path: Path, ending: int) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    english(tmp_path / "hub")
    command = [sys.executable, "-m", "tests.hub", str(tmp_path / "hub")]
    environ = os.environ | {"TMPDIR": str(scratch)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as alone:
        assert alone.stdout is not None
        address = alone.stdout.readline().strip().removeprefix("HF_ENDPOINT=")
        told = httpx.get(f"{address}/api/datasets/acme/english").json()
        alone.send_signal(ending)
        assert alone.wait(10) == 0
    assert "README.md" in [sibling["rfilename"] for sibling in told["siblings"]]
    assert list(scratch.iterdir()) == []
