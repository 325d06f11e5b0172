"""What `make check` asks of the schema: no client of the last release may break."""

import os
import shutil
import subprocess

import pytest

from tests.web.conftest import NODE, WEB

pytestmark = pytest.mark.slow

SCHEMA = WEB.parent / "api/schema.graphql"
BREAKING = [
    ("type Query", "  position: Position!\n", "  place: Position!\n", "FIELD_REMOVED: Query.position"),
    ("type Query", "  position: Position!\n", "  position: Position\n", "FIELD_CHANGED_KIND: Query.position"),
    ("type Query", "    ids: [ID!]!\n", '    ids: [ID!]!\n    """Which."""\n    kind: ID!\n', "REQUIRED_ARG_ADDED"),
    ("enum DatasetStatus", "  QUEUED\n", "  WAITING\n", "VALUE_REMOVED_FROM_ENUM"),
    (
        "input RetryJobInput",
        "  jobId: ID!\n",
        '  jobId: ID!\n  """Why."""\n  why: String!\n',
        "REQUIRED_INPUT_FIELD_ADDED",
    ),
]
ADDITIONS = [
    ("type Query", "  position: Position!\n", '  position: Position!\n  """Where."""\n  place: Position!\n'),
    ("type Query", "    ids: [ID!]!\n", '    ids: [ID!]!\n    """Which."""\n    kind: ID\n'),
    ("enum DatasetStatus", "  QUEUED\n", '  QUEUED\n  """Waits for long."""\n  WAITING\n'),
    ("input RetryJobInput", "  jobId: ID!\n", '  jobId: ID!\n  """Why."""\n  why: String\n'),
]


@pytest.fixture
def check(packages, tmp_path):
    """Runs the check of `make check` on a copy in which, since the release, a type has one text instead of another."""

    def run(head, old, new):
        (tmp_path / "api").mkdir()
        (tmp_path / "web").mkdir()
        for name in ("package.json", ".graphql-schema-linterrc", "checks", "node_modules"):
            (tmp_path / "web" / name).symlink_to(WEB / name)
        shutil.copy(SCHEMA, tmp_path / "api/schema.released.graphql")
        before, found, after = SCHEMA.read_text().partition(f"{head} {{")
        assert old in after.partition("}\n")[0]
        (tmp_path / "api/schema.graphql").write_text(before + found + after.replace(old, new, 1))
        path = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
        command = [NODE, "--run", "schema"]
        return subprocess.run(
            command, cwd=tmp_path / "web", env=path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("head", "old", "new", "told"), BREAKING, ids=range(len(BREAKING)))
def test_a_change_that_breaks_clients_of_the_last_release_fails_and_is_named(check, head, old, new, told):
    done = check(head, old, new)
    assert done.returncode == 1, done.stdout + done.stderr
    assert told.partition(":")[0] in done.stderr
    assert told.rpartition(" ")[2] in done.stderr


@pytest.mark.parametrize(("head", "old", "new"), ADDITIONS, ids=range(len(ADDITIONS)))
def test_an_addition_passes(check, head, old, new):
    done = check(head, old, new)
    assert done.returncode == 0, done.stdout + done.stderr
