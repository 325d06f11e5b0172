"""The `mistudio` command. Each subcommand imports what it needs and no more, so that `up` starts fast."""

import argparse
import ctypes
import gc
import os
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from domain.adapters.logs import begin_logging
from domain.adapters.processes import die_with_parent
from domain.adapters.settings import Settings, SettingsError, list_settings, read_settings

PROJECT = Path(__file__).resolve().parents[1]
# Python's own 700 are made by every few rows of a page. An operation leaves a circle of objects: one that was at work
# during two looks waits for the look at all there are, which with Python's own 10 for the last came minutes later.
LOOKED_AT = (10_000, 10, 2)
# Heaps of the C library, by its number for them: it would give each thread one, which keeps what was ever in use there.
M_ARENA_MAX, HEAPS = -8, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code."""
    asked = _parser().parse_args(arguments)
    if "run_unread" in asked:  # looks at the settings itself
        return int(asked.run_unread(asked))
    try:
        run: Callable[[Settings], int] = partial(asked.run_with, asked) if "run_with" in asked else asked.run
        return run(read_settings(os.environ))
    except SettingsError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    variables = "\n".join(f"  {name}\n      {meaning} Default: {default}" for name, default, meaning in list_settings())
    parser = argparse.ArgumentParser(
        prog="mistudio",
        description="A dataset service for people who train and interpret language models.",
        epilog=f"environment:\n{variables}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, meaning in (
        ("up", _up, "start everything on this machine, and stop it on Ctrl-C"),
        ("api", _api, "serve the API"),
        ("worker", _worker, "do jobs"),
        ("dispatch", _dispatch, "send jobs"),
        ("questions", _questions, "answer what the API asks"),
        ("schema", _schema, "print the GraphQL schema"),
    ):
        commands.add_parser(name, help=meaning, description=meaning.capitalize() + ".").set_defaults(run=run)
    _add_migrate(commands)
    _add_rebuild(commands)
    _add_import(commands)
    _add_check(commands)
    _add_doctor(commands)
    return parser


def _add_migrate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    meaning = "bring the database to the newest schema, or back to one from before"
    parser = commands.add_parser("migrate", help=meaning, description=meaning.capitalize() + ".")
    parser.add_argument("--to", metavar="NUMBER", help="the schema by its number; the newest when left out")
    parser.set_defaults(run_with=_migrate)


def _add_rebuild(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    meaning = "make the tables that answers are read from anew from the log, beside the running service"
    parser = commands.add_parser("rebuild", help=meaning, description=meaning.capitalize() + ".")
    parser.add_argument(
        "--check",
        "--dry-run",
        dest="run",
        action="store_const",
        const=_check_rebuild,
        help="compare and report only; the exit code is 1 when something differs",
    )
    parser.set_defaults(run=_rebuild)


def _add_import(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    meaning = "make a dataset of a file or folder below MISTUDIO_IMPORTS, by the running service, and wait for it"
    parser = commands.add_parser("import", help=meaning, description=meaning.capitalize() + ".")
    parser.add_argument("path", help="from here, or from the folder of MISTUDIO_IMPORTS")
    parser.add_argument("--name", help="what to call it; as the file or folder when left out")
    parser.add_argument("--split", help="the split of all rows; when left out as files are called, or train")
    parser.add_argument("--text-column", help="the column to read as text")
    parser.add_argument("--on-error", type=str.upper, choices=("FAIL", "SKIP"), help="what to do with bad rows")
    parser.set_defaults(run_with=_import)


def _import(asked: argparse.Namespace, settings: Settings) -> int:
    from api.import_command import ImportAsked, run_import  # noqa: PLC0415  each subcommand loads its own

    given = ImportAsked(asked.path, asked.name, asked.split, asked.text_column, asked.on_error)
    return run_import(settings, given)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    meaning = "compare the storage with the log: files that nothing explains, that are missing or altered"
    description = (
        f"{meaning.capitalize()}. It may run beside the service. The exit code is 0 when nothing is amiss, 1 when "
        "something was found, 2 when it could not be told."
    )
    parser = commands.add_parser("check", help=meaning, description=description)
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="the id of a dataset; all where none is given")
    parser.add_argument("--repair", action="store_true", help="remove what nothing explains; what is damaged fails")
    parser.add_argument("--fast", action="store_true", help="compare names and sizes, and no content")
    parser.add_argument("--json", action="store_true", help="report to programs, as one line of JSON")
    parser.set_defaults(run_with=_check)


def _add_doctor(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    meaning = "examine settings, servers, disk and network, and say what to do"
    description = (
        f"{meaning.capitalize()}. It changes nothing, and may run whether the service runs or not. The exit code is 0 "
        "when all works, warnings included, and 1 when something does not."
    )
    parser = commands.add_parser("doctor", help=meaning, description=description)
    parser.add_argument("--json", action="store_true", help="report to programs, as one line of JSON")
    parser.set_defaults(run_unread=_doctor)


def _doctor(asked: argparse.Namespace) -> int:
    from api.doctor import run_doctor  # noqa: PLC0415  each subcommand loads its own

    return run_doctor(os.environ, is_json=asked.json)


def _up(settings: Settings) -> int:
    from api.supervise import up  # noqa: PLC0415  each subcommand loads its own

    check_exposure(settings)
    return up(settings)


def _api(settings: Settings) -> int:
    check_exposure(settings)
    die_with_parent()
    begin_logging("api")
    from domain.adapters.schema_version import wait_for_schema  # noqa: PLC0415  each subcommand loads its own

    assert settings.database_url, "`up`, or the operator, names the database"
    wait_for_schema(settings.database_url)
    import uvicorn  # noqa: PLC0415  each subcommand loads its own

    from api.app import create_app  # noqa: PLC0415  each subcommand loads its own
    from api.server import server_config  # noqa: PLC0415  each subcommand loads its own

    server = uvicorn.Server(server_config(create_app(settings), settings))
    allow_many_connections()
    settle_memory()
    with suppress(KeyboardInterrupt):  # Ctrl-C, once it has shut down
        server.run()
    return 0 if server.started else 1


def allow_many_connections() -> None:
    """As many open files as the system grants: those who open connections and ask nothing keep nobody out."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def settle_memory() -> None:
    """Nothing that was loaded so far is looked at for garbage again: it stays, and a page makes thousands of objects,
    for which each look would cost more than their making. Threads, of which none has begun yet, share their heaps."""
    gc.collect()
    gc.freeze()
    gc.collect()  # counts how many stay: Python looks at all objects only where a quarter as many came since
    gc.set_threshold(*LOOKED_AT)
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit is not None and "MALLOC_ARENA_MAX" not in os.environ:  # not in every C library
        limit(M_ARENA_MAX, HEAPS)


