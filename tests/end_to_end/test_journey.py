"""The first journey, over GraphQL alone: from a Hub repository to a tokenized, browsable, watched dataset."""

import threading
from itertools import pairwise
from pathlib import Path

import pytest
from datasets import load_dataset, load_from_disk
from transformers import AutoTokenizer

from domain.adapters.pieces import COMPLETE
from domain.adapters.words import words
from tests.end_to_end import operations as ask
from tests.end_to_end.conftest import ROWS
from tests.end_to_end.datasets import wait_for_index
from tests.end_to_end.gates import Gate
from tests.end_to_end.service import Service, until
from tests.hub import Hub

pytestmark = pytest.mark.slow

MAX_LENGTH = 48
# Characters after which a text is cut in a list, and said to be.
CUT = 2_000


class Journey:
    """What the journey found, for the tests of its points."""

    def __init__(self, service: Service, hub: Hub) -> None:
        self.service = service
        self.source = hub.folder / "datasets/acme/english"
        self.bpe = hub.folder / "models/acme/bpe"
        hub.throttle(50_000)
        self._stop = Gate(service)
        self._stop.shut(f"NEW.actor = 'ingest_dataset' AND NEW.stage = {COMPLETE}")
        asked = service.ask(ask.DOWNLOAD, repository="acme/english")["downloadDataset"]
        self.asked, self.id = asked, asked["dataset"]["id"]
        self.seen = self._watch(self._is_here)
        self._stop.close()
        hub.throttle(None)
        wait_for_index(service, self.id)
        self.dataset = service.ask(ask.DATASET, id=self.id)["dataset"]
        self.tokenize = service.ask(ask.TOKENIZE, dataset=self.id, tokenizer="acme/bpe", maxLength=MAX_LENGTH)
        self.tokens_seen = self._watch(lambda seen: self._tokenization(seen)["status"] in ("READY", "FAILED"))
        self.tokenized = service.ask(ask.DATASET, id=self.id)["dataset"]["tokenizations"]["nodes"][0]

    def _is_here(self, seen):
        """Its rows are put together once some of them were seen on their way."""
        if seen["status"] == "INGESTING" and seen["progress"]:
            self._stop.open()
        return seen["status"] in ("READY", "FAILED")

    def _watch(self, is_over):
        seen = []
        with self.service.subscribe(ask.WATCH, id=self.id) as results:
            for result in results:
                seen.append(result["datasetChanged"])
                if is_over(seen[-1]):
                    return seen
        return seen

    @staticmethod
    def _tokenization(seen):
        return seen["tokenizations"]["nodes"][0]

    def samples(self, **variables):
        page = self.service.ask(ask.SAMPLES, id=self.id, **variables)["dataset"]["samples"]
        while True:
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
            page = self.service.ask(ask.SAMPLES, id=self.id, after=after, **variables)["dataset"]["samples"]


@pytest.fixture(scope="module")
def journey(service: Service, hub: Hub) -> Journey:
    return Journey(service, hub)


@pytest.fixture(scope="module")
def rows(journey: Journey):
    """The rows as `datasets` reads the same files."""
    files = {
        split: [str(path) for path in sorted(journey.source.glob(f"data/{split}-*"))] for split in ("train", "test")
    }
    return load_dataset("parquet", data_files=files)


def test_a_download_is_answered_at_once_with_a_queued_dataset(journey):
    assert journey.asked["errors"] == []
    assert journey.asked["dataset"]["status"] == "QUEUED"
    assert journey.asked["job"] == {"id": journey.asked["job"]["id"], "kind": "DOWNLOAD", "status": "QUEUED"}
    assert journey.asked["replayed"] is False


def test_the_subscriber_sees_every_state_in_order(journey):
    states = [seen["status"] for seen in journey.seen]
    order = [state for state, following in pairwise([*states, None]) if state != following]
    assert order in (["QUEUED", "DOWNLOADING", "INGESTING", "READY"], ["DOWNLOADING", "INGESTING", "READY"])


def test_the_subscriber_sees_each_version_once(journey):
    """Between two versions come only changes of progress."""
    versions = [seen["version"] for seen in journey.seen]
    assert versions == sorted(versions)
    assert set(versions) == set(range(versions[0], versions[-1] + 1))
    for one, other in pairwise(journey.seen):
        assert one != other


