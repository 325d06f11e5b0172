"""What to think over before a tokenization runs: the contract's PlanWarning."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.errors import WARNED, PlanWarningCode, WorldFailure
from workers.estimates import Figures
from workers.recipes import NO_LENGTH_FROM
from workers.token_samples import Making, Sample

LOST_SHARE = 0.2
PADDING_SHARE = 0.5
DOUBLED_SHARE = 0.1

Warning_ = Mapping[str, str]


def warning(code: PlanWarningCode, message: str) -> Warning_:
    """A PlanWarning of the contract."""
    return {"code": code.value, "message": message}


def warnings_of(making: Making, sample: Sample, figures: Figures) -> Iterator[Warning_]:
    """What the sampled rows tell."""
    yield from _losses(making, figures)
    yield from _doubled(making, sample)
    yield from _skipped(sample)
    yield from _too_long(making)
    if figures.padding_share > PADDING_SHARE:
        message = f"{figures.padding_share:.0%} of all cells are padding: give a smaller maxLength, or mode PACK."
        yield warning(PlanWarningCode.MOSTLY_PADDING, message)


def room_warnings(size: int, free: int) -> Iterator[Warning_]:
    """Whether so many bytes are free."""
    if size > free:
        message = f"It takes about {size:,} bytes, and {free:,} are free: make room, or give a smaller maxLength."
        yield warning(PlanWarningCode.INSUFFICIENT_STORAGE, message)


def warnings_of_failure(failure: WorldFailure) -> Iterator[Warning_]:
    """What a run would fail for, where it is one of the things to think over."""
    if failure.code in WARNED:
        yield warning(WARNED[failure.code], failure.message)


def _losses(making: Making, figures: Figures) -> Iterator[Warning_]:
    if figures.lost_share <= LOST_SHARE:
        return
    mode = making.recipe["mode"]
    ways = {
        "TRUNCATE": "give a larger maxLength, or mode WINDOW or PACK",
        "WINDOW": "give a smaller minTokens",
        "PACK": "give tail: KEEP, or a smaller minTokens",
    }
    message = f"{figures.lost_share:.0%} of the texts' tokens are lost, {figures.cut_share:.0%} by mode {mode}: "
    yield warning(PlanWarningCode.TOKENS_LOST, f"{message}{ways[mode]}.")


def _doubled(making: Making, sample: Sample) -> Iterator[Warning_]:
    doubled = sum(split.doubled for split in sample.splits)
    if not doubled or doubled < DOUBLED_SHARE * sample.tried:
        return
    token = making.tokenizer.convert_ids_to_tokens(making.set_before)
    message = f"{doubled / sample.tried:.0%} of the texts begin with {token} themselves, and it is set before them: "
    way = "give addSpecialTokens: false, or leave beginToken out."
    yield warning(PlanWarningCode.DOUBLE_BEGIN_TOKEN, message + way)


def _skipped(sample: Sample) -> Iterator[Warning_]:
    if not sample.skipped:
        return
    split, first = sample.skipped[0]
    count = f"{len(sample.skipped):,} of {sample.tried:,} sampled rows cannot be tokenized"
    where = f"such as row {first['row']} of split {split}"
    yield warning(PlanWarningCode.SAMPLES_NOT_TOKENIZED, f"{count}, {where}: {first['reason']}.")


def _too_long(making: Making) -> Iterator[Warning_]:
    known: Any = making.tokenizer.model_max_length
    if known < NO_LENGTH_FROM and making.recipe["maxLength"] > known:
        message = f"maxLength {making.recipe['maxLength']:,} is more than the {known:,} tokens that the model reads."
        yield warning(PlanWarningCode.LONGER_THAN_MODEL, message)
