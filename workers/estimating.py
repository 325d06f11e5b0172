"""What a tokenization would come to, from a sample of its rows: before it is asked for, and when it begins."""

from pathlib import Path
from typing import Any

from workers.estimates import told
from workers.plan_warnings import warnings_of
from workers.token_samples import Making, Sample, take_sample


def estimate(folder: Path, making: Making, *, tokenizer_bytes: int, workers: int) -> tuple[dict[str, Any], Sample]:
    """The contract's TokenizationPlan for the dataset in `folder`, and the sample that it is told from.

    `tokenizer_bytes` are those of the pinned tokenizer's files. A text that cannot be tokenized is a warning.
    """
    sample = take_sample(folder, making)
    figures, plan = told(making, sample, tokenizer_bytes=tokenizer_bytes, workers=workers)
    return {**plan, "warnings": list(warnings_of(making, sample, figures))}, sample
