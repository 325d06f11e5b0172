"""Guards of the product, taken away while the file of CHAOS_WITHOUT names them: each one function of one module.

The modules are changed as they are loaded, before anybody has taken a name out of them.
"""

import importlib.util
import sys
import threading
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

RENAMED_AFTER_SECONDS = 1.0
FENCED = "AND fence = %(fence)s AND holder = %(holder)s"

IsAway = Callable[[str], bool]


def heed(told: Path) -> None:
    """From now on, in this process, for every module that is loaded."""

    def is_away(guard: str) -> bool:
        return told.read_text() == guard

    sys.meta_path.insert(0, Finder(is_away))


class Finder(MetaPathFinder):
    """Finds what others find, and has it changed once it is loaded."""

    def __init__(self, is_away: IsAway) -> None:
        self._is_away = is_away
        self._todo = dict(CHANGES)

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        change = self._todo.pop(name, None)
        spec = importlib.util.find_spec(name) if change else None
        if change is None or spec is None or spec.loader is None:
            return None
        spec.loader = Changing(spec.loader, change, self._is_away)
        return spec


class Changing(Loader):
    """Another loader, and a change of the module afterwards."""

    def __init__(self, loader: Loader, change: Callable[[Any, IsAway], None], is_away: IsAway) -> None:
        self._loader, self._change, self._is_away = loader, change, is_away

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module, self._is_away)


def fence_check(pieces: Any, is_away: IsAway) -> None:
    """Whoever reports on a piece is believed."""
    names = ("BEAT", "COMMIT", "LET_GO")
    checked = {name: getattr(pieces, name) for name in names}

    def heeding(method: Callable[..., Any]) -> Callable[..., Any]:
        def heeded(self: Any, *arguments: Any, **named: Any) -> Any:
            for name, query in checked.items():
                setattr(pieces, name, query.replace(FENCED, "") if is_away("fence check") else query)
            return method(self, *arguments, **named)

        return heeded

    pieces.Pieces.commit = heeding(pieces.Pieces.commit)
    pieces.Pieces.beat = heeding(pieces.Pieces.beat)


def checkpoint_after_the_send(postgres_log: Any, is_away: IsAway) -> None:
    """The dispatcher has its place moved on as soon as it has read."""
    after = postgres_log.PostgresLog.after

    def moved(self: Any, position: int, limit: int, **named: Any) -> Any:
        batch = after(self, position, limit, **named)
        if batch and "workers.dispatch" in sys.orig_argv and is_away("checkpoint after the send"):
            checkpoints = importlib.import_module("domain.adapters.checkpoints")
            checkpoints.move(self._pool, checkpoints.DISPATCHER, batch[-1].position)
        return batch

    postgres_log.PostgresLog.after = moved


def rename_before_the_completion(token_folder: Any, is_away: IsAway) -> None:
    """The output gets its name some time after its completion was told."""
    complete = token_folder.complete_tokenization

    def late(**given: Any) -> Any:
        result = yield from complete(**given)
        final = Path(given["final"])
        if is_away("rename before the completion"):
            aside = final.rename(final.with_name(f"late-{final.name}"))
            threading.Timer(RENAMED_AFTER_SECONDS, aside.rename, (final,)).start()
        return result

    token_folder.complete_tokenization = late


def hash_check_of_the_ledger(token_folder: Any, is_away: IsAway) -> None:
    """What was finished is taken as it is."""
    check = token_folder._check_files

    def believing(piece: Any) -> None:
        if not is_away("hash check of the ledger"):
            check(piece)

    token_folder._check_files = believing


def read_after_a_lost_listen(listener: Any, is_away: IsAway) -> None:
    """The feed reads when it is told to, and at no other time."""
    wait = listener.Listener.wait

    def told_only(self: Any, timeout_seconds: float) -> list[tuple[str, str]]:
        heard: list[tuple[str, str]] = wait(self, timeout_seconds)
        is_told = bool(heard) and listener.LOST not in heard
        if is_told or "api.cli" not in sys.orig_argv or not is_away("read after a lost LISTEN"):
            return heard
        return [("progress", "")]

    listener.Listener.wait = told_only


def of_tokens(token_folder: Any, is_away: IsAway) -> None:
    """Both that are of one module."""
    hash_check_of_the_ledger(token_folder, is_away)
    rename_before_the_completion(token_folder, is_away)


CHANGES: dict[str, Callable[[Any, IsAway], None]] = {
    "domain.adapters.pieces": fence_check,
    "domain.adapters.postgres_log": checkpoint_after_the_send,
    "domain.adapters.listener": read_after_a_lost_listen,
    "workers.token_folder": of_tokens,
}
