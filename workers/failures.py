"""What an attempt that failed reports: a command, or what the domain refused, as clients know it."""

import logging
import random
from uuid import uuid4

from domain.adapters.public_ids import public_id
from domain.commands import FailAttempt
from domain.errors import ErrorCode, Refused
from workers.child import ChildBug
from workers.holding import Holding

log = logging.getLogger("mistudio.worker")


def message_of(refused: Refused) -> str:
    """What stands in the way is named as clients know it."""
    same = refused.details.get("tokenization")
    known = f" Use that one: it is tokenization {public_id('Tokenization', str(same))}." if same else ""
    return refused.message + known


def failed(
    holding: Holding,
    code: ErrorCode,
    message: str,
    *,
    retryable: bool = False,
    lost: bool = False,
    error_id: str | None = None,
) -> FailAttempt:
    lease = holding.lease
    return FailAttempt(
        dataset_id=lease.dataset_id,
        job_id=lease.job_id,
        piece=lease.piece,
        fence=lease.fence,
        code=code,
        message=message,
        retryable=retryable,
        lost=lost,
        progressed=holding.progressed,
        jitter=random.random(),  # noqa: S311  spreads retries, keeps no secret
        error_id=error_id,
    )


def internal(holding: Holding, bug: Exception) -> FailAttempt:
    error_id = uuid4().hex
    trace = str(bug) if isinstance(bug, ChildBug) else None
    log.error("error %s in %s: %s", error_id, holding.lease, trace or "", exc_info=None if trace else bug)
    message = f"Something went wrong inside. The log has the details under error {error_id}."
    return failed(holding, ErrorCode.INTERNAL, message, error_id=error_id)
