"""The Hub as it really is: signed addresses at another host, renamed repositories, contents that change."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import hf_hub_download

from domain.errors import ErrorCode
from tests.hub import Hub
from tests.texts import write_repository
from tests.workers.fetching import CONTENT, NAME, SHA256, Place, failure, fetch, names, ranges, serve_big
from tests.workers.layouts import by_split, plan
from workers import hub as client
from workers.chunks import CHUNK_BYTES

pytestmark = pytest.mark.usefixtures("endpoint")

TOKEN = "hf_secret"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    for name, whole in (("renamed", "false"), ("renamed-wholly", "true")):
        settings = f'{{"moved": "acme/english", "whole_location": {whole}}}'
        write_repository(root / "datasets/acme" / name, {".hub.json": settings})
    with serve_big(root) as hub:
        yield hub


def asked(hub: Hub) -> list[tuple[str, int]]:
    """Which host was asked, and what it answered."""
    return [(request.host, request.status) for request in hub.requests]


def signed_address(hub: Hub) -> httpx.Response:
    """The Hub's redirect to the big file."""
    return httpx.get(f"{hub.url}/datasets/{NAME}/resolve/main/big.bin")


def test_a_large_file_is_at_a_signed_address_of_another_host(hub: Hub) -> None:
    redirect = signed_address(hub)
    there = httpx.URL(redirect.headers["Location"])

    assert (redirect.status_code, there.host) == (302, "127.0.0.2")
    assert redirect.headers["X-Linked-Size"] == str(len(CONTENT))
    assert redirect.headers["X-Linked-Etag"] == f'"{SHA256}"'
    assert httpx.get(there).content == CONTENT
    assert httpx.get(there.copy_set_param("Signature", "0")).status_code == 403
    hub.signatures.expire()
    assert httpx.get(there).status_code == 403


def test_the_host_of_large_files_refuses_whoever_brings_a_token(hub: Hub) -> None:
    there = signed_address(hub).headers["Location"]
    hub.requests.clear()

    refused = httpx.get(there, headers={"Authorization": f"Bearer {TOKEN}"})

    assert refused.status_code == 400
    assert [request.authorization for request in hub.blob_requests()] == [f"Bearer {TOKEN}"]


