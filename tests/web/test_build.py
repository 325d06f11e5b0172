"""The pages are built when they are stale, from a lock that names no machine."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.web.conftest import WEB

pytestmark = pytest.mark.slow

A_PACKET_BYTES = 1_000  # packing less gains nothing


@pytest.fixture(scope="module")
def copied(packages, tmp_path_factory):
    """The sources in a folder of their own, with the packages that are installed, small pages, and nothing built."""
    folder = tmp_path_factory.mktemp("copied") / "web"
    shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "generated"))
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    (folder.parent / "api").mkdir()
    shutil.copy(WEB.parent / "api" / "schema.graphql", folder.parent / "api")
    (folder / "src/app/main.tsx").write_text("console.log(1);\n")
    (folder / "src/playground/main.tsx").write_text("import { EXAMPLES } from './examples';\nconsole.log(EXAMPLES);\n")
    return folder


def build(folder):
    """What the build says; nothing when it has nothing to do."""
    environment = {name: os.environ[name] for name in os.environ if name != "PATH"} | {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, folder / "build.py"], env=environment, capture_output=True, text=True, check=True
    )
    return done.stderr


def test_the_pages_are_built_when_they_are_missing_or_stale_and_only_then(copied):
    assert "Building" in build(copied)
    page = (copied / "dist" / "playground.html").read_text()
    assert build(copied) == ""

    example = copied / "src/playground/examples/watch-events.graphql"
    example.write_text(example.read_text().replace("WatchEvents", "WatchEverything"))
    assert "Building" in build(copied)
    assert (copied / "dist" / "playground.html").read_text() != page, "another content has another name"


def test_of_two_builds_at_once_the_second_waits_and_finds_it_done(copied):
    shutil.rmtree(copied / "dist", ignore_errors=True)
    with ThreadPoolExecutor() as threads:
        said = list(threads.map(build, [copied, copied]))
    assert sorted("Building" in each for each in said) == [False, True]


def test_a_build_that_fails_leaves_no_pages_that_look_whole(copied):
    (copied / "src/playground/main.tsx").write_text("import './nothing';")
    with pytest.raises(subprocess.CalledProcessError):
        build(copied)
    with pytest.raises(subprocess.CalledProcessError):
        build(copied)


def test_what_text_is_served_lies_beside_it_compressed(built):
    files = list((WEB / "dist" / "assets").iterdir())
    scripts = [file for file in files if file.suffix in (".js", ".css")]
    assert len(scripts) > 5
    for file in (file for file in scripts if file.stat().st_size > A_PACKET_BYTES):
        sizes = [file.with_name(file.name + ending).stat().st_size for ending in (".br", ".gz", "")]
        assert sizes == sorted(sizes)


def test_the_lock_names_versions_and_hashes_and_no_place_to_fetch_them_from():
    lock, asked = (json.loads((WEB / name).read_text()) for name in ("package-lock.json", "package.json"))
    packages = {name: of for name, of in lock["packages"].items() if name}
    assert [name for name, of in packages.items() if "resolved" in of] == []
    # what comes within another package is hashed with it
    assert [name for name, of in packages.items() if "integrity" not in of and "inBundle" not in of] == []
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version
