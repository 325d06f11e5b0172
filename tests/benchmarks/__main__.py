"""`make bench [CORPUS=file.parquet]`: every benchmark of the README, one table."""

import sys
from collections.abc import Callable, Iterable

from tests.benchmarks import (
    api,
    appends,
    browser,
    cancel,
    catalogue,
    download,
    formats,
    ingest,
    log_scale,
    memory,
    rebuild,
    search,
    service,
    tokenization,
)
from tests.benchmarks.report import Figure, machine

BENCHMARKS: tuple[Callable[[], Iterable[Figure]], ...] = (
    appends.run,
    ingest.run,
    formats.run,
    download.run,
    rebuild.run,
    log_scale.run,
    api.run,
    catalogue.run,
    browser.run,
    service.run,
    cancel.run,
    tokenization.run,
    search.run,
    memory.run,
)


def main() -> int:
    """The exit code is that of the figures: 1 where one misses what is wanted."""
    print(machine(), "", "| figure | value | wanted | | how |", "| --- | --- | --- | --- | --- |", sep="\n", flush=True)
    met = True
    for benchmark in BENCHMARKS:
        for figure in benchmark():
            print(figure, flush=True)
            met = met and figure.is_met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
