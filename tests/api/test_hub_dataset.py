"""A look at the Hub before a download: over HTTP, a real questions process and the test Hub."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.adapters import Adapters
from tests.api.client import Client, until
from tests.api.stories import begin
from tests.hub import Hub
from tests.questions import GETS_READY_SECONDS, answering
from tests.texts import texts, write_repository
from tests.workers.layouts import by_split, plan, write_layouts
from workers.hub_configs import MOST_RESOLVED

LOOK = """
query ($repository: String!, $revision: String, $accessToken: String) {
  hubDataset(repository: $repository, revision: $revision, accessToken: $accessToken) {
    repository commit gated private accessible license card cardTruncated sizeBytes freeBytes configCount
    configs { name isDefault splitCount sizeBytes splits { name fileCount sizeBytes } error { code message } }
    existing { id name status } error { code message retryable errorId }
  }
}"""
UNKNOWN = ("commit", "gated", "private", "license", "card", "sizeBytes", "configCount")
TOKEN = "hf_reader"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    write_layouts(root)
    with Hub(root) as running:
        yield running


@pytest.fixture(scope="module")
def asked(shared_adapters: Adapters, shared_api: Client, hub: Hub) -> Iterator[Client]:
    """The API, once the questions process has answered."""
    with answering(shared_adapters.settings, hub.environment(shared_adapters.settings.home)):
        until(lambda: look(shared_api, "acme/english")["error"] is None, GETS_READY_SECONDS)
        yield shared_api


@pytest.fixture(autouse=True)
def _healed(hub: Hub) -> Iterator[None]:
    yield
    hub.heal()


def look(api: Client, repository: str, **given: object):
    return api.ask(LOOK, repository=repository, **given)


def code(found) -> str | None:
    return found["error"] and found["error"]["code"]


def size_of(hub: Hub, repository: str) -> int:
    folder = hub.folder / "datasets" / repository
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != ".hub.json")


def test_a_repository_is_told_with_its_card_configs_and_sizes(asked, hub, shared_adapters):
    found = look(asked, "acme/english")

    assert found["error"] is None
    assert (found["accessible"], found["gated"], found["private"]) == (True, False, False)
    assert (found["commit"], found["license"]) == (hub.commit_of("acme/english"), "mit")
    assert (found["card"], found["cardTruncated"]) == ("# English", False)
    assert found["sizeBytes"] == size_of(hub, "acme/english")
    assert found["freeBytes"] > 0
    (config,) = found["configs"]
    assert (config["name"], config["isDefault"], config["splitCount"]) == ("default", True, 2)
    assert [(split["name"], split["fileCount"]) for split in config["splits"]] == [("train", 2), ("test", 1)]
    assert config["sizeBytes"] == sum(split["sizeBytes"] for split in config["splits"]) < found["sizeBytes"]


def test_the_room_is_what_a_download_may_use(serve):
    with serve(quota=7) as served:
        assert look(served.client, "../no-name")["freeBytes"] == 7


def test_configs_and_splits_are_those_that_a_download_plans(asked, hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    for repository in ("acme/configs", "acme/no-default", "acme/standalone", "acme/rows", "acme/folders"):
        found = look(asked, repository)
        assert found["error"] is None
        assert found["configCount"] == len(found["configs"])
        for config in found["configs"]:
            planned = plan(tmp_path, repository, config=config["name"])
            files = {split: len(paths) for split, paths in by_split(planned).items()}
            assert {split["name"]: split["fileCount"] for split in config["splits"]} == files
            assert config["sizeBytes"] == planned["bytes"]
        assert plan(tmp_path, repository)["config"] == found["configs"][0]["name"]
        assert [config["isDefault"] for config in found["configs"]] == [True] + [False] * (found["configCount"] - 1)


def test_a_repository_that_is_not_there_is_an_error_of_the_answer(asked):
    found = look(asked, "acme/nowhere")

    assert code(found) == "REPOSITORY_NOT_FOUND"
    assert "private" in found["error"]["message"]
    assert (found["repository"], found["accessible"], found["configs"]) == ("acme/nowhere", False, [])
    assert [found[name] for name in UNKNOWN] == [None] * len(UNKNOWN)


def test_a_gated_repository_is_described_before_one_has_access(asked, hub):
    write_repository(
        hub.folder / "datasets/acme/closed",
        {
            ".hub.json": json.dumps({"gated": "manual", "readers": [TOKEN]}),
            "README.md": "---\nlicense: mit\nconfigs:\n- {config_name: b, data_files: b.jsonl}\n---\n# Closed\n",
            "b.jsonl": texts(3),
        },
    )

    without = look(asked, "acme/closed")
    refused = look(asked, "acme/closed", accessToken="hf_of_a_stranger")
    allowed = look(asked, "acme/closed", accessToken=TOKEN)

    assert (code(without), code(refused), code(allowed)) == ("AUTHENTICATION_REQUIRED", "ACCESS_DENIED", None)
    for found, accessible, card in ((without, False, None), (refused, False, None), (allowed, True, "# Closed")):
        assert (found["gated"], found["accessible"], found["card"]) == (True, accessible, card)
        assert (found["commit"], found["license"]) == (hub.commit_of("acme/closed"), "mit")
        assert found["sizeBytes"] == size_of(hub, "acme/closed")
        (config,) = found["configs"]
        assert (config["name"], [split["fileCount"] for split in config["splits"]]) == ("b", [1])


def test_without_access_that_is_what_is_said_whatever_else_is_wrong(asked, hub):
    files = {".hub.json": '{"gated": "auto"}', "README.md": "# Nothing yet"}
    write_repository(hub.folder / "datasets/acme/closed-and-empty", files)

    assert code(look(asked, "acme/closed-and-empty")) == "AUTHENTICATION_REQUIRED"


def test_a_private_repository_is_there_for_its_readers_only(asked):
    assert code(look(asked, "acme/private")) == "REPOSITORY_NOT_FOUND"
    assert code(look(asked, "acme/private", accessToken="hf_of_a_stranger")) == "REPOSITORY_NOT_FOUND"

    found = look(asked, "acme/private", accessToken=TOKEN)
    assert (found["error"], found["private"], found["accessible"]) == (None, True, True)


@pytest.mark.parametrize(
    ("repository", "revision", "expected"),
    [
        ("acme/english", "nothing", "REVISION_NOT_FOUND"),
        ("acme/script", None, "UNSUPPORTED_FORMAT"),
        ("acme/binary", None, "UNSUPPORTED_FORMAT"),
        ("acme/bad-card", None, "UNSUPPORTED_FORMAT"),
        ("acme/elsewhere", None, "UNSUPPORTED_FORMAT"),
        ("acme/no-data", None, "EMPTY_DATASET"),
    ],
)
def test_what_cannot_be_downloaded_says_why_beside_what_is_known(asked, hub, repository, revision, expected):
    found = look(asked, repository, revision=revision)

    assert code(found) == expected
    assert found["error"]["retryable"] is False
    if revision is None:
        assert (found["accessible"], found["commit"]) == (True, hub.commit_of(repository))
        assert found["configs"] == []


def test_what_no_text_can_hold_is_replaced(asked, hub):
    card = '---\nlicense: "\\ud800mit"\n---\n'
    write_repository(hub.folder / "datasets/acme/odd", {"README.md": card, "a.jsonl": texts(1)})

    assert look(asked, "acme/odd")["license"] == "\N{REPLACEMENT CHARACTER}mit"


def test_an_older_commit_is_looked_at_as_it_was(asked, hub):
    folder = write_repository(hub.folder / "datasets/acme/moving", {"train.jsonl": texts(3)})
    before = hub.commit_of("acme/moving")
    write_repository(folder, {"test.jsonl": texts(3)})

    assert look(asked, "acme/moving", revision=before)["configs"][0]["splitCount"] == 1
    assert look(asked, "acme/moving")["configs"][0]["splitCount"] == 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [({"status": 503}, "HUB_UNAVAILABLE"), ({"status": 429, "headers": {"Retry-After": "30"}}, "RATE_LIMITED")],
)
def test_what_the_hub_cannot_do_now_may_be_asked_again(asked, hub, fault, expected):
    hub.fail("/api/datasets/acme/english/*", **fault)
    assert (code(look(asked, "acme/english")), look(asked, "acme/english")["error"]["retryable"]) == (expected, True)

    hub.heal()
    hub.fail("*/README.md", **fault)
    found = look(asked, "acme/english")
    assert (code(found), found["accessible"], found["sizeBytes"]) == (expected, True, size_of(hub, "acme/english"))


def test_what_does_not_come_in_time_leaves_what_is_known_and_the_next_one_is_answered(asked, hub):
    hub.fail("*/README.md", stall_seconds=11, times=1)

    found = look(asked, "acme/english")

    assert (code(found), found["error"]["retryable"]) == ("TRY_AGAIN", True)
    assert found["commit"] == hub.commit_of("acme/english")
    until(lambda: look(asked, "acme/english")["error"] is None, GETS_READY_SECONDS)


@pytest.mark.parametrize(
    "given",
    [
        *(
            {"repository": wrong}
            for wrong in ("https://huggingface.co/datasets/acme/x", "/etc/passwd", "../x", "", "a/b/c", "acme/\0")
        ),
        {"revision": "a..b"},
        {"revision": "a b"},
        {"accessToken": "hf token"},
        {"accessToken": "hf_\N{SNOWMAN}"},
        {"accessToken": "x" * 1_001},
    ],
)
def test_what_cannot_be_asked_is_an_error_of_the_answer_and_nobody_is_asked(shared_api, hub, given):
    before = len(hub.requests)

    found = look(shared_api, **{"repository": "acme/english", **given})

    assert (code(found), found["accessible"], found["configs"]) == ("INVALID_INPUT", False, [])
    assert given.get("accessToken", "no token") not in json.dumps(found)
    assert len(hub.requests) == before


def test_it_is_not_asked_by_get(asked):
    query = '{ hubDataset(repository: "acme/english", accessToken: "hf_reader") { accessible } }'

    answer = asked.http.get("/graphql", params={"query": query}).json()

    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
    assert asked.ask(query) == {"accessible": True}


def test_it_says_what_is_here_already(asked, shared_adapters):
    failed = begin(shared_adapters, "acme/configs", name="First", config="small").starts().fails()
    begin(shared_adapters, "acme/configs", name="Second", config="large")
    begin(shared_adapters, "acme/folders", name="Other")
    begin(shared_adapters, "acme/configs", name="In the trash").is_ready().is_trashed()
    found = look(asked, "acme/configs")["existing"]

    assert [(dataset["name"], dataset["status"]) for dataset in found] == [("Second", "QUEUED"), ("First", "FAILED")]
    assert failed.id
    assert look(asked, "acme/nowhere")["existing"] == []


def test_of_many_configs_all_are_named_and_the_first_ones_are_looked_up(asked, hub):
    cards = "".join(f"- {{config_name: c{n}, data_files: c{n}.jsonl}}\n" for n in range(60))
    marked = cards.replace("c59.jsonl}", "c59.jsonl, default: true}")
    files = {f"c{n}.jsonl": texts(1) for n in range(60)}
    write_repository(hub.folder / "datasets/acme/many", {"README.md": f"---\nconfigs:\n{marked}---\n", **files})
    found = look(asked, "acme/many")
    assert (found["error"], found["configCount"]) == (None, 60)
    assert [config["name"] for config in found["configs"]] == ["c59", *(f"c{n}" for n in range(59))]
    counts = [config["splitCount"] for config in found["configs"]]
    looked_up = counts.index(None)  # as many as its time is enough for
    assert counts == [1] * looked_up + [None] * (60 - looked_up)
    assert 1 <= looked_up <= MOST_RESOLVED


def test_a_config_that_cannot_be_read_leaves_the_others(asked, hub):
    cards = "- {config_name: good, data_files: a.jsonl}\n- {config_name: bad, data_files: gone.jsonl}\n"
    write_repository(
        hub.folder / "datasets/acme/half", {"README.md": f"---\nconfigs:\n{cards}---\n", "a.jsonl": texts(1)}
    )
    found = look(asked, "acme/half")
    assert found["error"] is None
    assert [(config["name"], config["splitCount"], code(config)) for config in found["configs"]] == [
        ("good", 1, None),
        ("bad", None, "UNSUPPORTED_FORMAT"),
    ]


def test_a_long_card_is_cut_and_says_so(asked, hub):
    write_repository(hub.folder / "datasets/acme/wordy", {"README.md": "é" * 30_000, "a.jsonl": texts(1)})

    found = look(asked, "acme/wordy")

    assert (found["card"], found["cardTruncated"]) == ("é" * 20_000, True)


def test_one_that_waits_for_the_hub_keeps_no_other_waiting(asked, hub):
    hub.fail("/api/datasets/acme/english/*", stall_seconds=11)

    def other_is_answered_first(pool: ThreadPoolExecutor) -> bool:
        seen = len(hub.requests)
        slow = pool.submit(look, asked, "acme/english")
        until(lambda: len(hub.requests) > seen or slow.done())
        return code(look(asked, "acme/lines")) is None and not slow.done()

    with ThreadPoolExecutor(4) as pool:
        until(lambda: other_is_answered_first(pool), 240)  # once both that answer are warm, whatever else runs here
