"""That a faster engine was not used for its proof failed: told once a run, whatever number of shards find it out."""

from collections.abc import Sequence

from domain.dataset import Tokenization
from domain.events import Event
from domain.tokenization_commands import FallBackTokenizationEngine
from domain.tokenization_events import TokenizationEngineFellBack


def fall_back_engine(mine: Tokenization, command: FallBackTokenizationEngine) -> Sequence[Event]:
    """The first of a run is an event."""
    if mine.has_fallen_back:
        return []
    return [
        TokenizationEngineFellBack(
            tokenization_id=mine.id,
            job_id=mine.job_id,
            piece=command.piece,
            split=command.split,
            row=command.row,
            engine=command.engine,
            reason=command.reason,
        )
    ]
