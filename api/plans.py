"""A tokenization before it runs: what the questions process estimates, and what is here of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.context import Info
from api.errors import bad_request
from api.inputs import TokenizeDatasetInput
from api.plain import given_or
from api.prepared import prepare_tokenization
from api.types import TokenizationPlan, tokenization_plan
from domain.adapters.questions import job_error
from domain.errors import WARNED, ErrorCode, Refused
from domain.handle import rehearse
from domain.tokenization_commands import TokenizeDataset


async def plan_tokenization(info: Info, asked: TokenizeDatasetInput) -> TokenizationPlan:
    """The estimate of what `tokenizeDataset` would do with the same input. What it would refuse is an error of the
    answer, too."""
    if info.context.by_get:
        raise bad_request("Ask by POST: addresses are kept in logs and histories, and a token has no place there.")
    if refusals := asked.refusals():
        return _refused(refusals[0])
    try:
        command, _ = await prepare_tokenization(info, asked)
        existing = await _existing(info, command)
    except Refused as refusal:
        return _refused(refusal)
    answer = await _ask(info, command, given_or(asked.access_token, None))
    return tokenization_plan(answer, existing or await _pinned(info, command, answer))


def _refused(refusal: Refused) -> TokenizationPlan:
    warnings = [{"code": WARNED[refusal.code], "message": refusal.message}] if refusal.code in WARNED else []
    return tokenization_plan({"error": job_error(refusal.code, refusal.message), "warnings": warnings})


async def _existing(info: Info, command: TokenizeDataset) -> str | None:
    """The tokenization that the command would be a replay of. Raises Refused."""
    earlier = await info.context.threads.run(rehearse, info.context.adapters.log, command)
    return None if earlier is None else earlier.objects["tokenization"]


async def _pinned(info: Info, command: TokenizeDataset, answer: Mapping[str, Any]) -> str | None:
    """The one that it would turn out to be: that of the same commit and resolved recipe."""
    if "recipe" not in answer:
        return None
    revision = answer["tokenizerCommit"] if _is_of_the_hub(command.tokenizer) else None
    try:
        return await _existing(info, replace(command, revision=revision, recipe=answer["recipe"]))
    except Refused:  # the dataset has changed meanwhile
        return None


async def _ask(info: Info, command: TokenizeDataset, token: str | None) -> Mapping[str, Any]:
    dataset = await info.context.datasets.load(command.dataset_id)
    if dataset is None:
        return {"error": job_error(ErrorCode.NOT_FOUND, "There is no such dataset.")}
    return await info.context.asking.ask(
        "token_plan",
        token if _is_of_the_hub(command.tokenizer) else None,
        dataset=dataset["folder"],
        text_column=dataset["text_column"],
        tokenizer=command.tokenizer,
        revision=command.revision,
        recipe=dict(command.recipe),
        free_bytes=await info.context.threads.run(info.context.adapters.free_bytes),
    )


def _is_of_the_hub(tokenizer: str) -> bool:
    return ":" not in tokenizer
