"""A client that keeps a list of datasets by `datasetsChanged`, as the descriptions of the schema tell it to."""

from collections.abc import Callable
from typing import Any

from tests.api.client import Client, Subscription

WATCH = """
subscription ($filter: DatasetFilter, $after: Position) {
  datasetsChanged(filter: $filter, after: $after) {
    kind datasets { id version status name progress { done } } removedIds position
  }
}"""
LIST = """
query ($filter: DatasetFilter, $after: String) {
  datasets(filter: $filter, first: 100, after: $after) {
    nodes { id version status } pageInfo { hasNextPage endCursor }
  }
}"""

Row = dict[str, Any]


class WatchedList:
    """`rows` by id, and the position to go on from. `told` is every (id, version) since the list was whole."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.position: str | None = None
        self.told: list[tuple[str, int]] = []
        self._anew: dict[str, Row] = {}

    def take(self, change: Row) -> None:
        if change["kind"] in ("SNAPSHOT", "SNAPSHOT_END"):
            put(self._anew, change)
            if change["kind"] == "SNAPSHOT_END":
                self.rows, self._anew, self.told = self._anew, {}, []
        else:
            put(self.rows, change)
            self.told += [(row["id"], row["version"]) for row in change["datasets"]]
        self.position = change["position"] or self.position

    def take_until(self, changes: Subscription, enough: Callable[[], object]) -> "WatchedList":
        while not enough():
            self.take(changes.next())
        return self

    def lose(self) -> None:
        """The connection broke: of a list that was not whole nothing counts."""
        self._anew = {}

    def states(self) -> dict[str, tuple[int, str]]:
        return {row["id"]: (row["version"], row["status"]) for row in self.rows.values()}


def put(rows: dict[str, Row], change: Row) -> None:
    rows |= {row["id"]: row for row in change["datasets"]}
    for key in change["removedIds"]:
        rows.pop(key, None)


def whole(changes: Subscription) -> WatchedList:
    """The list as it is told at first."""
    seen = WatchedList()
    return seen.take_until(changes, lambda: seen.position)


def listed(api: Client, filter_: object = None) -> dict[str, tuple[int, str]]:
    """The same by the query."""
    found: dict[str, tuple[int, str]] = {}
    after = None
    while True:
        page = api.ask(LIST, filter=filter_, after=after)
        found |= {node["id"]: (node["version"], node["status"]) for node in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