def test_the_subscriber_sees_bytes_rate_and_seconds_left(journey):
    told = [seen["progress"] for seen in journey.seen if seen["status"] == "DOWNLOADING" and seen["progress"]]
    size = sum(path.stat().st_size for path in journey.source.glob("data/*"))
    assert told
    assert {progress["unit"] for progress in told} == {"BYTES"}
    assert {progress["total"] for progress in told} == {size}
    rated = [progress for progress in told if progress["ratePerSecond"]]
    assert rated
    assert all(progress["secondsLeft"] >= 0 for progress in rated)
    assert [progress["done"] for progress in told] == sorted(progress["done"] for progress in told)


def test_the_subscriber_sees_rows_while_they_are_ingested(journey):
    told = [seen["progress"] for seen in journey.seen if seen["status"] == "INGESTING" and seen["progress"]]
    assert told
    assert {progress["unit"] for progress in told} == {"ROWS"}


def test_the_samples_of_a_split_page_through_that_split(journey, rows):
    found = list(journey.samples(first=20, split="test"))
    assert [sample["text"] for sample in found] == [text[:CUT] for text in rows["test"]["text"]]
    assert [sample["truncated"] for sample in found] == [len(text) > CUT for text in rows["test"]["text"]]
    assert [sample["index"] for sample in found] == list(range(len(rows["test"])))
    assert {sample["split"] for sample in found} == {"test"}


def test_without_the_filter_the_samples_page_through_every_split(journey, rows):
    found = list(journey.samples(first=100))
    assert len(found) == sum(len(split) for split in rows.values())
    assert {sample["split"] for sample in found} == {"train", "test"}
    assert len({sample["id"] for sample in found}) == len(found)


def test_the_statistics_are_those_of_a_naive_count(journey, rows):
    texts = [text for split in rows.values() for text in split["text"]]
    counts = sorted(len(words(text)) for text in texts)
    told = journey.dataset["statistics"]
    middle = len(counts) // 2
    assert told["rowCount"] == len(texts) == journey.dataset["rowCount"]
    assert told["wordCount"] == sum(counts)
    assert told["characterCount"] == sum(len(text) for text in texts)
    assert told["meanWords"] == pytest.approx(sum(counts) / len(counts))
    assert told["medianWords"] == pytest.approx((counts[middle] + counts[~middle]) / 2)
    assert (told["minWords"], told["maxWords"]) == (counts[0], counts[-1])
    assert told["vocabularySize"] == len({word for text in texts for word in words(text)})
    assert told["vocabularyIsExact"] is True
    assert len(told["histogram"]) == 20
    assert sum(bin_["count"] for bin_ in told["histogram"]) == len(texts)
    for bin_ in told["histogram"]:
        assert bin_["count"] == sum(bin_["from"] <= count < bin_["to"] for count in counts)


def test_the_ingested_folder_is_what_datasets_reads_from_the_files(journey, rows):
    assert load_from_disk(journey.dataset["path"])["train"].to_dict() == rows["train"].to_dict()


def test_the_source_names_the_pinned_commit(journey, hub):
    assert journey.dataset["source"]["commit"] == hub.commit_of("acme/english")
    assert journey.dataset["license"] == "mit"


def test_originals_are_dropped_after_a_checked_ingest(journey):
    folder = Path(journey.dataset["path"]).parent
    until(lambda: not [path for path in folder.iterdir() if path.name.startswith(("source", "work"))])


def test_a_tokenization_runs_with_progress_to_ready(journey):
    assert journey.tokenize["tokenizeDataset"]["errors"] == []
    states = [Journey._tokenization(seen)["status"] for seen in journey.tokens_seen]
    assert states[-1] == "READY", journey.tokens_seen[-1]


def test_the_ids_are_those_of_transformers_for_all_splits(journey, rows):
    tokenizer = AutoTokenizer.from_pretrained(journey.bpe)
    expected = rows.map(
        lambda batch: tokenizer(batch["text"], truncation=True, max_length=MAX_LENGTH),
        batched=True,
        remove_columns=rows["train"].column_names,
        load_from_cache_file=False,
        keep_in_memory=True,
    )
    found = load_from_disk(journey.tokenized["path"])
    assert list(found) == list(rows)
    for split in rows:
        assert found[split]["input_ids"][:] == expected[split]["input_ids"][:]


