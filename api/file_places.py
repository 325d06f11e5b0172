"""Where `map` of a multipart request puts its files: the nulls in `variables` that they stand for."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError

from api.errors import bad_request

MOST_PLACES = 20
VARIABLES = "variables"
LIST_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")

Place = tuple[Any, Any]
"""A list or an object of `variables`, and the index or name in it."""


def read_map(given: object, variables: Mapping[str, Any] | None) -> dict[str, list[Place]]:
    """The places of each file by the name of its part; raises BAD_REQUEST where there is no null at one of them."""
    if not isinstance(given, dict) or not all(_are_paths(paths) for paths in given.values()):
        raise bad_request('`map` is an object of lists of paths, like {"0": ["variables.input.file"]}.')
    paths = [path for each in given.values() for path in each]
    if len(paths) > MOST_PLACES:
        raise bad_request(f"A request has at most {MOST_PLACES} places for files; `map` names {len(paths)}.")
    if len(paths) > len(set(paths)):
        raise bad_request("`map` names a place twice.")
    return {name: [_place(path, variables) for path in each] for name, each in given.items()}


def put(file: object, places: Iterable[Place]) -> None:
    """Put the file there."""
    for container, key in places:
        container[key] = file


def _are_paths(paths: object) -> bool:
    return isinstance(paths, list) and bool(paths) and all(isinstance(path, str) for path in paths)


def _place(path: str, variables: Mapping[str, Any] | None) -> Place:
    first, *names = path.split(".")
    found: Any = variables
    container, key = None, None
    for name in names:
        container, key = found, _key(found, name)
        if key is None:
            raise _leads_nowhere(path)
        found = container[key]
    if first != VARIABLES or key is None or found is not None:
        raise _leads_nowhere(path)
    return container, key


def _key(container: object, name: str) -> str | int | None:
    """The name as a key of the container, None where it has none."""
    if isinstance(container, dict):
        return name if name in container else None
    if isinstance(container, list):
        return int(name) if LIST_INDEX.fullmatch(name) and int(name) < len(container) else None
    return None


def _leads_nowhere(path: str) -> GraphQLError:
    return bad_request(f"`map` names {path[:100]!r}, and there is no null at this place.")
