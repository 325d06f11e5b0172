"""How far jobs have come, for whatever shows it while they run."""

from collections.abc import Sequence

from api.context import Info
from api.values import Progress, progress_of
from domain.adapters.views import RUNNING, RunProgress

Runs = Sequence[RunProgress]


async def progress_in(info: Info, status: str, runs: Runs | None, job_id: str) -> Progress | None:
    """The progress of a job while what it makes is in a `status` of work; `runs`: where it is known already."""
    if status not in RUNNING:
        return None
    if runs is None:
        return progress_of(await info.context.progress_of_jobs.load(job_id))
    return progress_of(next((run for run in runs if run.job_id == job_id), None))
