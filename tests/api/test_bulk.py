"""Deleting many datasets at once, and the filters by which they are found."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api import bulk
from api.ids import global_id
from domain.adapters.files import freed_by_removing
from tests.api.operations import delete_many, reference, restore
from tests.api.stories import begin
from tests.api.watched_lists import WATCH, listed, whole

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def id_of(story):
    return global_id("Dataset", story.id)


def ids_in(answer):
    return [node["id"] for node in answer["datasets"]]


def refused_in(answer):
    return [(error["__typename"], error["path"]) for error in answer["refused"]]


def put_file(story, size):
    """A file of the dataset beside those of its rows."""
    (story.adapters.storage / "datasets" / story.id / "extra").write_bytes(b"x" * size)


def was_last_used(story, days):
    """The read model says so."""
    with story.adapters.pool.connection() as connection:
        query = "UPDATE datasets SET last_used_at = clock_timestamp() - make_interval(days => %s) WHERE id = %s"
        connection.execute(query, (days, story.id))


def bytes_of(*stories):
    homes = (story.adapters.storage / "datasets" / story.id for story in stories)
    return sum(path.stat().st_size for home in homes for path in home.rglob("*") if path.is_file())


def test_those_named_go_and_what_is_refused_is_told_by_its_place(api, adapters):
    first, busy, used, last = (begin(adapters).is_ready() for _ in range(4))
    busy.asks_for_tokens()
    used.is_referenced()
    put_file(last, 12_345)
    answer = delete_many(api, first.id, busy.id, UNKNOWN, used.id, last.id, first.id)
    assert answer["errors"] == []
    assert answer["datasets"] == [{"id": id_of(first), "status": "TRASHED"}, {"id": id_of(last), "status": "TRASHED"}]
    assert refused_in(answer) == [
        ("InUseError", ["datasetIds", "1"]),
        ("NotFoundError", ["datasetIds", "2"]),
        ("InUseError", ["datasetIds", "3"]),
    ]
    assert answer["refused"][0]["usedBy"] == [global_id("Job", busy.job)]
    assert answer["refused"][2]["usedBy"] == ["training/42"]
    assert answer["bytesFreed"] == bytes_of(first, last) > 12_345
    assert set(listed(api)) == {id_of(busy), id_of(used)}
    events = api.ask("query ($a: Position) { events(after: $a) { events { type } } }", a=answer["position"])["events"]
    assert [event["type"] for event in events] == ["DatasetTrashed"], "the position is that of the first of two"


def test_a_dry_run_tells_the_same_and_writes_nothing(api, adapters):
    first, busy = begin(adapters).is_ready(), begin(adapters).is_ready().asks_for_tokens()
    before = api.ask("{ position }")
    asked = {"purge": True, "idempotencyKey": "k"}
    dry = delete_many(api, first.id, busy.id, dryRun=True, **asked)
    assert (api.ask("{ position }"), dry["position"], dry["replayed"]) == (before, None, False)
    assert dry["datasets"] == [{"id": id_of(first), "status": "READY"}]
    done = delete_many(api, first.id, busy.id, **asked)
    assert done["datasets"] == [{"id": id_of(first), "status": "PURGING"}]
    assert (done["refused"], done["bytesFreed"]) == (dry["refused"], dry["bytesFreed"])
    assert done["bytesFreed"] == bytes_of(first)


def test_a_key_deletes_once_whatever_the_filter_finds_later(api, adapters):
    story, busy = begin(adapters).is_ready(), begin(adapters).starts()
    asked = {"filter": {"unused": True, "createdAt": {"min": "2020-01-01T00:00:00Z"}}, "idempotencyKey": "k"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: delete_many(api, **asked), range(4)))
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True]
    assert [{**answer, "replayed": None} for answer in answers] == [{**answers[0], "replayed": None}] * 4
    assert ids_in(answers[0]) == [id_of(story)]
    assert refused_in(answers[0]) == [("InUseError", ["filter", id_of(busy)])]
    restore(api, story.id)
    again = delete_many(api, **asked)
    assert (again["replayed"], again["datasets"]) == (True, [{"id": id_of(story), "status": "READY"}])
    other = delete_many(api, filter={"unused": False}, idempotencyKey="k")
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


def test_the_trash_is_emptied_by_its_status_alone(api, adapters):
    kept, gone, going = (begin(adapters).is_ready() for _ in range(3))
    gone.is_trashed()
    going.is_trashed()
    dry = delete_many(api, filter={"status": ["TRASHED"]}, purge=True, dryRun=True)
    assert (ids_in(dry), dry["bytesFreed"]) == ([id_of(gone), id_of(going)], bytes_of(gone, going))
    emptied = delete_many(api, filter={"status": ["TRASHED"]}, purge=True)
    assert emptied["datasets"] == [{"id": id_of(story), "status": "PURGING"} for story in (gone, going)]
    assert listed(api, {"status": ["TRASHED"]}) == {}
    assert set(listed(api)) == {id_of(kept)}


def test_what_is_restored_while_the_trash_is_emptied_is_kept(api, adapters, monkeypatch):
    gone, kept = begin(adapters).is_ready().is_trashed(), begin(adapters).is_ready().is_trashed()
    wanted = [kept.id]

    def somebody_restores(home):
        while wanted:
            restore(api, wanted.pop())
        return freed_by_removing(home)

    monkeypatch.setattr(bulk, "freed_by_removing", somebody_restores)
    emptied = delete_many(api, filter={"status": ["TRASHED"]}, purge=True)
    assert emptied["datasets"] == [{"id": id_of(gone), "status": "PURGING"}]
    assert refused_in(emptied) == [("VersionConflictError", ["filter", id_of(kept)])]
    assert {key: status for key, (_, status) in listed(api).items()} == {id_of(kept): "READY"}


def test_what_is_there_already_is_no_change_and_frees_nothing(api, adapters):
    story = begin(adapters).is_ready().is_trashed()
    answer = delete_many(api, story.id)
    assert (ids_in(answer), answer["bytesFreed"], answer["position"]) == ([id_of(story)], 0, None)
    story.is_purged()
    assert refused_in(delete_many(api, story.id)) == [("NotFoundError", ["datasetIds", "0"])]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({}, ["datasetIds"]),
        ({"datasetIds": [], "filter": None}, ["datasetIds"]),
        ({"datasetIds": ["x"] * 101}, ["datasetIds"]),
        ({"datasetIds": ["x"], "filter": {"unused": True}}, ["datasetIds"]),
        ({"filter": {}}, ["filter"]),
        ({"filter": {"status": None}}, ["filter"]),
        ({"filter": {"search": " ", "tags": []}}, ["filter"]),
        ({"filter": {"sizeBytes": {}, "createdAt": {"min": None}}}, ["filter"]),
        ({"filter": {"olderThanDays": -1}}, ["filter", "olderThanDays"]),
        ({"filter": {"olderThanDays": 36_501}}, ["filter", "olderThanDays"]),
        ({"filter": {"tags": ["a\0"]}}, ["filter", "tags"]),
        ({"filter": {"search": "x" * 10_001}}, ["filter", "search"]),
        ({"filter": {"unused": True}, "idempotencyKey": ""}, ["idempotencyKey"]),
    ],
)
def test_what_cannot_be_meant_is_refused_whole(shared_api, asked, path):
    answer = delete_many(shared_api, **asked)
    assert [(error["__typename"], error["path"]) for error in answer["errors"]] == [("InvalidInputError", path)]
    assert (answer["datasets"], answer["bytesFreed"], answer["refused"]) == ([], 0, [])


def test_an_id_that_can_be_none_is_refused_by_itself(api, adapters):
    story = begin(adapters).is_ready()
    answer = delete_many(api, datasetIds=["nonsense", id_of(story), global_id("Job", story.job)])
    assert ids_in(answer) == [id_of(story)]
    assert refused_in(answer) == [("NotFoundError", ["datasetIds", "0"]), ("NotFoundError", ["datasetIds", "2"])]


def test_a_filter_that_finds_too_many_deletes_none(api, adapters):
    with adapters.pool.connection() as connection:
        begin(adapters)
        connection.execute(
            "INSERT INTO datasets (id, version, position, status, name, source, tags, splits, columns, created_at,"
            " updated_at, last_used_at) SELECT gen_random_uuid(), 1, 1, 'FAILED', 'n', source, tags, splits, columns,"
            " created_at, updated_at, last_used_at FROM datasets, generate_series(1, 1234)"
        )
    answer = delete_many(api, filter={"status": ["FAILED"]}, dryRun=True)
    assert [error["path"] for error in answer["errors"]] == [["filter"]]
    assert "finds 1,234 datasets, and 500 at most go" in answer["errors"][0]["message"]


def test_unused_are_those_that_nobody_references_and_that_have_no_tokenization(api, adapters):
    fresh, used, left, tokenized, deleted = (begin(adapters).is_ready() for _ in range(5))
    used.is_referenced()
    left.is_referenced().is_released()
    tokenized.asks_for_tokens().is_tokenized()
    deleted.asks_for_tokens().is_tokenized().loses_its_tokens()
    assert set(listed(api, {"unused": True})) == {id_of(fresh), id_of(left), id_of(deleted)}
    assert set(listed(api, {"unused": False})) == {id_of(used), id_of(tokenized)}
    deleted.asks_for_tokens(8).is_tokenized().asks_for_tokens(9).fails().loses_its_tokens()
    assert id_of(deleted) in listed(api, {"unused": False}), "one of two is left"


def test_old_are_those_that_were_last_used_so_long_ago(api, adapters):
    old, older, new = (begin(adapters).is_ready() for _ in range(3))
    was_last_used(old, 30)
    was_last_used(older, 90)
    assert set(listed(api, {"olderThanDays": 60})) == {id_of(older)}
    assert set(listed(api, {"olderThanDays": 29})) == {id_of(old), id_of(older)}
    assert set(listed(api, {"olderThanDays": 0})) == {id_of(old), id_of(older), id_of(new)}
    answer = delete_many(api, filter={"olderThanDays": 29, "unused": True})
    assert ids_in(answer) == [id_of(old), id_of(older)]
    assert (
        api.refused("{ datasets(filter: {olderThanDays: -1}) { totalCount } }")["extensions"]["code"]
        == "BAD_USER_INPUT"
    )


def test_a_watched_list_of_unused_old_ones_loses_those_that_are_used(api, adapters):
    story, other = begin(adapters).is_ready(), begin(adapters).is_ready()
    with api.subscribe(WATCH, filter={"unused": True, "olderThanDays": 0}) as changes:
        assert set(whole(changes).rows) == {id_of(story), id_of(other)}
        begin(adapters)
        reference(api, story.id)
        change = changes.next()
        assert (change["kind"], change["removedIds"]) == ("REMOVED", [id_of(story)])
        delete_many(api, other.id)
        assert changes.next()["removedIds"] == [id_of(other)]
