"""This machine as `mistudio doctor` examines it: folders, disk, keys, the network, and whether the service runs."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx

from api.findings import Finding, fail, ok, warn
from domain.adapters.secret_key import FILE as KEY_FILE
from domain.adapters.setting_values import LEAST_KEY_LENGTH
from domain.adapters.settings import Settings
from domain.adapters.storage import PERCENT

HUB = "https://huggingface.co"
HUB_SECONDS = 3.0
SERVICE_SECONDS = 3.0
SCARCE_BYTES = 5 * 1000**3
GIGABYTE = 1000**3
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine_exposure(settings: Settings) -> Iterator[Finding]:
    """Who can reach the API, and what is asked of them."""
    token = "with a token" if settings.api_token else "without a token"
    if settings.is_exposed and not settings.api_token:
        yield fail("address", f"others can reach {settings.host} {token}", "set MISTUDIO_API_TOKEN")
    else:
        yield ok("address", f"{settings.address}, {token}")


def examine_storage(settings: Settings) -> Iterator[Finding]:
    """Whether it can be written to, and how much room it has."""
    folder = _there(settings.storage)
    if not _is_writable(folder):
        yield fail("storage", f"nothing can be written to {folder}", "let this user, or set MISTUDIO_STORAGE")
        return
    yield ok("storage", f"{settings.storage} can be written to")
    disk = shutil.disk_usage(folder)
    free = disk.free - disk.total * settings.reserve // PERCENT
    told = f"{max(0, free) / GIGABYTE:.1f} GB free beyond the reserve of {settings.reserve} %"
    advice = "make room, or lower MISTUDIO_RESERVE"
    if free <= 0:
        yield fail("disk", told, f"{advice}: until then everything is refused")
    elif free < SCARCE_BYTES:
        yield warn("disk", told, advice)
    else:
        yield ok("disk", told)


def _there(path: Path) -> Path:
    """The folder, or the nearest one above it that is there: it is made when the service starts."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            file.write(b"written")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def examine_key(settings: Settings) -> Iterator[Finding]:
    """What users' tokens are encrypted with."""
    file = settings.home / KEY_FILE
    if settings.secret_key:
        yield ok("key", "MISTUDIO_SECRET_KEY is set; every host needs the same")
    elif not file.exists():
        yield ok("key", f"{file} will be made; where there are more hosts, set MISTUDIO_SECRET_KEY on each")
    elif file.stat().st_mode & OTHERS:
        yield fail("key", f"others may read {file}", f"chmod 600 {file}")
    elif len(file.read_text("ascii", "replace").strip()) < LEAST_KEY_LENGTH:
        yield fail("key", f"{file} is damaged", "put it back, or remove it and give the tokens of open jobs again")
    else:
        yield ok("key", f"{file}; where there are more hosts, each needs the same")


def examine_folder(what: str, folder: Path) -> Iterator[Finding]:
    """One that may be read from."""
    variable = f"MISTUDIO_{what.upper()}"
    if not folder.exists():
        yield ok(what, f"{folder} is not there, so none are read from this machine; make it, or set {variable}")
    elif not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        yield warn(what, f"{folder} is no folder that this user can read", f"mend it, or set {variable}")
    else:
        yield ok(what, f"{folder} can be read")


def examine_hub(endpoint: str) -> Iterator[Finding]:
    """Whether the Hub can be reached from here, in time."""
    try:
        answer = httpx.head(endpoint, timeout=HUB_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        told = f"{endpoint} cannot be reached ({type(wrong).__name__})"
        yield warn("hub", told, "look at the network, proxies and HF_ENDPOINT; uploads and imports work without it")
        return
    if answer.is_server_error:
        yield warn("hub", f"{endpoint} answers {answer.status_code}", "try again later")
    else:
        yield ok("hub", f"{endpoint} answers")


def examine_service(settings: Settings) -> Iterator[Finding]:
    """Whether it runs, and is ready."""
    try:
        # it is on this machine, so no proxy of the environment stands before it
        with httpx.Client(timeout=SERVICE_SECONDS, trust_env=False) as client:
            told = client.get(f"{settings.address}/health/ready").json()
            missing, is_ready = list(told["missing"]), bool(told["ready"])
    except httpx.HTTPError:
        yield ok("service", f"does not run at {settings.address}; `mistudio up` starts it")
    except (ValueError, KeyError, TypeError):
        yield fail("service", f"another program answers at {settings.address}", "choose another MISTUDIO_PORT")
    else:
        if is_ready:
            yield ok("service", f"ready at {settings.address}")
        else:
            yield fail("service", f"not ready: {', '.join(missing)} does not answer", "see the logs in the home")
