"""Tokens that come with a mutation: kept before it is carried out, so that what follows knows them by handle only."""

from collections.abc import Callable
from dataclasses import replace

from api.checks import given, has_revisions
from domain.adapters import Adapters
from domain.adapters.secrets import Secrets
from domain.commands import Command, DownloadDataset, RetryJob
from domain.dataset import stream_of
from domain.errors import ClaimTaken, Conflict, Refused
from domain.evolve import fold
from domain.handle import Handled
from domain.tokenization_commands import TokenizeDataset


def with_secret(secrets: Secrets, asked: object, command: Command, act: Callable[[Command], Handled]) -> Handled:
    """Act on the command with the handle of the token that was given; where nothing came of it, it is forgotten."""
    token = getattr(asked, "access_token", None)
    if not given(token) or not isinstance(command, DownloadDataset | TokenizeDataset | RetryJob) or _is_idle(command):
        return act(command)
    handle = secrets.keep(str(token))
    try:
        handled = act(replace(command, secret=handle))
    except (Refused, ClaimTaken, Conflict):
        secrets.forget(handle)
        raise
    if not handled.events:
        secrets.forget(handle)
    return handled


def _is_idle(command: Command) -> bool:
    """What is on this machine is read without a token."""
    return isinstance(command, TokenizeDataset) and not has_revisions(command.tokenizer)


def gone_secret(adapters: Adapters, dataset_id: str, job_id: str) -> str | None:
    """The handle of a job's token that cannot be opened any more; None where there is none, or it can."""
    history = adapters.log.read(stream_of(dataset_id))
    state = fold(dataset_id, (recorded.event for recorded in history))
    job = state.jobs.get(job_id) if state else None
    if job is None or job.secret is None or adapters.secrets.open(job.secret) is not None:
        return None
    return job.secret