def test_the_library_of_the_hub_fetches_from_it(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hf_hub_download(NAME, "big.bin", repo_type="dataset", endpoint=hub.url, cache_dir=tmp_path, token=TOKEN)

    assert Path(path).read_bytes() == CONTENT
    assert hub.blob_requests() != []


def test_the_token_goes_to_the_hub_alone(hub: Hub, place: Place) -> None:
    fetch(hub, place.target(1), token=TOKEN)

    assert [(request.host, request.authorization) for request in hub.requests] == [
        ("hub", f"Bearer {TOKEN}"),
        ("blobs", None),
    ]


def test_a_signed_address_serves_every_request_until_it_expires(hub: Hub) -> None:
    with client.Hub(TOKEN) as connection:
        file = connection.file(NAME, hub.commit_of(NAME), "big.bin")
        found = [read(file, 0, 10), read(file, 10, 20)]
        hub.signatures.expire()
        found.append(read(file, 20, 30))

    assert b"".join(found) == CONTENT[:30]
    assert asked(hub) == [("hub", 302), ("blobs", 206), ("blobs", 206), ("blobs", 403), ("hub", 302), ("blobs", 206)]
    assert {request.authorization for request in hub.blob_requests()} == {None}


def read(file: client.HubFile, start: int, stop: int) -> bytes:
    with file.read(start, stop) as body:
        return b"".join(body.blocks)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_new_address_that_is_refused_too_may_be_tried_again_later(hub: Hub, place: Place, status: int) -> None:
    hub.fail("*/big.bin", host="blobs", status=status)

    refused = failure(hub, place.target(1), token=TOKEN)

    assert (refused.code, refused.retryable) == (ErrorCode.HUB_UNAVAILABLE, True)
    assert asked(hub) == [("hub", 302), ("blobs", status)]


@pytest.mark.parametrize("name", ["acme/renamed", "acme/renamed-wholly"])
def test_a_renamed_repository_is_found_under_its_new_name(hub: Hub, place: Place, tmp_path: Path, name: str) -> None:
    planned = plan(tmp_path / "work", name, token=TOKEN)
    (file,) = [file for file in planned["files"] if file["split"] == "test"]
    arguments = {key: file[key] for key in ("path", "size", "sha256")}

    told, _ = fetch(hub, place.target(1), repository=name, commit=planned["commit"], token=TOKEN, **arguments)

    assert by_split(planned)["test"] == ["data/test-00000-of-00001.parquet"]
    assert told["sha256"] == file["sha256"]
    assert 307 in [request.status for request in hub.requests]
    assert {request.authorization for request in hub.requests if request.host == "hub"} == {f"Bearer {TOKEN}"}


def test_a_redirect_that_never_ends_is_no_hub(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", redirect="/datasets/acme/big/resolve/main/big.bin")

    assert "does not answer" in failure(hub, place.target(1)).message


# So long a server is silent, and so long it is waited for: also a busy one that is not silent says something by then.
SILENT, PATIENT = {"stall_seconds": 60.0}, {"stalled_after_seconds": 2.0}
STATUSES: list[tuple[dict[str, Any], int]] = [
    ({"status": 500}, 0),
    ({"status": 503}, 0),
    ({"status": 429, "headers": {"Retry-After": "7"}}, 0),
    (SILENT, 0),
]
BODIES: list[tuple[dict[str, Any], int]] = [
    ({"cut_after": 2 * CHUNK_BYTES}, 2 * CHUNK_BYTES),
    ({"stall_after": 2 * CHUNK_BYTES, **SILENT}, 2 * CHUNK_BYTES),
]


@pytest.mark.parametrize(
    ("host", "fault", "saved"),
    [*(("hub", *one) for one in STATUSES), *(("blobs", *one) for one in [*STATUSES, *BODIES])],
)
def test_trouble_at_either_host_may_be_tried_again_and_what_was_saved_stays(
    hub: Hub, place: Place, host: str, fault: dict[str, Any], saved: int
) -> None:
    is_limit = fault.get("status") == 429
    hub.fail("*/big.bin", host=host, times=1, **fault)

    failed = failure(hub, place.target(1), **(PATIENT if "stall_seconds" in fault else {}))
    told, _ = fetch(hub, place.target(2), place.target(1))

    assert failed.code == (ErrorCode.RATE_LIMITED if is_limit else ErrorCode.HUB_UNAVAILABLE)
    assert (failed.retryable, failed.discarded) == (True, False)
    assert failed.retry_after_seconds == (7 if is_limit else None)
    assert told["sha256"] == SHA256
    assert ranges(hub) == [None, f"bytes={saved}-{len(CONTENT) - 1}" if saved else None]


def test_of_two_contents_under_one_name_nothing_is_mixed(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", etag="other", damage_at=5, cut_after=int(2.5 * CHUNK_BYTES), times=1)
    failure(hub, place.target(1))
    hub.requests.clear()

    told, _ = fetch(hub, place.target(2), place.target(1))

    assert (told["sha256"], names(place)) == (SHA256, ["big.2.bin"])
    assert ranges(hub) == [f"bytes={2 * CHUNK_BYTES}-{len(CONTENT) - 1}", None]


def test_an_attempt_that_had_to_begin_anew_made_no_progress(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", etag="other", cut_after=int(2.5 * CHUNK_BYTES), times=1)
    first = failure(hub, place.target(1))
    hub.fail("*/big.bin", cut_after=int(3.5 * CHUNK_BYTES))

    second = failure(hub, place.target(2), place.target(1))

    assert (first.discarded, second.discarded, second.retryable) == (False, True, True)


def test_a_server_whose_every_answer_is_another_content_is_read_in_one(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", cut_after=int(2.5 * CHUNK_BYTES), times=1)
    failure(hub, place.target(1))
    for number in range(3):
        hub.fail("*/big.bin", etag=f"content {number}", times=1)

    assert fetch(hub, place.target(2), place.target(1))[0]["sha256"] == SHA256


@pytest.mark.parametrize("size", [len(CONTENT) - 10, len(CONTENT) + 10, CHUNK_BYTES])
def test_a_file_that_comes_in_another_length_leaves_nothing(hub: Hub, place: Place, size: int) -> None:
    hub.fail("*/big.bin", size=size)

    wrong = failure(hub, place.target(1))

    assert (wrong.code, wrong.retryable, names(place)) == (ErrorCode.CHECKSUM_MISMATCH, True, [])


def test_a_content_of_which_nothing_was_saved_is_no_reason_to_begin_anew(hub: Hub, place: Place) -> None:
    hub.fail("*/big.bin", etag="other", cut_after=CHUNK_BYTES // 2, times=1)
    failure(hub, place.target(1))
    hub.fail("*/big.bin", cut_after=int(2.5 * CHUNK_BYTES), times=1)

    second = failure(hub, place.target(2), place.target(1))
    fetch(hub, place.target(3), place.target(2))

    assert second.discarded is False
    assert ranges(hub) == [None, None, f"bytes={2 * CHUNK_BYTES}-{len(CONTENT) - 1}"]
