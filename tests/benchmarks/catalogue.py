"""The catalogue: the first 20 of 10,000 datasets that a search finds, with their exact total, over HTTP."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import Select, func, select
from sqlalchemy.dialects import postgresql

from api.migrating import migrate
from domain.adapters import views
from domain.adapters.catalogue import WORDS, lines_of
from domain.adapters.catalogue_query import understood
from domain.adapters.orders import LAST_USED_FIRST
from domain.adapters.paging import Page, in_order
from domain.adapters.tables import datasets
from domain.adapters.wanted import DatasetsWanted
from domain.adapters.words import words
from tests.benchmarks.api import process
from tests.benchmarks.api_load import percentile
from tests.benchmarks.report import Figure, durability, server_milliseconds
from tests.servers import fresh_database, start_servers, temporary_home
from tests.texts import paragraphs

DATASETS = 10_000
ASKED = 150
WARM = 10
WANTED = "<= 20"
PAGE = """
query ($filter: DatasetFilter, $order: DatasetOrder) {
  datasets(first: 20, filter: $filter, orderBy: $order) {
    totalCount nodes { id name status version createdAt updatedAt sizeBytes rowCount tags textColumn }
  }
}"""
COLUMNS = (
    *("id", "version", "position", "status", "name", "source", "tags", "splits", "columns", "size_bytes"),
    *("created_at", "updated_at", "last_used_at", "notes", *WORDS),
)
SIZES = {"min": 1_000_000, "max": 8_000_000}
ORDERS = [{"field": field, "direction": way} for field in ("NAME", "SIZE", "CREATED") for way in ("ASC", "DESC")]

Random = random.Random
Asks = Callable[[Random], Mapping[str, Any]]


def vocabulary() -> list[str]:
    """Some thousand words of English, the most frequent first."""
    counts: dict[str, int] = {}
    for paragraph in paragraphs():
        for word in words(paragraph):
            if word.isalpha() and len(word) > 3:
                counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))


def fill(url: str, known: Sequence[str]) -> None:
    """Names of one frequent word and one of any, `english` as a tag of nine in ten, and notes of one in four."""
    numbers = Random(1)
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.cursor().copy(f"COPY datasets ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for number in range(DATASETS):
                copy.write_row(row(number, numbers, known))
        connection.execute("VACUUM ANALYZE datasets")


def row(number: int, numbers: Random, known: Sequence[str]) -> tuple[Any, ...]:
    repository = f"{numbers.choice(known[:200])}/{numbers.choice(known)}-wiki_{numbers.randrange(2000, 2027)}"
    tags = [*(["english"] if number % 10 else ["deutsch", "中文维基"]), numbers.choice(known[:50])]
    notes = numbers.choice(paragraphs()) if number % 4 == 0 else None
    columns = [{"name": name, "type": "string", "isText": True} for name in ("text", numbers.choice(known))]
    source = {"kind": "HUB", "repository": repository, "revision": "main", "config": None, "splits": None}
    moment = f"2026-01-01 00:00:00+00:{number % 60:02}"
    found_by = ([repository], [repository], tags, [column["name"] for column in columns], [notes or ""])
    return (
        *(UUID(int=number + 1), 6, number + 1, "READY", repository, Jsonb(source), tags, Jsonb([]), Jsonb(columns)),
        *(number * 1_000, moment, moment, moment, notes, *map(lines_of, found_by)),
    )


def kinds(known: Sequence[str]) -> dict[str, Asks]:
    """What is asked for, by what kind of search it is; each time another."""

    def searching(search: Callable[[Random], str], **more: Any) -> Asks:
        return lambda numbers: {"filter": {"search": search(numbers), **more}}

    def any_of(numbers: Random, start: int = 0) -> str:
        return numbers.choice(known[start:])

    def combined(numbers: Random) -> Mapping[str, Any]:
        wanted = {"status": ["READY"], "source": "HUB", "tags": ["english"], "sizeBytes": SIZES}
        return {"filter": {"search": f"wiki -{any_of(numbers)}", **wanted}, "order": numbers.choice(ORDERS)}

    return {
        "a rare word": searching(lambda numbers: f"{any_of(numbers, 1_000)} "),
        "a word in 90%": searching(lambda numbers: "english "),
        "a word in all": searching(lambda numbers: "wiki "),
        "a missing word": searching(lambda numbers: f"{any_of(numbers)}qqq "),
        "a half-typed word": searching(lambda numbers: any_of(numbers)[: numbers.randrange(1, 5)]),
        "a repository": searching(lambda numbers: f"{any_of(numbers)}-wiki_20"),
        "a phrase of words in all": searching(lambda numbers: '"wiki 2003"'),
        "one without another": searching(lambda numbers: f"wiki -{any_of(numbers)} "),
        "either of two": searching(lambda numbers: f"{any_of(numbers)} or {any_of(numbers)} "),
        "a part of Chinese": searching(lambda numbers: "维基"),
        "with filters, in any order": combined,
    }


def milliseconds(port: int, asks: Asks) -> list[float]:
    """How long each answer took at the server, when one is asked after another."""
    numbers, took = Random(2), []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(WARM + ASKED):
            body = {"query": PAGE, "variables": asks(numbers)}
            answer = client.post("/graphql", json=body)
            took.append(server_milliseconds(answer))
            assert "errors" not in answer.json(), answer.text
    return took[WARM:]


def plans(connection: psycopg.Connection[Any], asks: Asks) -> str:
    """What leads Postgres to the page and to the total of one of these searches."""
    search = asks(Random(2))["filter"]["search"]
    conditions = DatasetsWanted(search=understood(search)).conditions()
    page = in_order(views.DATASET_ROWS.where(*conditions), LAST_USED_FIRST, Page(20))
    total = select(func.count()).select_from(datasets).where(*conditions)
    return f"page by {_led_by(connection, page)}, total by {_led_by(connection, total)}"


def _led_by(connection: psycopg.Connection[Any], query: Select[Any]) -> str:
    made = query.compile(dialect=postgresql.psycopg.dialect(), compile_kwargs={"render_postcompile": True})
    plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {made}", made.params).fetchall())
    indexes = {"GIN": "datasets_catalogue", "the order": "datasets_last_used"}
    return next((name for name, index in indexes.items() if index in plan), "a look at all")


def measured(url: str, environment: dict[str, str]) -> Iterator[Figure]:
    known = vocabulary()
    fill(url, known)
    with process("served", environment) as port, psycopg.connect(url) as connection:
        for name, asks in kinds(known).items():
            took = milliseconds(port, asks)
            detail = f"20 of {DATASETS:,} and the total, {ASKED} in turn, median {percentile(took, 0.5):.1f}; "
            detail += f"{plans(connection, asks)}; {durability(url)}"
            yield Figure(f"catalogue: {name}, p95, ms", percentile(took, 0.95), WANTED, detail)


def run() -> Iterator[Figure]:
    with temporary_home() as home:
        servers = start_servers(home)
        try:
            url = fresh_database(servers, migrate)
            environment = {"MISTUDIO_DATABASE_URL": url, "MISTUDIO_REDIS_URL": servers.redis_url}
            yield from measured(url, environment | {"MISTUDIO_HOME": str(home / "api")})
        finally:
            servers.stop()


if __name__ == "__main__":
    for figure in run():
        print(figure, flush=True)