def test_both_conservation_equations_hold_and_are_part_of_the_event(journey):
    events = journey.service.ask(ask.EVENTS, after="0", first=500)["events"]["events"]
    (completed,) = [event for event in events if event["type"] == "TokenizationCompleted"]
    told = journey.tokenized["statistics"]
    assert {name: completed["data"]["statistics"][name] for name in told} == told
    assert told["sourceTokens"] == sum(told[f"{part}Tokens"] for part in ("kept", "truncated", "filtered", "tail"))
    assert told["outputCells"] == sum(told[f"{part}Cells"] for part in ("real", "special", "overlap", "padding"))
    assert told["truncatedTokens"] > 0


def test_the_counts_are_those_of_an_independent_recount(journey, rows):
    tokenizer = AutoTokenizer.from_pretrained(journey.bpe)
    whole = [
        len(ids)
        for split in rows.values()
        for ids in tokenizer(split["text"][:], add_special_tokens=False)["input_ids"]
    ]
    told, found = journey.tokenized["statistics"], load_from_disk(journey.tokenized["path"])
    cells = [len(ids) for split in found.values() for ids in split["input_ids"][:]]
    assert told["sourceTokens"] == sum(whole)
    assert told["outputCells"] == told["tokenCount"] == sum(cells)
    assert told["sequenceCount"] == len(cells) == ROWS * 2 + ROWS // 4


def test_the_events_replay_the_whole_story(journey):
    batch = journey.service.ask(ask.EVENTS, after="0", first=500)["events"]
    types = [event["type"] for event in batch["events"]]
    story = ["DownloadRequested", "DownloadPinned", "DownloadCompleted", "IngestCompleted", "IndexCompleted"]
    story.append("TokenizationCompleted")
    assert [name for name in types if name in story] == story
    assert batch["caughtUp"] is True
    assert [event["version"] for event in batch["events"]] == list(range(1, len(types) + 1))
    assert all(event["summary"] for event in batch["events"])


def test_every_event_knows_its_command_and_its_story(journey):
    events = journey.service.ask(ask.EVENTS, after="0", first=500)["events"]["events"]
    assert all(event["commandId"] for event in events)
    assert len({event["correlationId"] for event in events}) == 2, "one of the download, one of the tokenization"


def test_every_event_reads_as_an_entry_of_a_history(journey):
    events = journey.service.ask(ask.EVENTS, after="0", first=500)["events"]["events"]
    asked = {"DownloadRequested": "downloadDataset", "TokenizationRequested": "tokenizeDataset"}
    assert [event["cause"] for event in events] == [asked.get(event["type"], "worker") for event in events]
    runs = {(event["run"] or {"kind": None})["kind"] for event in events}
    assert runs == {None, "DOWNLOAD", "INGEST", "INDEX", "TOKENIZE"}
    assert {event["run"]["attempt"] for event in events if event["run"]} == {1}
    assert {event["subject"] for event in events} == {"acme/english"}


def test_a_subscriber_from_any_position_sees_every_later_event_once(journey):
    events = journey.service.ask(ask.EVENTS, after="0", first=500)["events"]["events"]
    positions = [event["position"] for event in events]
    for start in ("0", positions[2], positions[-2]):
        wanted = positions[positions.index(start) + 1 :] if start != "0" else positions
        seen: list[str] = []
        with journey.service.subscribe(ask.FOLLOW, after=start) as results:
            for result in results:
                seen += [event["position"] for event in result["events"]["events"]]
                if len(seen) >= len(wanted):
                    break
        assert seen == wanted


def test_two_subscribers_see_a_new_story_live_and_alike(journey):
    newest = journey.service.ask("{ position }")["position"]
    stories: list[list[str]] = [[], []]

    def follow(story: list[str]) -> None:
        with journey.service.subscribe(ask.FOLLOW, after=newest) as results:
            for result in results:
                story += [event["type"] for event in result["events"]["events"]]
                if "IngestCompleted" in story or "JobFailed" in story:
                    break
        del story[story.index("IngestCompleted") + 1 :]

    threads = [threading.Thread(target=follow, args=(story,)) for story in stories]
    for thread in threads:
        thread.start()
    journey.service.ask(ask.DOWNLOAD, repository="acme/lines")
    for thread in threads:
        thread.join(90)
    assert stories[0] == stories[1]
    assert stories[0][-1] == "IngestCompleted"
