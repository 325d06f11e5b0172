"""One line of a benchmark: what was measured, against what it should be, with what settings."""

import os
import platform
from dataclasses import dataclass

import httpx
import psycopg


@dataclass(frozen=True)
class Figure:
    """A measured figure; `wanted` like ">= 0.55" or "<= 1.5", empty where nothing is promised."""

    name: str
    value: float
    wanted: str
    detail: str

    @property
    def is_met(self) -> bool:
        if not self.wanted:
            return True
        sign, bound = self.wanted.split()
        return self.value >= float(bound) if sign == ">=" else self.value <= float(bound)

    def __str__(self) -> str:
        mark = "MISSED" if not self.is_met else "met" if self.wanted else ""
        return f"| {self.name} | {self.value:.2f} | {self.wanted} | {mark} | {self.detail} |"


def durability(url: str) -> str:
    """The settings on which what Postgres acknowledged depends, as it runs."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    with psycopg.connect(url) as connection:
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    return ", ".join(f"{name}={row[0]}" for name, row in zip(names, shown, strict=True) if row)


def server_milliseconds(answer: httpx.Response) -> float:
    """What the server took from the first byte of a GraphQL request to its answer in JSON."""
    return float(answer.headers["Server-Timing"].removeprefix("total;dur="))


def machine() -> str:
    """What the figures were measured on, and the text that they were measured with."""
    corpus = os.environ.get("CORPUS") or "generated text (pydoc_data.topics)"
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}; corpus: {corpus}"
