"""What a tokenization is estimated to come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry

from api.scalars import BigInt
from api.values import JobError, error_from, from_json
from domain.errors import PlanWarningCode


@strawberry.type(description="Something to think over before a tokenization runs.")
class PlanWarning:
    code: PlanWarningCode = strawberry.field(description="The kind of warning, for a program.")
    message: str = strawberry.field(description="What it is and what to do, for a person.")


@strawberry.type
class Planned:
    sequence_count: BigInt | None = strawberry.field(description="How many sequences come of it.")
    token_count: BigInt | None = strawberry.field(
        description="How many tokens they have, with special tokens, without padding; what windows repeat counts once."
    )
    size_bytes: BigInt | None = strawberry.field(description="How large the finished folder is.")
    seconds: float | None = strawberry.field(
        description="How long a run takes, with all workers at it and none at anything else."
    )
    truncated_share: float | None = strawberry.field(
        description="Of the tokens of all texts, the share that is cut off, or dropped with the tail of a split."
    )
    padding_share: float | None = strawberry.field(description="Of all cells, the share that is padding.")
    sampled_rows: int = strawberry.field(
        description="How many rows were tried. When it is all of them, counts and shares are exact."
    )
    warnings: list[PlanWarning] = strawberry.field(description="What to think over.")
    error: JobError | None = strawberry.field(
        description="What a run would fail with, or why nothing is known; what is known is told all the same."
    )


def planned_fields(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan's JSON, of which all may be left out."""
    return {
        "sequence_count": plan.get("sequenceCount"),
        "token_count": plan.get("tokenCount"),
        "size_bytes": plan.get("sizeBytes"),
        "seconds": plan.get("seconds"),
        "truncated_share": plan.get("truncatedShare"),
        "padding_share": plan.get("paddingShare"),
        "sampled_rows": plan.get("sampledRows", 0),
        "warnings": [_warning(warning) for warning in plan.get("warnings", ())],
        "error": error_from(plan.get("error")),
    }


def _warning(warning: Mapping[str, Any]) -> PlanWarning:
    return from_json(PlanWarning, warning, code=PlanWarningCode(warning["code"]))
