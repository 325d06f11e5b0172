"""The storage: what it is used for adds up, and what is promised is not free."""

from api.ids import global_id
from domain.adapters.folders import work_of
from domain.adapters.pieces import WORK, NewPiece
from domain.adapters.reservations import Holder, Need
from domain.adapters.storage import room_of
from tests.api.stories import begin
from tests.api.uploads import CSV, upload

STORAGE = """{
  storage {
    totalBytes freeBytes usedBytes reservedBytes trashedBytes partialBytes
    byKind { kind bytes } byDataset(first: 2) { dataset { id name } bytes byKind { kind bytes } }
  }
}"""
KINDS = ["ORIGINALS", "DATA", "INDEX", "TOKENIZATIONS", "EXPORTS", "PARTIAL"]


def ask(api):
    found = api.ask(STORAGE)
    assert [each["kind"] for each in found["byKind"]] == KINDS
    assert sum(each["bytes"] for each in found["byKind"]) == found["usedBytes"]
    for stored in found["byDataset"]:
        assert sum(each["bytes"] for each in stored["byKind"]) == stored["bytes"]
    return found


def by_kind(found):
    return {each["kind"]: each["bytes"] for each in found["byKind"] if each["bytes"]}


def writes_a_piece(adapters, story, size):
    """A run that has written so much, of which its ledger knows."""
    folder = work_of(adapters.storage, story.id, story.job)
    folder.mkdir(parents=True)
    (folder / "00000.1.arrow").write_bytes(bytes(size))
    adapters.pieces.add(story.job, story.id, "tokenize_dataset", NewPiece("00000", WORK))


def test_an_empty_storage_uses_nothing(api):
    found = ask(api)
    assert (found["usedBytes"], found["reservedBytes"], found["byDataset"]) == (0, 0, [])
    assert 0 < found["freeBytes"] < found["totalBytes"]


def test_what_is_used_is_told_by_kind_and_by_dataset_the_largest_first(api, adapters):
    begin(adapters, "acme/small").is_ready()
    downloaded = begin(adapters, "acme/downloaded").starts().is_pinned().is_downloaded()
    large = begin(adapters, "acme/large").is_ready().asks_for_an_index().is_indexed()
    large.asks_for_tokens(16).is_tokenized().asks_for_an_export()
    large.is_exported({"train-00000-of-00001.parquet": bytes(500)})
    writes_a_piece(adapters, large.asks_for_tokens(64), 7)
    found = ask(api)
    assert by_kind(found) == {
        "ORIGINALS": 1000,
        "DATA": 400,
        "INDEX": 400,
        "TOKENIZATIONS": 300,
        "EXPORTS": 500,
        "PARTIAL": 7,
    }
    first, second = found["byDataset"]
    assert (first["dataset"]["name"], first["bytes"]) == ("acme/large", 1407)
    assert (second["dataset"]["name"], second["bytes"]) == ("acme/downloaded", 1000)
    assert second["byKind"] == [{"kind": "ORIGINALS", "bytes": 1000}]
    downloaded.starts().is_ingested()
    assert by_kind(ask(api))["DATA"] == 600
    assert "ORIGINALS" not in by_kind(ask(api))


def test_what_some_datasets_use_is_asked_for_by_their_ids(api, adapters):
    small, large, _ = (begin(adapters, f"acme/{name}") for name in ("small", "large", "other"))
    small.is_ready()
    large.is_ready().asks_for_tokens().is_tokenized().is_trashed()
    document = "query ($ids: [ID!]) { storage { byDataset(ids: $ids) { bytes dataset { name } } } }"

    def used(*ids):
        return [(each["dataset"]["name"], each["bytes"]) for each in api.ask(document, ids=list(ids))["byDataset"]]

    of_small, of_large = (global_id("Dataset", story.id) for story in (small, large))
    assert used(of_large) == [("acme/large", 500)]
    assert used(of_small, of_large, "of nothing") == [("acme/large", 500), ("acme/small", 200)]
    assert used() == []


