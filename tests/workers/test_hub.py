"""The Hub's refusals and troubles, over real HTTP."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode, WorldFailure
from tests.hub import Hub
from tests.texts import write_repository
from tests.workers.layouts import by_split, plan
from workers import hub as client

pytestmark = pytest.mark.usefixtures("endpoint")


@pytest.fixture(scope="module")
def hub(layouts_hub: Hub) -> Hub:
    return layouts_hub


def refusal(work: Path, repository: str, **asked: Any) -> WorldFailure:
    with pytest.raises(WorldFailure) as caught:
        plan(work, repository, **asked)
    assert list(work.iterdir() if work.exists() else []) == []
    return caught.value


@pytest.mark.parametrize(
    ("repository", "asked", "code", "words"),
    [
        ("acme/nothing", {}, ErrorCode.REPOSITORY_NOT_FOUND, "or private: give a token"),
        ("acme/nothing", {"token": "hf_any"}, ErrorCode.REPOSITORY_NOT_FOUND, "or private: give another token"),
        ("acme/private", {}, ErrorCode.REPOSITORY_NOT_FOUND, "or private: give a token"),
        ("acme/private", {"token": "hf_any"}, ErrorCode.REPOSITORY_NOT_FOUND, "check the name"),
        ("acme/english", {"revision": "v9"}, ErrorCode.REVISION_NOT_FOUND, "no revision v9"),
        ("acme/english", {"config": "german"}, ErrorCode.CONFIG_NOT_FOUND, "choose one of default"),
        ("acme/configs", {"config": "huge"}, ErrorCode.CONFIG_NOT_FOUND, "small, large"),
        ("acme/english", {"splits": ["train", "dev"]}, ErrorCode.SPLIT_NOT_FOUND, "dev: choose among train, test"),
        ("acme/script", {}, ErrorCode.UNSUPPORTED_FORMAT, "never run"),
        ("acme/pictures", {}, ErrorCode.UNSUPPORTED_FORMAT, "imagefolder"),
        ("acme/binary", {}, ErrorCode.UNSUPPORTED_FORMAT, "No file of acme/binary can be read"),
        ("acme/elsewhere", {}, ErrorCode.UNSUPPORTED_FORMAT, "outside of the repository"),
        ("acme/above", {}, ErrorCode.UNSUPPORTED_FORMAT, "outside of the repository"),
        ("acme/bad-card", {}, ErrorCode.UNSUPPORTED_FORMAT, "acme/bad-card"),
        ("acme/odd-split", {"config": "small"}, ErrorCode.UNSUPPORTED_FORMAT, "names a split 'extra-1': it takes"),
        ("acme/long-split", {"config": "small"}, ErrorCode.UNSUPPORTED_FORMAT, "200 bytes at most"),
        (
            "acme/split-of-a-line",
            {"config": "small"},
            ErrorCode.UNSUPPORTED_FORMAT,
            r"names a split 'extra\n': it takes",
        ),
        ("acme/not-yaml", {}, ErrorCode.UNSUPPORTED_FORMAT, "acme/not-yaml"),
        ("acme/no-data", {}, ErrorCode.EMPTY_DATASET, "no files of data"),
        ("acme/gated", {}, ErrorCode.AUTHENTICATION_REQUIRED, "give a token"),
        ("acme/gated", {"token": "hf_stranger"}, ErrorCode.ACCESS_DENIED, "another token"),
        ("acme/english", {"token": "hf_\n"}, ErrorCode.ACCESS_DENIED, "copy it again"),
    ],
)
def test_what_cannot_be_planned_is_said_with_its_code_and_leaves_nothing(
    tmp_path: Path, repository: str, asked: dict[str, Any], code: ErrorCode, words: str
) -> None:
    failure = refusal(tmp_path / "work", repository, **asked)

    assert (failure.code, failure.retryable) == (code, False)
    assert words in failure.message
    assert str(tmp_path) not in failure.message


@pytest.mark.parametrize("repository", ["acme/gated", "acme/private"])
def test_a_token_that_may_read_opens_the_repository(tmp_path: Path, repository: str) -> None:
    assert by_split(plan(tmp_path, repository, token="hf_reader")) == {"train": ["a.jsonl"]}


def test_without_a_token_the_one_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_reader")

    assert plan(tmp_path, "acme/private")["bytes"] > 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, ErrorCode.HUB_UNAVAILABLE),
        ({"status": 500}, ErrorCode.HUB_UNAVAILABLE),
        ({"status": 429, "headers": {"Retry-After": "7"}}, ErrorCode.RATE_LIMITED),
        ({"status": 200}, ErrorCode.HUB_UNAVAILABLE),
    ],
)
def test_a_hub_in_trouble_is_asked_once_and_may_be_asked_again(
    hub: Hub, tmp_path: Path, fault: dict[str, Any], code: ErrorCode
) -> None:
    hub.requests.clear()
    hub.fail("/api/datasets/*", **fault)

    failure = refusal(tmp_path / "work", "acme/english")

    assert (failure.code, failure.retryable, len(hub.requests)) == (code, True, 1)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "in a while"}, None, None),
        ({"RateLimit": '"api";r=0;t=55'}, 55, 55),
        ({"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}, 0, 0),
        ({"Retry-After": "Tue, 01 Jan 2980 00:00:00 GMT"}, 10_000, 1e12),
        ({}, None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_the_hub_asks_for_is_told(
    hub: Hub, tmp_path: Path, status: int, headers: dict[str, str], least: float | None, most: float | None
) -> None:
    hub.fail("/api/datasets/*", status=status, headers=headers)

    wait = refusal(tmp_path / "work", "acme/english").retry_after_seconds

    assert wait is least or (wait is not None and least is not None and most is not None and least <= wait <= most)


def test_an_unreachable_hub_is_said_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        started = time.monotonic()

        failure = refusal(tmp_path / "work", "acme/english")

    assert (failure.code, failure.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
    assert time.monotonic() - started < 20


def test_a_long_list_of_files_comes_in_pages(hub: Hub) -> None:
    names = {f"data/{number:04}.jsonl": "" for number in range(1100)}
    write_repository(hub.folder / "datasets/acme/many", names)

    with client.Hub() as connection:
        found = [entry.path for entry in connection.files("acme/many", hub.commit_of("acme/many"))]

    assert found == list(names)
