"""What holds for the whole house: short modules and functions, a README that is true."""

import ast
import re
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from domain.adapters.settings import list_settings

PROJECT = Path(__file__).parents[1]
LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 40


def modules() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=PROJECT, capture_output=True, text=True, check=False)
    names = listed.stdout.split() or [str(path) for room in ROOMS for path in PROJECT.glob(f"{room}/**/*.py")]
    return [PROJECT / name for name in names if (PROJECT / name).exists()]


ROOMS = ("api", "domain", "workers", "migrations", "web", "tests")
OURS = [path for path in modules() if path.relative_to(PROJECT).parts[0] in ROOMS]


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_module_is_read_in_one_sitting(path):
    text = path.read_text()
    assert text.count("\n") <= LINES_OF_A_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LINES_OF_A_FUNCTION, node.name


@pytest.mark.parametrize("path", [path for path in OURS if "tests" in path.parts], ids=lambda path: path.name)
def test_a_mark_stands_on_a_test_for_on_a_helper_it_does_nothing(path):
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    helpers = [node for node in functions if not node.name.startswith("test_")]
    marks = [(node.name, ast.unparse(mark)) for node in helpers for mark in node.decorator_list]
    assert [name for name, mark in marks if mark.startswith("pytest.mark.")] == []


def settings_table() -> str:
    rows = (f"| `{name}` | `{default}` | {meaning} |" for name, default, meaning in list_settings())
    return "\n".join(("| variable | default | meaning |", "| --- | --- | --- |", *rows))


def test_the_readme_lists_every_setting_as_it_is():
    assert settings_table() in (PROJECT / "README.md").read_text()


def test_the_readme_s_make_commands_are_targets_and_nothing_runs_before_one_has_made_the_environment():
    readme, makefile = ((PROJECT / name).read_text() for name in ("README.md", "Makefile"))
    asked = re.findall(r"^(?:\w+=\S+ )?make ([\w-]+)", readme, re.MULTILINE)
    assert {"run", "test", "hub"} <= set(asked) <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    journey = readme.partition("## A first journey")[2]
    assert journey.index("make hub") < journey.index(".venv/bin/")


def test_the_readme_names_files_that_exist():
    names = [word.strip("`,;:()") for word in (PROJECT / "README.md").read_text().split() if word.startswith("`")]
    files = [name for name in names if name.endswith(".py") and "/" in name and "*" not in name]
    assert files
    assert [name for name in files if not (PROJECT / name).exists()] == []


IMPORTED = re.compile(r"""(?:from|import\()\s*['"](\.[^'"]+)['"]""")


def imports_of(page: Path) -> set[Path]:
    """What a source of the pages imports of the others; what is loaded lazily too."""
    named = (page.parent / name for name in IMPORTED.findall(page.read_text()))
    found = (path.with_name(path.name + suffix) for path in named for suffix in (".tsx", ".ts"))
    return {path.resolve() for path in found if path.exists()}


def test_no_page_imports_what_imports_it():
    sources = [path for suffix in ("ts", "tsx") for path in (PROJECT / "web" / "src").rglob(f"*.{suffix}")]
    TopologicalSorter({page: imports_of(page) for page in sources}).prepare()
    assert sum(len(imports_of(page)) for page in sources) > len(sources)
