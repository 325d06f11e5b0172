"""The newest progress of every dataset whose jobs run, for those who watch a list of them."""

from collections.abc import Iterator, Mapping, Sequence

from domain.adapters.views import RunProgress

Runs = Sequence[RunProgress]


class Running:
    """What was told last is a number: whoever names it is given the newest of what has changed since, each once."""

    def __init__(self) -> None:
        self.number = 0
        self._newest: dict[str, tuple[int, Runs]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._newest)

    def take(self, found: Mapping[str, Runs]) -> bool:
        """Hold what was found, by dataset; without runs, nothing of it runs any more. Whether any figure changed."""
        before = self.number
        for dataset_id, runs in found.items():
            _, held = self._newest.get(dataset_id, (0, ()))
            if figures(runs) == figures(held):
                continue
            self.number += 1
            self._newest[dataset_id] = self.number, runs
            if not runs:
                del self._newest[dataset_id]
        return self.number > before

    def after(self, number: int) -> dict[str, Runs]:
        """The newest progress of what has changed since, by dataset."""
        return {name: runs for name, (changed, runs) in self._newest.items() if changed > number}


def figures(runs: Runs) -> set[tuple[object, ...]]:
    """What there is to see of them: an update that changed no figure is none."""
    return {(run.job_id, run.unit, run.done, run.total, run.rate) for run in runs}
