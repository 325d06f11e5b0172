"""What a tokenization would come to, before anything runs: the answer to the question `token_plan`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.adapters.questions import error_of
from domain.adapters.settings import read_settings
from domain.errors import ErrorCode, WorldFailure
from workers.estimating import estimate
from workers.plan_warnings import room_warnings, warnings_of_failure
from workers.recipes import Tokenizer, chosen_splits, resolve_recipe
from workers.remembered_tokenizers import Remembered, remembered_tokenizer
from workers.row_texts import Documents, documents_of, rows_of
from workers.samples import cannot_be_tokenized
from workers.shards import split_names
from workers.special_ids import vocabulary_of
from workers.steps import Step, Work
from workers.token_samples import Sample
from workers.tokenizing import check_room, making_of, no_rows

NOTHING: Mapping[str, Any] = {"sampledRows": 0, "warnings": []}


def token_plan(  # noqa: PLR0913  plain arguments of one question
    *,
    dataset: str,
    text_column: str | None,
    tokenizer: str,
    revision: str | None,
    recipe: Mapping[str, Any],
    work: str,
    free_bytes: int,
    token: str | None = None,
) -> Work:
    """Estimates from a sample of the dataset in the folder `dataset`, relative to the storage, what a run would make.

    The Hub is asked for the tokenizer with the asker's token or none. `work` is a scratch folder, `free_bytes` what the
    storage has for new jobs.
    Returns the contract's TokenizationPlan without `existing`, and {"tokenizerCommit", "recipe" (resolved)} where the
    recipe can be used; where a run would fail there is the `error` that it would fail with.
    """
    yield Step(0, None, "PIECES")
    settings = read_settings(os.environ)
    try:
        found = remembered_tokenizer(tokenizer, revision, str(settings.tokenizers), Path(work), token)
        planned = _planned(settings.storage / dataset, text_column, recipe, found)
        return _estimated(planned, settings.workers, free_bytes)
    except WorldFailure as failure:
        return {**NOTHING, "warnings": list(warnings_of_failure(failure)), "error": error_of(failure)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A recipe resolved for the dataset in a folder; `failure` is what a run would fail with all the same."""

    folder: Path
    tokenizer: Remembered
    documents: Documents
    recipe: Mapping[str, Any]
    failure: WorldFailure | None


def _planned(folder: Path, text_column: str | None, asked: Mapping[str, Any], found: Remembered) -> Planned:
    """What the run itself finds out first. Raises WorldFailure."""
    splits = chosen_splits(asked.get("splits"), split_names(folder))
    documents = documents_of(asked, text_column, found.loaded)
    rows = sum(rows_of(folder, split, documents).num_rows for split in splits)
    if not rows:
        raise no_rows(splits)
    known = Tokenizer(found.loaded, found.model_vocabulary)
    failure = None
    try:
        recipe = resolve_recipe(asked, tokenizer=known, documents=documents, splits=splits)
        check_room(folder, found.loaded, recipe, rows)
    except WorldFailure as wrong:
        if wrong.code is ErrorCode.PAD_TOKEN_MISSING:  # all other figures are the same with any token
            asked = {**asked, "padToken": min(vocabulary_of(found.loaded), key=vocabulary_of(found.loaded).__getitem__)}
            recipe = resolve_recipe(asked, tokenizer=known, documents=documents, splits=splits)
        elif wrong.code is not ErrorCode.INSUFFICIENT_STORAGE:
            raise
        failure = wrong
    return Planned(folder, found, documents, recipe, failure)


def _estimated(planned: Planned, workers: int, free_bytes: int) -> dict[str, Any]:
    found = planned.tokenizer
    making = making_of(found.loaded, planned.recipe, planned.documents)
    plan, sample = estimate(planned.folder, making, tokenizer_bytes=found.size_bytes, workers=workers)
    plan["warnings"] += room_warnings(plan["sizeBytes"], free_bytes)
    failure = planned.failure or _failure_in(sample, planned.recipe)
    if failure is None:
        return {**plan, "error": None, "tokenizerCommit": found.commit, "recipe": dict(planned.recipe)}
    return {**plan, "warnings": [*plan["warnings"], *warnings_of_failure(failure)], "error": error_of(failure)}


def _failure_in(sample: Sample, recipe: Mapping[str, Any]) -> WorldFailure | None:
    """Where no sample is skipped, the first one that cannot be tokenized ends the run."""
    if not sample.skipped or recipe["onError"] == "SKIP":
        return None
    split, told = sample.skipped[0]
    return cannot_be_tokenized(split, told["row"], ErrorCode(told["code"]), told["reason"])
