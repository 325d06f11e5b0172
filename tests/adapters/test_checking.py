"""A check of disk against log: what it does not believe, what it leaves alone, and what it says of files sent here."""

import fcntl
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from domain import events as past
from domain.adapters import Adapters
from domain.adapters.checking import CheckError, Finding, Remedy, check, ended, explain
from domain.adapters.checkpoints import DISPATCHER, move
from domain.adapters.files import remove_tree
from domain.adapters.pieces import CLEAN, NewPiece
from domain.adapters.repairing import repair
from domain.adapters.resumable import uploads_of
from domain.dataset import stream_of
from domain.log import Append, Trace
from tests.domain.stories import DATASET, INGEST_JOB, JOB, SENT, indexed, ingesting, purged, purging, ready, trashed
from tests.workers.journeys import plant

TRACE = Trace("command", "story")
CONTENT = b"text\na\nb\n"
OTHER = f"{DATASET[:-2]}0f"
HOME = f"datasets/{DATASET}"


def story(adapters: Adapters, *events: past.Event, dataset_id: str = DATASET) -> None:
    """These events, to which the dispatcher has reacted."""
    adapters.log.append(Append(stream_of(dataset_id), 0, events, TRACE))
    move(adapters.pool, DISPATCHER, adapters.log.newest())


def names(adapters: Adapters) -> list[tuple[str, str]]:
    return [(finding.kind, finding.path) for finding in explain(adapters)]


def found(adapters: Adapters) -> list[Finding]:
    """Of the dataset alone, also what came just now."""
    return list(ended(check(adapters, [DATASET], young_seconds=0)).findings)


def write_data(adapters: Adapters) -> None:
    """The data of the stories, as an older version left it."""
    (adapters.storage / "datasets/data/train").mkdir(parents=True)
    (adapters.storage / "datasets/data/train/data.arrow").write_bytes(b"x" * 10)


def sent(*, kept: bool) -> list[past.Event]:
    """A file that was uploaded and read."""
    source = {"kind": "UPLOAD", "fileName": "rows.csv", "format": "csv", "sizeBytes": len(CONTENT)}
    told = {**source, "sha256": sha256(CONTENT).hexdigest()}
    file = ({"path": "rows.csv", "split": "train"},)
    received = past.UploadReceived(job_id=INGEST_JOB, source=told, name="rows", folder=SENT["folder"], files=file)
    done = replace(ready()[-1], originals_kept=kept)
    return [received, past.JobStarted(job_id=INGEST_JOB, kind="INGEST", attempt=1), done]


def test_a_disk_without_any_dataset_is_not_believed(adapters):
    story(adapters, *ready())
    with pytest.raises(CheckError, match="disk is mounted"):
        explain(adapters)


def test_a_log_without_any_dataset_is_not_believed(adapters):
    plant(adapters.storage / HOME / "data/file")
    with pytest.raises(CheckError, match="database of the service"):
        explain(adapters)
    assert (adapters.storage / HOME / "data/file").exists()


def test_with_neither_there_is_nothing_to_say(adapters):
    assert explain(adapters) == []


def test_data_of_an_older_version_is_compared_by_its_size_and_said_to_be(adapters):
    write_data(adapters)
    story(adapters, *ready())
    report = ended(check(adapters, [DATASET]))
    assert (report.findings, report.by_size) == ([], ["datasets/data"])


def test_what_the_dispatcher_has_not_reacted_to_yet_is_in_flight(adapters):
    write_data(adapters)
    plant(adapters.storage / HOME / f"work-{INGEST_JOB}/00000.1.arrow")
    adapters.log.append(Append(stream_of(DATASET), 0, ready(), TRACE))
    assert found(adapters) == []
    move(adapters.pool, DISPATCHER, adapters.log.newest())
    assert len(found(adapters)) == 1


def test_pieces_that_are_kept_explain_their_folder_until_they_are_cleared_away(adapters):
    failed = past.JobFailed(job_id=JOB, kind="DOWNLOAD", code="HUB_UNAVAILABLE", message="", retryable=True)
    story(adapters, *ingesting()[:3], failed)
    plant(adapters.storage / HOME / f"work-{JOB}/00000.1.parquet")
    adapters.pieces.add(JOB, DATASET, "clean_run", NewPiece("clean", CLEAN), 3600.0)
    assert names(adapters) == []
    adapters.pieces.forget(JOB)
    assert names(adapters) == [("ORPHAN", f"{HOME}/work-{JOB}")]


