"""`mistudio import` as a person runs it, beside a service whose workers are played."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.ids import key_of
from domain.errors import ErrorCode
from tests.api.stories import Story
from tests.ports import deaf_port

CSV = b"text,n\nalpha,1\nbeta,2\n"
JOB = "query ($id: ID!) { dataset(id: $id) { name textColumn jobs { nodes { id } } history { events { data } } } }"


@pytest.fixture
def imports(adapters):
    adapters.settings.imports.mkdir(parents=True)
    (adapters.settings.imports / "rows.csv").write_bytes(CSV)
    return adapters.settings.imports


@contextmanager
def running(settings, port, *options, cwd=None, **environ):
    command = [sys.executable, "-m", "api.cli", "import", *options]
    env = {"PATH": os.environ["PATH"], **settings.environment(), "MISTUDIO_PORT": str(port), **environ}
    env["PYTHONPATH"] = str(Path.cwd())
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=env, cwd=cwd, text=True, **pipes) as process:
        yield process


def end(process):
    """What it has said to a person, and its exit code."""
    return process.communicate(timeout=60)[1], process.returncode


def story_of(api, adapters, dataset_id):
    (job,) = api.ask(JOB, id=dataset_id)["jobs"]["nodes"]
    return Story(adapters, key_of("Dataset", dataset_id), key_of("Job", job["id"]))


def test_it_prints_the_id_waits_and_tells_what_came_of_it(serve, adapters, settings, imports):
    asked = ("--name", "Mine", "--split", "dev", "--text-column", "text", "--on-error", "skip")
    with serve() as served, running(settings, served.port, "rows.csv", *asked, cwd=imports) as process:
        dataset_id = process.stdout.readline().strip()
        dataset = served.client.ask(JOB, id=dataset_id)
        assert (dataset["name"], dataset["textColumn"]) == ("Mine", "text")
        (event,) = dataset["history"]["events"]
        assert ([file["split"] for file in event["data"]["files"]], event["data"]["on_error"]) == (["dev"], "SKIP")
        story = story_of(served.client, adapters, dataset_id).starts()
        assert process.stderr.readline() in ("QUEUED\n", "DOWNLOADING\n")
        story.is_downloaded().starts().is_ingested(skipped_rows=1)
        told, code = end(process)
    assert code == 0
    assert "READY: 12 rows, 1 skipped, in " in told


def test_a_path_is_meant_from_where_the_command_is_run(serve, settings, imports):
    (imports / "below").mkdir()
    with serve() as served, running(settings, served.port, "../rows.csv", cwd=imports / "below") as process:
        dataset_id = process.stdout.readline().strip()
        (event,) = served.client.ask(JOB, id=dataset_id)["history"]["events"]
        process.kill()
    assert event["data"]["files"][0]["path"] == "rows.csv"


def test_a_failed_import_is_code_1_and_says_why(serve, adapters, settings, imports):
    with serve() as served, running(settings, served.port, str(imports / "rows.csv")) as process:
        story = story_of(served.client, adapters, process.stdout.readline().strip())
        story.starts().fails(ErrorCode.CORRUPT_DATA)
        told, code = end(process)
    assert code == 1
    assert "FAILED: CORRUPT_DATA: " in told


def test_what_is_refused_is_code_2_and_says_why(serve, settings, imports):
    with serve(api_token="a-secret-of-the-tests") as served:
        for options, environ, expected in (
            (["missing.csv"], {"MISTUDIO_API_TOKEN": "a-secret-of-the-tests"}, "INVALID_INPUT: missing.csv cannot be"),
            (["/etc/passwd"], {"MISTUDIO_API_TOKEN": "a-secret-of-the-tests"}, "not below the folder of MISTUDIO_IMP"),
            (["rows.csv"], {}, "token"),
        ):
            with running(settings, served.port, *options, **environ) as process:
                told, code = end(process)
            assert (code, expected in told) == (2, True), told


def test_without_a_service_it_is_code_3_and_says_what_to_do(settings):
    with deaf_port() as port, running(settings, port, "rows.csv") as process:
        told, code = end(process)
    assert code == 3
    assert "does not answer" in told
    assert "start it with `mistudio up`" in told
