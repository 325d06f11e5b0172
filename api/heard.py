"""What this process does for itself when it hears of events, before it tells subscribers of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from api.tally import Tally
from domain.adapters.folders import home_of
from domain.adapters.kept_open import KeptOpen
from domain.damage_events import DamageFound
from domain.dataset import dataset_id_of
from domain.index_events import IndexCompleted
from domain.log import Recorded
from domain.tokenization_events import TokenizationDeleted
from domain.trash_events import DatasetPurged, DatasetPurgeRequested

# After these the disk keeps files for those alone who have them open. A network mount then keeps their folder, too, so
# a purge is heard of before it removes any, and once more at its end, for answers that had begun by then.
REMOVING = (DatasetPurgeRequested, DatasetPurged, IndexCompleted, TokenizationDeleted, DamageFound)


def removed_by(events: Sequence[Recorded]) -> Iterator[str]:
    """The datasets of which files go: all of them, what was found damaged, or an index that has a successor."""
    return (dataset_id_of(recorded.stream) for recorded in events if isinstance(recorded.event, REMOVING))


def on_heard(tally: Tally, kept: KeptOpen, storage: Path) -> Callable[[Sequence[Recorded]], None]:
    """Counts what happens, and lets go of files that go."""

    def heard(events: Sequence[Recorded]) -> None:
        tally.hear(events)
        for gone in removed_by(events):
            kept.forget(home_of(storage, gone))

    return heard
