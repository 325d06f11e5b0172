"""Tokenizers that a warm process keeps: quick the second time, and never shown to those who may not read them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import ErrorCode, WorldFailure
from tests import tokenizers as made
from tests.hub import Hub
from workers.remembered_tokenizers import Remembered, remembered_tokenizer

SECRET = "hf_planted"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An open repository, and one for readers alone."""
    models = tmp_path / "hub" / "models" / "acme"
    made.save_bpe(models / "bpe")
    made.save_bpe(models / "gated", begin=True)
    (models / "gated" / ".hub.json").write_text(f'{{"gated": "auto", "readers": ["{SECRET}"]}}')
    with Hub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def remember(tmp_path: Path):
    """Asks as a question does: its scratch folder is gone afterwards."""

    def asked(name: str, token: str | None = None, revision: str | None = None) -> Remembered:
        work = tmp_path / uuid4().hex
        work.mkdir()
        try:
            return remembered_tokenizer(name, revision, str(tmp_path / "root"), work, token)
        finally:
            shutil.rmtree(work)

    return asked


def test_one_of_the_hub_is_fetched_once_and_as_long_as_its_commit_stays(hub: Hub, remember: Any) -> None:
    first = remember("acme/bpe")
    fetched = len(hub.body_requests("tokenizer.json"))
    again = remember("acme/bpe")
    pinned = remember("acme/bpe", revision=first.commit)
    assert again is first
    assert pinned is first
    assert len(hub.body_requests("tokenizer.json")) == fetched

    (hub.folder / "models" / "acme" / "bpe" / "special_tokens_map.json").write_text("{}")
    moved = remember("acme/bpe")
    assert moved.commit == hub.commit_of("acme/bpe", "models") != first.commit
    assert len(hub.body_requests("tokenizer.json")) > fetched


def test_what_one_may_read_is_not_told_to_another(hub: Hub, remember: Any) -> None:
    known = remember("acme/gated", SECRET)
    assert remember("acme/gated", SECRET) is known
    for other, expected in ((None, ErrorCode.AUTHENTICATION_REQUIRED), ("hf_stranger", ErrorCode.ACCESS_DENIED)):
        with pytest.raises(WorldFailure) as failed:
            remember("acme/gated", other)
        assert failed.value.code == expected


def test_a_folder_is_another_one_once_its_files_change(tmp_path: Path, remember: Any) -> None:
    folder = made.save_bpe(tmp_path / "root" / "bpe")
    first = remember("file:bpe")
    assert remember("file:bpe") is first
    assert first.size_bytes > (folder / "tokenizer.json").stat().st_size
    shutil.rmtree(folder)
    made.save_bpe(folder, begin=True)
    changed = remember("file:bpe")
    assert changed.commit != first.commit
    assert changed.loaded("a")["input_ids"] != first.loaded("a")["input_ids"]


def test_a_few_are_kept_and_what_is_built_in_is_there(remember: Any, tmp_path: Path) -> None:
    built_in = remember("builtin:byt5")
    assert (built_in.commit, built_in.size_bytes, built_in.model_vocabulary) == ("builtin", 0, None)
    for name in ("a", "b", "c"):
        made.save_bpe(tmp_path / "root" / name, max_length=ord(name))
    first = remember("file:a")
    remember("file:b")
    assert remember("file:a") is first
    remember("file:b")
    remember("file:c")
    assert remember("file:a") is not first


def test_an_unknown_one_is_told_as_a_tokenizer(hub: Hub, remember: Any) -> None:
    with pytest.raises(WorldFailure) as failed:
        remember("acme/nothing")
    assert failed.value.code == ErrorCode.TOKENIZER_NOT_FOUND
