"""The room that runs take up in the storage: promised to each before it writes, and again when it goes on after all."""

from collections.abc import Mapping
from typing import Any

from domain.adapters import Adapters
from domain.adapters.reservations import Holder, Need, job_holder, planned_need
from domain.adapters.storage import room_of
from workers.runs import Run, Task


def reserve_room(adapters: Adapters, run: Run, task: Task, found: Mapping[str, Any] | None = None) -> Need | None:
    """Promise the run what it needs, as far as that is known: by what its plan `found`, None before it was planned.

    TooLittleRoom where it does not fit.
    """
    need = run.needs(task, found)
    if need is not None:
        adapters.reservations.reserve(_holder(task), need, room_of(task.settings))
    return need


def hold_room(adapters: Adapters, task: Task, planned: Mapping[str, Any]) -> None:
    """Promise a run that goes on what its plan came to, where it is promised nothing: it had failed. TooLittleRoom."""
    need = planned_need(planned)
    if need is not None:
        adapters.reservations.hold(_holder(task), need, room_of(task.settings))


def _holder(task: Task) -> Holder:
    return job_holder(task.lease.dataset_id, task.lease.job_id)
