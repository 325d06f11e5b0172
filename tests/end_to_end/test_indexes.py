"""The search index of a dataset in a running service: built after READY, killed in its middle, replaced, purged."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from datasets import load_from_disk

from api.ids import key_of
from domain.adapters.pieces import WORK
from domain.adapters.words import words
from tests.end_to_end import operations as ask
from tests.end_to_end.datasets import dataset, download, events, wait_for_index, wait_for_status
from tests.end_to_end.gates import stop_with_a_piece_in_hand
from tests.end_to_end.service import Service, until
from tests.end_to_end.takings import Takings, kill_while_all_stand_still
from tests.end_to_end.test_trash import DELETE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(shared_service: Service) -> Service:
    return shared_service


@pytest.fixture(scope="module")
def indexed(service: Service) -> str:
    """A dataset that became READY, and was indexed by itself."""
    dataset_id = download(service, "indexes")
    wait_for_status(service, dataset_id, "READY", "FAILED")
    wait_for_index(service, dataset_id)
    return dataset_id


def folders(service: Service, dataset_id: str) -> list[str]:
    """Its indexes on disk."""
    home = Path(dataset(service, dataset_id)["path"]).parent
    return sorted(path.name for path in home.glob("index-*"))


def test_a_dataset_is_searchable_by_itself_soon_after_it_is_ready(service, indexed):
    found = dataset(service, indexed)
    assert (found["status"], found["searchIndex"]["coverage"]) == ("READY", 1.0)
    assert 0 < found["searchIndex"]["sizeBytes"] < found["sizeBytes"]
    story = events(service, indexed)
    assert story[story.index("IngestCompleted") + 1] == "IndexRequested"
    assert len(folders(service, indexed)) == 1


FOUND = """query ($id: ID!, $filter: SampleFilter) {
  dataset(id: $id) { samples(filter: $filter, first: 3, orderBy: RELEVANCE) {
    totalCount partial download nodes { text highlights { start end } } } } }"""


def test_what_the_workers_indexed_is_found_marked_and_taken_along(service, indexed):
    # given how many rows have a word
    every = [text for rows in load_from_disk(dataset(service, indexed)["path"]).values() for text in rows["text"]]
    having = [text for text in every if "the" in words(text)]

    # when it is searched for
    found = service.ask(FOUND, id=indexed, filter={"search": "THE"})["dataset"]["samples"]

    # then so many are found, the word is marked in each, and all of them can be fetched
    assert (found["totalCount"], found["partial"]) == (len(having), False)
    for node in found["nodes"]:
        assert {node["text"][mark["start"] : mark["end"]].lower() for mark in node["highlights"]} == {"the"}
    lines = service.client.get(found["download"]).raise_for_status().iter_lines()
    assert sorted(json.loads(line)["row"]["text"] for line in lines) == sorted(having)


SEARCH = """query ($id: ID!, $search: String!) { dataset(id: $id) {
  samples(filter: { search: $search }, first: 3) { totalCount partial notices { code } nodes { id } } } }"""
SEARCHES = ("the", "function*", '"of the"', "-the", "python or string")


@contextmanager
def users(service: Service, dataset_id: str) -> Iterator[list[tuple[str, Any]]]:
    """Some who search all the while, and what they were answered otherwise than before."""
    before = {search: service.ask(SEARCH, id=dataset_id, search=search) for search in SEARCHES}
    counts = [answer["dataset"]["samples"]["totalCount"] for answer in before.values()]
    assert all(counts), "each of them finds something"
    different: list[tuple[str, Any]] = []
    over = Event()

    def search_on(search: str) -> None:
        while not over.is_set():
            try:
                answer = service.ask(SEARCH, id=dataset_id, search=search)
            except Exception as trouble:  # noqa: BLE001  whatever it is, it is no answer
                answer = {"trouble": repr(trouble)}
            if answer != before[search]:
                different.append((search, answer))
            over.wait(0.05)

    threads = [Thread(target=search_on, args=(search,)) for search in SEARCHES]
    for thread in threads:
        thread.start()
    try:
        yield different
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_rebuild_while_users_search_loses_no_answer(service, indexed):
    before = folders(service, indexed)
    with users(service, indexed) as different:
        for _ in range(2):
            assert service.ask(ask.INDEX, id=indexed)["indexDataset"]["errors"] == []
            wait_for_index(service, indexed)
        until(lambda: len(folders(service, indexed)) == 1)
    assert different == []
    assert folders(service, indexed) != before


def test_an_index_outlives_a_kill_of_all_workers_and_the_one_that_was_here_is_searched_until_then(service, indexed):
    # given an index that is built anew
    before, takings = folders(service, indexed), Takings(service)
    takings.begin()

    def begin() -> str:
        asked = service.ask(ask.INDEX, id=indexed)["indexDataset"]
        assert (asked["errors"], asked["job"]["kind"], asked["replayed"]) == ([], "INDEX", False)
        return str(key_of("Job", asked["job"]["id"]))

    # when all workers and their children are killed in its middle
    job, _ = stop_with_a_piece_in_hand(service, takings, indexed, begin)
    go_on = kill_while_all_stand_still(service, service.workers() + service.children())
    held = len(takings.held(job))
    meanwhile = dataset(service, indexed)["searchIndex"]
    there = folders(service, indexed)
    go_on()

    # then the old one was there until the new one is whole, and no part was made twice but those in hand
    assert (meanwhile["status"], meanwhile["coverage"], there) == ("BUILDING", 1.0, before)
    wait_for_index(service, indexed)
    taken = takings.of(job, WORK)
    takings.close()
    assert taken.total() - len(taken) <= held
    until(lambda: len(folders(service, indexed)) == 1)
    assert folders(service, indexed) != before
    assert events(service, indexed).count("IndexCompleted") == 4
    assert dataset(service, indexed)["searchIndex"]["coverage"] == 1.0


def test_a_purge_in_the_middle_of_a_build_leaves_no_file(service, indexed):
    home = Path(dataset(service, indexed)["path"]).parent
    assert service.ask(ask.INDEX, id=indexed)["indexDataset"]["errors"] == []
    assert service.ask(DELETE, id=indexed, purge=True)["deleteDataset"]["errors"] == []
    until(lambda: dataset(service, indexed) is None)
    assert not home.exists()
