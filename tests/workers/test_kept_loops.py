"""Where compiled loops are kept, so that no later process has to compile them again."""

import os

import pytest

from workers.kept_loops import keep_loops


@pytest.mark.parametrize("writable", [True, False])
def test_they_go_to_the_home_only_where_the_sources_folder_is_not_ours_to_write(monkeypatch, tmp_path, writable):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(os, "access", lambda _path, _mode: writable)

    keep_loops(tmp_path)

    kept = os.environ.get("NUMBA_CACHE_DIR")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    assert kept == (None if writable else str(tmp_path / "cache" / "compiled"))