def check_exposure(settings: Settings) -> None:
    """Raises SettingsError when others could call and nothing is asked of them."""
    if settings.api_token is None and settings.is_exposed:
        raise SettingsError(
            f"MISTUDIO_HOST is {settings.host!r}, which others can reach: set MISTUDIO_API_TOKEN, a secret of at least "
            "16 characters that clients must show, or leave MISTUDIO_HOST out."
        )


def _worker(_settings: Settings) -> int:
    return _become("workers")


def _dispatch(_settings: Settings) -> int:
    return _become("workers.dispatch")


def _questions(_settings: Settings) -> int:
    return _become("workers.questions")


def _become(module: str) -> int:
    """Another room is started as a command, never by import."""
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606  our own program, by list


def _migrate(asked: argparse.Namespace, settings: Settings) -> int:
    die_with_parent()
    from api.migrating import run_migrate  # noqa: PLC0415  each subcommand loads its own

    return run_migrate(settings, asked.to)


def _rebuild(settings: Settings) -> int:
    from api.rebuild import run_rebuild  # noqa: PLC0415  each subcommand loads its own

    return run_rebuild(settings, switch=True)


def _check_rebuild(settings: Settings) -> int:
    from api.rebuild import run_rebuild  # noqa: PLC0415  each subcommand loads its own

    return run_rebuild(settings, switch=False)


def _check(asked: argparse.Namespace, settings: Settings) -> int:
    from api.check import Asked, run_check  # noqa: PLC0415  each subcommand loads its own

    return run_check(settings, Asked(asked.datasets, asked.repair, asked.fast, asked.json))


def _schema(_settings: Settings) -> int:
    from api.schema import schema  # noqa: PLC0415  each subcommand loads its own

    sys.stdout.write(schema.as_str() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
