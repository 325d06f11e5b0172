"""`mistudio check` as a person runs it: what it says, and its exit code."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from api.check import lines
from api.ids import SampleKey, global_id, sample_id
from domain.adapters.checking import Finding, Remedy, Report
from domain.adapters.published import Kind
from domain.adapters.repairing import Repaired
from domain.damage import Published
from domain.damage_commands import ReportDamage
from domain.dataset import stream_of
from domain.handle import handle
from domain.log import Append, Trace
from tests.api.stories import begin
from tests.domain.stories import DATASET, ready
from tests.servers import temporary_home
from tests.workers.journeys import plant

pytestmark = pytest.mark.slow


def run(settings, *options) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], **settings.environment()}
    command = [sys.executable, "-m", "api.cli", "check", *options]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def dataset(adapters):
    """One that an older version has made ready; the id that the API shows."""
    *before, done = ready()
    done = replace(done, folder=f"datasets/{DATASET}/data")
    plant(adapters.storage / done.folder / "train" / "data.arrow", "x" * done.size_bytes)
    adapters.log.append(Append(stream_of(DATASET), 0, [*before, done], Trace("command", "story")))
    return global_id("Dataset", DATASET)


def test_where_nothing_is_amiss_it_says_so_and_what_was_compared_by_size_only(settings, dataset):
    told = run(settings)
    assert told.returncode == 0, told.stdout
    assert "1 folders were compared by names and sizes only." in told.stdout
    assert "Nothing is amiss: 1 datasets" in told.stdout


def test_what_is_found_is_said_to_programs_and_persons_with_what_a_repair_would_do(settings, adapters, dataset):
    stranger = plant(adapters.storage / "datasets" / "stranger")
    for_person, for_program = run(settings), json.loads(run(settings, "--json", "--fast").stdout)
    assert for_person.returncode == 1
    assert "ORPHAN: datasets/stranger (of no dataset" in for_person.stdout
    assert "--repair: it is removed." in for_person.stdout
    [finding] = for_program["findings"]
    assert (finding["kind"], finding["path"], finding["remedy"]) == ("ORPHAN", "datasets/stranger", "REMOVE")
    assert (finding["dataset"], finding["sizeBytes"]) == (None, len("planted"))
    assert run(settings, dataset).returncode == 0
    repaired = run(settings, "--repair")
    assert (repaired.returncode, stranger.exists()) == (1, False)
    assert "repaired: datasets/stranger was removed" in repaired.stdout
    assert run(settings).returncode == 0


@pytest.mark.parametrize("named", ["acme/english", global_id("Dataset", "nobody"), global_id("Job", "1")])
def test_a_dataset_that_is_not_there_cannot_be_checked(settings, dataset, named):
    told = run(settings, named)
    assert (told.returncode, told.stdout) == (2, "")
    assert f"There is no dataset {named}" in told.stderr


def test_a_disk_that_is_not_there_is_not_believed(settings, adapters, dataset):
    (adapters.storage / "datasets").rename(adapters.storage / "elsewhere")
    told = run(settings, "--repair")
    assert told.returncode == 2
    assert "see that its disk is mounted" in told.stderr


def test_without_a_database_it_says_what_to_do():
    with temporary_home() as home:
        environ = {"PATH": os.environ["PATH"], "MISTUDIO_HOME": str(home)}
        command = [sys.executable, "-m", "api.cli", "check"]
        told = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "start it with `mistudio up`" in told.stderr


def test_what_is_left_is_told_apart_from_what_was_repaired():
    whose = {"dataset_id": None, "reason": "is damaged", "what": Published.DATA}
    found = [Finding(Kind.ALTERED, path="a", remedy=Remedy.REPORT_DAMAGE, advice="it fails", **whose)]
    stays = [Finding(Kind.ALTERED, path="b", remedy=Remedy.NONE, advice="nothing: it is in the trash", **whose)]
    told = list(lines(Report([*found, *stays]), [Repaired("a", is_done=False, text="is left: wait")]))
    assert told[:4] == [
        "ALTERED: a (of no dataset, DATA) is damaged",
        "ALTERED: b (of no dataset, DATA) is damaged",
        "    --repair: nothing: it is in the trash.",
        "LEFT: a is left: wait",
    ]


def test_damaged_data_is_shown_as_an_error_that_says_what_to_do_and_is_read_no_more(api, adapters):
    # given a dataset that is read, whose rows are cut short
    story = begin(adapters).is_ready()
    asked = """query ($id: ID!) { dataset(id: $id) {
        status path error { code message retryable } samples { totalCount notices { code } } } }"""
    known = global_id("Dataset", story.id)
    assert api.ask(asked, id=known)["status"] == "READY"
    report = ReportDamage(dataset_id=story.id, folder=f"datasets/{story.id}/data", paths=["train/data.arrow"])

    # when that is found
    handle(adapters.log, report, Trace("command", "story"))

    # then nobody is given rows of it, and the retry downloads it again
    found = api.ask(asked, id=known)
    assert (found["status"], found["path"], found["error"]["code"]) == ("FAILED", None, "CHECKSUM_MISMATCH")
    assert found["error"]["retryable"]
    assert "the same commit is downloaded again" in found["error"]["message"]
    assert found["samples"] == {"totalCount": 0, "notices": [{"code": "NOT_READY"}]}
    row = sample_id(SampleKey(story.id, "train", 0))
    assert api.ask("query ($id: ID!) { node(id: $id) { id } }", id=row) is None
