"""Which keys a dataset holds that no other one may hold at the same time. Pure: no clock, no I/O."""

from domain import events as past
from domain.dataset import Dataset, DatasetStatus, digest

# At these a dataset is in nobody's way.
WITHOUT_CLAIMS = frozenset(
    {DatasetStatus.FAILED, DatasetStatus.CANCELLED, DatasetStatus.TRASHED, DatasetStatus.PURGING}
)


def claims(state: Dataset | None) -> frozenset[str]:
    """The keys that no other dataset may hold now: what was asked, and what it was pinned to.

    A part and the whole are different datasets. Where no part was asked for, the keys are those of older events.
    The same file may be uploaded as often as anybody likes.
    """
    if state is None or state.allow_duplicate or state.status in WITHOUT_CLAIMS:
        return frozenset()
    part = {key: state.source[key] for key in past.PART if state.source.get(key) is not None}
    asked = {key: state.source[key] for key in ("repository", "revision", "config", "splits")} | part
    keys = {"asked:" + digest(asked)}
    if state.pin is not None:
        pin = state.pin
        repository = pin.repository or state.source["repository"]
        pinned = [repository, pin.commit, pin.config, sorted(pin.splits), *([part] if part else [])]
        keys.add("pinned:" + digest(pinned))
    return frozenset(keys)
