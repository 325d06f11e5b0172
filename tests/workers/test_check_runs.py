"""Checks of a dataset with all that was made of it: each fault is named, a repair and a retry make it whole again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.adapters import Adapters
from domain.adapters.checking import Finding, Remedy, check, ended, explain
from domain.adapters.files import tree_size
from domain.adapters.folders import home_of, work_of
from domain.adapters.rebuild import rebuild
from domain.adapters.repairing import Repaired, repair
from domain.adapters.stored_views import StorageKind, usage_view
from domain.adapters.sums import SUMS
from domain.commands import RetryJob
from domain.damage import Published
from domain.damage_events import DamageFound
from domain.dataset import stream_of
from domain.events import IngestCompleted, JobFailed
from domain.log import Append, Trace
from tests.domain.stories import DATASET, JOB, TOKENIZE_JOB
from tests.workers.journeys import EXPORT_JOB, Journey, age, begin_journey, plant

pytestmark = pytest.mark.slow

UPLOAD = 32 * "0"
ORPHAN_ID = "00000000-0000-4000-8000-0000000000ff"
MADE = [Published.DATA, Published.TOKENIZATION, Published.EXPORT]


@pytest.fixture(scope="module")
def journey(shared_adapters: Adapters, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """Whole before each test of this module, and after it."""
    with begin_journey(shared_adapters, tmp_path_factory.mktemp("hub")) as made:
        yield made


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, Path(finding.path).name) for finding in findings]


def repaired(journey: Journey) -> list[Repaired]:
    done = list(repair(journey.adapters, explain(journey.adapters), young_seconds=0))
    journey.settle()
    assert explain(journey.adapters) == []
    return done


def largest(folder: Path) -> Path:
    return max((path for path in folder.rglob("*.*") if path.is_file()), key=lambda path: path.stat().st_size)


def delete(file: Path) -> None:
    file.unlink()


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def test_of_a_journey_nothing_is_amiss_and_every_file_is_accounted_for(journey):
    assert explain(journey.adapters) == []
    assert explain(journey.adapters, fast=True) == []


def test_what_is_told_to_be_stored_is_what_lies_there_to_the_byte(journey):
    adapters = journey.adapters
    (stored,) = usage_view(adapters.engine, adapters.storage).datasets
    assert set(stored.kinds) == {StorageKind[what] for what in ("DATA", "INDEX", "TOKENIZATIONS", "EXPORTS")}
    assert stored.total == tree_size(home_of(adapters.storage, DATASET))


@pytest.mark.parametrize("what", [*MADE, Published.INDEX])
def test_every_published_folder_has_sums_whose_own_stands_in_the_log(journey, what):
    files = set(journey.contents(what))
    assert SUMS in files
    assert all(getattr(event, "sums_sha256", "") is not None for event in journey.events)


@pytest.mark.parametrize(("harm", "kind"), [(delete, "MISSING"), (flip, "ALTERED"), (truncate, "ALTERED")])
@pytest.mark.parametrize("what", MADE)
def test_a_file_that_is_harmed_is_named_not_read_any_more_and_made_again_as_it_was(journey, what, harm, kind):
    # given a file that is not what it was
    before, file = journey.contents(what), largest(journey.folder(what))
    harm(file)

    # when all is checked
    findings = explain(journey.adapters)

    # then it is named, with its dataset and what would be done
    assert kinds(findings) == [(kind, file.name)]
    assert (findings[0].dataset_id, findings[0].what, findings[0].remedy) == (DATASET, what, Remedy.REPORT_DAMAGE)

    # and a repair makes it fail, of which the log tells the cause, and what is left explains itself
    repaired(journey)
    failed = next(event for event in reversed(journey.events) if isinstance(event, JobFailed))
    assert failed.code == ("CORRUPT_DATA" if kind == "MISSING" else "CHECKSUM_MISMATCH")
    found = next(event for event in reversed(journey.events) if isinstance(event, DamageFound))
    assert list(found.paths) == [str(file.relative_to(journey.adapters.storage / found.folder))]
    assert not (journey.adapters.storage / found.folder).exists()

    # when it is retried, then every byte is as before
    journey.retry_failed()
    assert explain(journey.adapters) == []
    assert journey.contents(what) == before
    assert rebuild(journey.adapters.settings.database_url, switch=False).differed == 0


def test_what_is_whole_of_a_damaged_dataset_stays(journey):
    tokens, exported = journey.contents(Published.TOKENIZATION), journey.contents(Published.EXPORT)
    flip(largest(journey.folder(Published.DATA)))
    repaired(journey)
    history = journey.adapters.log.read(stream_of(DATASET))
    causes = {one.metadata["cause"] for one in history if isinstance(one.event, DamageFound)}
    assert causes == {"check --repair"}
    assert journey.state.status == "FAILED"
    assert journey.row()["error"]["retryable"] is True
    assert journey.contents(Published.TOKENIZATION) == tokens
    assert journey.contents(Published.EXPORT) == exported
    journey.retry_failed()
    assert (journey.state.status, journey.state.jobs[JOB].status) == ("READY", "SUCCEEDED")


def test_a_folder_that_is_gone_is_named_once(journey):
    folder = journey.folder(Published.TOKENIZATION)
    folder.rename(folder.with_name("moved"))
    age(folder.with_name("moved"))
    assert kinds(explain(journey.adapters)) == [("MISSING", folder.name), ("ORPHAN", "moved")]
    repaired(journey)
    assert journey.state.jobs[TOKENIZE_JOB].status == "FAILED"
    journey.retry_failed()


def test_a_damaged_index_is_built_again(journey):
    damaged = journey.folder(Published.INDEX)
    flip(largest(damaged))
    assert [finding.remedy for finding in explain(journey.adapters)] == [Remedy.INDEX_AGAIN]
    repaired(journey)
    assert journey.folder(Published.INDEX) != damaged
    assert not damaged.exists()


@pytest.mark.parametrize(("harm", "kind"), [(delete, "MISSING"), (flip, "ALTERED")])
def test_sums_that_are_harmed_beside_whole_files_are_written_again(journey, harm, kind):
    before, events = journey.contents(Published.DATA), len(journey.events)
    harm(journey.folder(Published.DATA) / SUMS)
    findings = explain(journey.adapters)
    assert (kinds(findings), findings[0].remedy) == ([(kind, SUMS)], Remedy.WRITE_SUMS)
    repaired(journey)
    assert journey.contents(Published.DATA) == before
    assert len(journey.events) == events, "nothing has happened to what is whole"


def test_sums_that_are_harmed_beside_another_file_leave_the_folder_in_doubt(journey):
    folder = journey.folder(Published.EXPORT)
    (folder / SUMS).unlink()
    flip(largest(folder))
    assert kinds(explain(journey.adapters)) == [("ALTERED", folder.name)]
    repaired(journey)
    assert journey.state.jobs[EXPORT_JOB].status == "FAILED"
    journey.retry_failed()


@pytest.mark.parametrize("harm", [delete, truncate])
def test_a_fast_check_sees_what_names_and_sizes_tell(journey, harm):
    harm(largest(journey.folder(Published.TOKENIZATION)))
    assert [finding.what for finding in explain(journey.adapters, fast=True)] == [Published.TOKENIZATION]
    repaired(journey)
    journey.retry_failed()


PLACES = {
    "datasets/stranger": "stranger",
    f"datasets/{ORPHAN_ID}/data/file": ORPHAN_ID,
    f"datasets/{DATASET}/file": "file",
    f"datasets/{DATASET}/work-{JOB}/00000.1.jsonl": f"work-{JOB}",
    f"datasets/{DATASET}/tokens-{TOKENIZE_JOB}-0/file": f"tokens-{TOKENIZE_JOB}-0",
    f"datasets/{DATASET}/index-{JOB}-1.abc.building/file": f"index-{JOB}-1.abc.building",
    "incoming/file": "file",
    "uploads/file": "file",
    f"uploads/{UPLOAD}/file": "file",
}


@pytest.mark.parametrize("place", PLACES)
def test_what_no_event_tells_of_is_named_and_removed(journey, place):
    file = plant(journey.adapters.storage / place)
    age(journey.adapters.storage / place.split("/")[0])
    assert kinds(explain(journey.adapters)) == [("ORPHAN", PLACES[place])]
    repaired(journey)
    assert not file.exists()


@pytest.mark.parametrize("what", [*MADE, Published.INDEX])
def test_a_stranger_in_a_published_folder_is_removed_and_the_folder_stays(journey, what):
    before = journey.contents(what)
    plant(journey.folder(what) / "cache-0123.arrow")
    assert kinds(explain(journey.adapters)) == [("ORPHAN", "cache-0123.arrow")]
    repaired(journey)
    assert journey.contents(what) == before


def test_what_lies_beside_the_folders_of_the_service_is_named_and_left(journey):
    stranger = plant(journey.adapters.storage / "thesis.txt")
    [finding] = explain(journey.adapters)
    assert finding.remedy == Remedy.NONE
    assert list(repair(journey.adapters, [finding])) == []
    assert stranger.exists()
    stranger.unlink()


def test_a_file_that_came_just_now_is_left_alone_by_a_check_beside_the_service(journey):
    planted = plant(journey.adapters.storage / "datasets" / DATASET / "file")
    planted.touch()
    assert ended(check(journey.adapters)).findings == []
    planted.unlink()


def test_what_is_in_flight_or_kept_for_a_retry_is_no_orphan(journey):
    """From its request to its end, whatever is on disk in between."""
    flip(largest(journey.folder(Published.DATA)))
    list(repair(journey.adapters, explain(journey.adapters), young_seconds=0))
    journey.tick()
    job = journey.state.jobs[JOB]
    journey.settle()
    journey.command(RetryJob(dataset_id=DATASET, job_id=job.id))
    for _ in range(40):
        assert explain(journey.adapters) == []
        journey.tick()
        messages = journey.adapters.pieces.ready(1, resend=True)
        for message in messages[:1]:
            journey.worker.perform(message.actor, journey.child, message.job_id, message.piece)
            assert explain(journey.adapters) == []
    journey.settle()
    assert journey.state.status == "READY"
    assert not work_of(journey.adapters.storage, DATASET, job.id).exists()


def test_a_repair_looks_again_before_it_acts(journey):
    planted = plant(journey.adapters.storage / "datasets" / DATASET / "file")
    findings = explain(journey.adapters)
    planted.unlink()
    assert [one.text for one in repair(journey.adapters, findings, young_seconds=0)] == [
        "is not there any more, or is in use by now"
    ]
    damaged = journey.folder(Published.EXPORT)
    whole = largest(damaged).read_bytes()
    flip(largest(damaged))
    findings = explain(journey.adapters)
    list(repair(journey.adapters, findings, young_seconds=0))
    events = len(journey.events)
    list(repair(journey.adapters, findings, young_seconds=0))
    assert len(journey.events) == events, "what is told once is told"
    journey.settle()
    journey.retry_failed()
    assert largest(journey.folder(Published.EXPORT)).read_bytes() == whole


def test_a_folder_from_before_there_were_sums_is_compared_by_size_and_said_so(adapters: Adapters, journey) -> None:
    # given the same story as an older version told it
    assert adapters.log.newest() == 0
    told = [
        replace(event, sums_sha256=None) if hasattr(event, "sums_sha256") else event
        for event in journey.events
        if not isinstance(event, JobFailed)
    ]
    upto = next(number for number, event in enumerate(told) if isinstance(event, IngestCompleted)) + 1
    adapters.log.append(Append(stream_of(DATASET), 0, told[:upto], Trace("command", "story")))
    folder = adapters.storage / told[upto - 1].folder
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "data-00000-of-00001.arrow").write_bytes(b"x" * told[upto - 1].size_bytes)
    report = ended(check(adapters))
    assert (report.findings, report.by_size) == ([], [told[upto - 1].folder])
    truncate(folder / "train" / "data-00000-of-00001.arrow")
    [finding] = explain(adapters)
    assert (finding.kind, finding.path) == ("ALTERED", told[upto - 1].folder)
