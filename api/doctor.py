"""`mistudio doctor`: examines what the service needs, whether it runs or not, and says what to do."""

import json
import sys
from collections.abc import Iterator, Mapping

from api.examined_machine import (
    HUB,
    examine_exposure,
    examine_folder,
    examine_hub,
    examine_key,
    examine_service,
    examine_storage,
)
from api.examined_servers import examine_postgres, examine_redis
from api.findings import Finding, Health, fail, ok
from domain.adapters.settings import Settings, SettingsError, list_settings, read_settings

AMISS = 1


def run_doctor(environ: Mapping[str, str], *, is_json: bool) -> int:
    """Examine everything, a line for each thing; the exit code is 1 where something does not work."""
    found = []
    for finding in examine(environ):
        found.append(finding)
        if not is_json:
            sys.stdout.write(finding.line() + "\n")
            sys.stdout.flush()
    is_well = not any(finding.health == Health.FAIL for finding in found)
    if is_json:
        told = {"isWell": is_well, "findings": [finding.plain() for finding in found]}
        sys.stdout.write(json.dumps(told) + "\n")
    return 0 if is_well else AMISS


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything in turn; with settings that cannot be used there is nothing else to look at."""
    try:
        settings = read_settings(environ)
    except SettingsError as wrong:
        yield fail("settings", str(wrong).rstrip("."), "`mistudio --help` lists all of them")
        return
    given = [name for name, _, _ in list_settings() if environ.get(name)]
    yield ok("settings", f"home {settings.home}; set: {', '.join(given) or 'none, so all are defaults'}")
    yield from _examine(settings, environ.get("HF_ENDPOINT") or HUB)


def _examine(settings: Settings, hub: str) -> Iterator[Finding]:
    yield from examine_exposure(settings)
    yield from _as_allowed("storage", examine_storage(settings))
    yield from _as_allowed("key", examine_key(settings))
    yield from _as_allowed("tokenizers", examine_folder("tokenizers", settings.tokenizers))
    yield from _as_allowed("imports", examine_folder("imports", settings.imports))
    yield from _as_allowed("postgres", examine_postgres(settings))
    yield from _as_allowed("redis", examine_redis(settings))
    yield from examine_hub(hub)
    yield from examine_service(settings)


def _as_allowed(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Where this user may not even look, that is what is found."""
    try:
        yield from findings
    except PermissionError as barred:
        advice = "ask as the user that runs the service, or let this one enter the folders above it"
        yield fail(what, f"{barred.filename} may not be looked at by this user", advice)
