"""The services of compose.yaml as plain processes: its very commands and environment, with other addresses."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.end_to_end.service import descendants, kill
from tests.ports import free_port
from tests.servers import Servers

PROJECT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
TOKEN = "what-the-operator-has-clients-show"
GRACE_SECONDS = 10  # what docker gives a container to stop

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<otherwise>[^}]*))?\}")


def image_environment() -> dict[str, str]:
    """What the Dockerfile sets for every command."""
    [line] = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    return dict(word.split("=", 1) for word in line.split())


def interpolated(text: str, given: Mapping[str, str]) -> str:
    """As compose reads it: `${NAME:-otherwise}`, and `${NAME:?why}` where NAME must be given."""

    def value(found: re.Match[str]) -> str:
        if given.get(found["name"]):
            return given[found["name"]]
        assert found["kind"] == "-", f"{found['name']} must be given: {found['otherwise']}"
        return found["otherwise"]

    return VARIABLE.sub(value, str(text))


class Composed:
    """All of it on one machine. `home` is the volume; `given` what the operator's environment has."""

    def __init__(self, home: Path, servers: Servers, given: Mapping[str, str], extra: Mapping[str, str]) -> None:
        self.home, self.servers = home, servers
        self.port = free_port()
        self._given, self._extra = {"MISTUDIO_API_TOKEN": TOKEN, **given}, extra
        self.processes: list[subprocess.Popen[bytes]] = []
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
        )

    def environment(self, service: str) -> dict[str, str]:
        """What a container of this service would have, with the addresses of this machine."""
        told = {name: interpolated(text, self._given) for name, text in COMPOSE[service]["environment"].items()}
        assert image_environment()["MISTUDIO_HOME"] == "/data"
        assert COMPOSE[service]["volumes"] == ["data:/data"]
        postgres = told["MISTUDIO_DATABASE_URL"].replace("@postgres/mistudio", "@/mistudio?host={}")
        host = self.servers.database_url.partition("?host=")[2].partition("&")[0]
        assert told["MISTUDIO_REDIS_URL"].startswith("redis://redis:6379/")
        here = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "MISTUDIO_HOME": str(self.home),
            "MISTUDIO_DATABASE_URL": postgres.format(host),
            "MISTUDIO_REDIS_URL": self.servers.redis_url,
            "MISTUDIO_PORT": str(self.port),
        }
        return told | here | dict(self._extra)

    def run(self, service: str, **other: str) -> "subprocess.CompletedProcess[str]":
        """A service that ends by itself."""
        command, environment = COMPOSE[service]["command"], self.environment(service) | other
        return subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True, check=False)

    def start(self, service: str, **other: str) -> "subprocess.Popen[bytes]":
        """A service that goes on; `other` is what its host has otherwise."""
        started = subprocess.Popen(
            COMPOSE[service]["command"], cwd=self.home, env=self.environment(service) | other, start_new_session=True
        )
        self.processes.append(started)
        return started

    def is_ready(self) -> bool:
        """By the health check of the file."""
        kind, *command = COMPOSE["api"]["healthcheck"]["test"]
        assert kind == "CMD"
        assert [process.args for process in self.processes if process.poll() is not None] == [], "none has ended"
        here = [word.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}") for word in command]
        asked = subprocess.run(here, env=self.environment("api"), capture_output=True, check=False)
        return asked.returncode == 0

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a query or mutation; errors are an assertion."""
        body = self.client.post("/graphql", json={"query": document, "variables": variables}).json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    def stop(self) -> list[int]:
        """As docker stops containers; the exit codes of those that still ran."""
        running = [process for process in self.processes if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(GRACE_SECONDS) for process in running]

    def close(self) -> None:
        """Whatever a test left is ended."""
        self.client.close()
        for process in self.processes:
            if process.poll() is None:
                kill_tree(process)
                process.wait()


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL of a process and all below it, as when its host loses power."""
    for pid in (process.pid, *descendants(process.pid)):
        kill(pid)
