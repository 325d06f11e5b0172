"""That a faster engine was not used for its proof failed: told once a run, whatever number of shards find it out."""

from collections.abc import Sequence

from domain.commands import FallBackTokenizationEngine
from domain.dataset import Dataset
from domain.events import Event, TokenizationEngineFellBack
from domain.jobs import Job


def fall_back_engine(state: Dataset, job: Job, command: FallBackTokenizationEngine) -> Sequence[Event]:
    """The first of a run is an event."""
    assert job.tokenization_id is not None
    if state.tokenizations[job.tokenization_id].has_fallen_back:
        return []
    return [
        TokenizationEngineFellBack(
            tokenization_id=job.tokenization_id,
            job_id=job.id,
            piece=command.piece,
            split=command.split,
            row=command.row,
            engine=command.engine,
            reason=command.reason,
        )
    ]
