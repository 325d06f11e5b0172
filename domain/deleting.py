"""A tokenization that is no longer wanted: gone at once, its files a moment later. Pure: no clock, no I/O."""

from collections.abc import Sequence

from domain.dataset import Dataset
from domain.errors import ErrorCode, Refused
from domain.events import Event
from domain.tokenization_commands import DeleteTokenization
from domain.tokenization_events import TokenizationDeleted
from domain.trash import purge_job_id


def delete_tokenization(state: Dataset, command: DeleteTokenization) -> Sequence[Event]:
    """With its exports. IN_USE while the job that makes it, or one that exports it, is open."""
    mine = state.tokenizations.get(command.tokenization_id)
    if mine is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such tokenization.", "tokenizationId")
    exports = [job_id for job_id, export in state.exports.items() if export.tokenization_id == mine.id]
    jobs = (mine.job_id, *exports)
    using = [state.jobs[job_id] for job_id in jobs if state.jobs[job_id].is_open]
    if using:
        kinds = ", ".join(job.kind for job in using)
        message = f"Jobs of this tokenization are not over ({kinds}): cancel them or wait, then delete it."
        raise Refused(ErrorCode.IN_USE, message, "tokenizationId", jobs=tuple(job.id for job in using))
    return [
        TokenizationDeleted(
            tokenization_id=mine.id,
            job_id=purge_job_id(mine.id),
            tokenizer=mine.tokenizer,
            jobs=jobs,
            tokenizations_left=len(state.tokenizations) - 1,
        )
    ]