def test_the_trash_is_told_until_it_is_purged(api, adapters):
    begin(adapters).is_ready()
    story = begin(adapters).is_ready().is_trashed()
    found = ask(api)
    assert (found["usedBytes"], found["trashedBytes"]) == (400, 200)
    story.is_being_purged()
    assert ask(api)["trashedBytes"] == 200
    story.is_purged()
    found = ask(api)
    assert (found["usedBytes"], found["trashedBytes"]) == (200, 0)


def test_pieces_that_a_failed_job_keeps_are_partial_and_what_is_published_counts_once(api, adapters):
    story = begin(adapters).starts()
    writes_a_piece(adapters, story, 500)
    story.fails()
    assert ask(api)["partialBytes"] == 500
    piece = work_of(adapters.storage, story.id, story.job) / "00000.1.arrow"
    piece.with_name("published").hardlink_to(piece)
    assert ask(api)["partialBytes"] == 500
    published = adapters.storage / "datasets" / story.id / "data"
    published.mkdir()
    piece.with_name("published").rename(published / "data.arrow")
    assert ask(api)["partialBytes"] == 0


def test_holes_take_up_nothing(api, adapters):
    story = begin(adapters).starts()
    writes_a_piece(adapters, story, 500)
    with (work_of(adapters.storage, story.id, story.job) / "00001.1.bin.part").open("wb") as file:
        file.truncate(50_000_000)
    assert ask(api)["partialBytes"] == 500


def test_uploads_that_no_dataset_has_are_partial_and_the_file_of_one_is_its_original(api, adapters):
    (adapters.storage / "incoming").mkdir()
    (adapters.storage / "incoming" / "one").write_bytes(bytes(300))
    assert (ask(api)["partialBytes"], ask(api)["byDataset"]) == (300, [])
    upload(api)
    assert by_kind(ask(api)) == {"PARTIAL": 300, "ORIGINALS": len(CSV)}


def test_what_is_promised_is_told_and_not_free(serve, adapters):
    with serve(quota=1_000_000) as served:
        found = ask(served.client)
        assert (found["totalBytes"], found["freeBytes"]) == (1_000_000, 1_000_000)
        begin(adapters).is_ready()
        holder, need = Holder("a job", "none/*"), Need(300_000, "This", "wait")
        adapters.reservations.reserve(holder, need, room_of(adapters.settings), seconds=60)
        found = ask(served.client)
        assert (found["reservedBytes"], found["usedBytes"], found["freeBytes"]) == (300_000, 200, 699_800)


def test_datasets_are_told_page_by_page_to_the_smallest(api, adapters):
    document = """query ($after: ID, $ids: [ID!]) { storage { byDataset(first: 2, after: $after, ids: $ids) {
        dataset { id name } } } }"""
    stories = [begin(adapters, f"acme/{number}").is_ready() for number in range(5)]
    for size, story in enumerate(stories, 1):
        story.asks_for_an_index().is_indexed(size_bytes=size * 100)

    def page(after=None, ids=None):
        return [each["dataset"] for each in api.ask(document, after=after, ids=ids)["byDataset"]]

    pages = [page()]
    while pages[-1]:
        pages.append(page(pages[-1][-1]["id"]))
    names = [[each["name"] for each in found] for found in pages]
    assert names == [["acme/4", "acme/3"], ["acme/2", "acme/1"], ["acme/0"], []]
    assert page(pages[0][0]["id"], [pages[0][0]["id"], pages[2][0]["id"]]) == pages[2]
    assert page("nonsense") == page(pages[0][0]["id"], [pages[1][0]["id"]]) == []


def test_a_page_of_datasets_has_its_bounds(api):
    for first, code in ((0, None), (100, None), (101, "BAD_USER_INPUT"), (-1, "BAD_USER_INPUT")):
        answer = api.post(f"{{ storage {{ byDataset(first: {first}) {{ bytes }} }} }}")
        assert [error["extensions"]["code"] for error in answer.get("errors", ())] == ([code] if code else [])