def test_an_index_that_was_replaced_is_nobodys_orphan_before_its_clean_up(adapters):
    write_data(adapters)
    (adapters.storage / "datasets/index").mkdir()
    (adapters.storage / "datasets/index/part").write_bytes(b"x" * 6)
    story(adapters, *indexed())
    plant(adapters.storage / HOME / f"index-{JOB}-4/part")
    job = indexed()[-1].job_id
    adapters.pieces.add(job, DATASET, "clean_run", NewPiece("clean", CLEAN), 3600.0)
    assert found(adapters) == []
    adapters.pieces.forget(job)
    assert [one.path for one in found(adapters)] == [f"{HOME}/index-{JOB}-4"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_file_that_was_sent_is_compared_by_its_own_hash_where_it_is_to_stay(adapters, kept):
    write_data(adapters)
    story(adapters, *sent(kept=kept))
    file = plant(adapters.storage / SENT["folder"] / "rows.csv", CONTENT.decode())
    told = found(adapters)
    assert [one.path for one in told] == ([] if kept else [SENT["folder"]])
    file.write_bytes(CONTENT.replace(b"a", b"c"))
    told = found(adapters)
    assert [(one.kind, one.path) for one in told] == (
        [("ALTERED", f"{SENT['folder']}/rows.csv")] if kept else [("ORPHAN", SENT["folder"])]
    )


def test_originals_that_an_ingest_is_about_to_drop_are_no_orphan(adapters):
    write_data(adapters)
    story(adapters, *sent(kept=False))
    plant(adapters.storage / SENT["folder"] / "rows.csv")
    adapters.pieces.add(INGEST_JOB, DATASET, "clean_run", NewPiece("clean", CLEAN))
    assert found(adapters) == []


def test_an_upload_is_explained_until_it_is_given_up(adapters):
    story(adapters, *ready())
    plant(adapters.storage / HOME / "file")
    upload = uploads_of(adapters).create(5, "rows.csv", "")
    assert [path for _, path in names(adapters) if path.startswith("uploads")] == []
    uploads_of(adapters).remove(upload.id)


def test_a_file_that_a_process_holds_is_being_sent(adapters):
    story(adapters, *ready(), dataset_id=OTHER)
    files = [plant(adapters.storage / "incoming/held"), plant(adapters.storage / HOME / f"upload-{JOB}/rows.csv")]
    write_data(adapters)
    with files[0].open() as first, files[1].open() as second:
        fcntl.flock(first, fcntl.LOCK_SH)
        fcntl.flock(second, fcntl.LOCK_SH)
        assert "incoming/held" not in dict(map(reversed, names(adapters)))
        assert HOME not in dict(map(reversed, names(adapters)))
    assert {"incoming/held", HOME} <= set(dict(map(reversed, names(adapters))))


def test_what_goes_while_it_is_looked_at_is_no_finding(adapters, monkeypatch):
    story(adapters, *ready(), dataset_id=OTHER)
    going = [plant(adapters.storage / "incoming/sent"), plant(adapters.storage / HOME / f"upload-{JOB}/rows.csv")]
    write_data(adapters)
    look = Path.open

    def goes_first(path, *arguments):
        if path in going:
            path.unlink()
        return look(path, *arguments)

    monkeypatch.setattr(Path, "open", goes_first)
    assert not {"incoming/sent", HOME} & {path for _, path in names(adapters)}
    assert not any(path.exists() for path in going)


def test_a_folder_of_which_something_goes_while_it_is_looked_at_is_no_finding(adapters, monkeypatch):
    story(adapters, *ready(), dataset_id=OTHER)
    files = [plant(adapters.storage / HOME / name / "file") for name in ("one", "other")]
    write_data(adapters)
    look = Path.open

    def others_go(path, *arguments):
        for other in files:
            if path in files and path != other:
                remove_tree(other.parent)
        return look(path, *arguments)

    monkeypatch.setattr(Path, "open", others_go)
    assert HOME not in {path for _, path in names(adapters)}
    assert [path.exists() for path in files].count(True) == 1


def test_what_is_being_purged_is_left_to_its_purge(adapters):
    plant(adapters.storage / HOME / "data/file")
    story(adapters, *purging())
    assert names(adapters) == []


def test_what_was_purged_leaves_nothing(adapters):
    plant(adapters.storage / HOME / "data/file")
    story(adapters, *purged())
    assert names(adapters) == [("ORPHAN", HOME)]


def test_damage_in_the_trash_is_named_and_left_until_it_is_restored(adapters):
    plant(adapters.storage / HOME / "file")
    story(adapters, *trashed())
    findings = [one for one in explain(adapters) if one.path == "datasets/data"]
    assert [(one.kind, one.remedy) for one in findings] == [("MISSING", Remedy.NONE)]
    assert "Restore it first" in findings[0].advice
    assert list(repair(adapters, findings)) == []


def test_what_is_refused_is_told(adapters):
    plant(adapters.storage / HOME / "file")
    story(adapters, *ready())
    findings = [one for one in explain(adapters) if one.path == "datasets/data"]
    adapters.log.append(Append(stream_of(DATASET), len(ready()), trashed()[len(ready()) :], TRACE))
    [left] = repair(adapters, findings)
    assert (left.is_done, left.path) == (False, "datasets/data")
    assert "restore it first" in left.text


def test_of_some_datasets_only_these_are_looked_at(adapters):
    write_data(adapters)
    story(adapters, *ready())
    plant(adapters.storage / "stranger")
    assert ended(check(adapters, [DATASET])).datasets == 1
    assert ("ORPHAN", "stranger") in names(adapters)
    assert all(finding.path != "stranger" for finding in found(adapters))


def test_the_disks_own_folder_is_not_ours_to_name(adapters):
    (adapters.storage / "lost+found").mkdir()
    assert explain(adapters) == []
