"""What the questions process tells of the tokens of samples: those of a page are one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry import ID, UNSET

from api.connections import MOST_TOKENS
from api.context import Context
from api.errors import Code, bad_input, refusal
from api.ids import SampleKey, key_of
from api.values import from_json
from domain.adapters.views import Row
from domain.errors import ErrorCode

TokenizationId = Annotated[ID, strawberry.argument(description="The tokenization, a ready one of its dataset.")]
AtToken = Annotated[int | None, strawberry.argument(description="Begin at this token of the sample, from 0 on.")]
FirstTokens = Annotated[
    int | None, strawberry.argument(description=f"How many at most ({MOST_TOKENS} or fewer; so many when left out).")
]


@strawberry.type(description="A token of a sample.")
class SampleToken:
    id: int = strawberry.field(description="Its id in the vocabulary.")
    text: str = strawberry.field(description="What it says; a part of a character as the vocabulary spells it.")
    start: int | None = strawberry.field(
        description="The first character of the whole text that it stands for, in Unicode code points. Several tokens "
        "may share one. Null for special tokens that were added, and where the recipe reads another text than `text`."
    )
    end: int | None = strawberry.field(description="The character behind the last one that it stands for.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tokens of a sample: at most `first`, from `at` on."""

    tokenization_id: str
    sample: SampleKey
    at: int
    first: int


@dataclass(frozen=True, slots=True)
class Told:
    """The tokens, and whether there are more behind them."""

    tokens: list[SampleToken]
    truncated: bool


def wanted_tokens(sample: SampleKey, tokenization_id: str, at: int | None, first: int | None) -> Wanted | None:
    """What was asked for; None where the id is none of a tokenization. Raises BAD_USER_INPUT."""
    at = 0 if at is UNSET or at is None else at
    first = MOST_TOKENS if first is UNSET or first is None else first
    if at < 0:
        raise bad_input(f"`at` is a number from 0 on; it was {at}.")
    if not 0 <= first <= MOST_TOKENS:
        raise bad_input(f"`first` is a number from 0 to {MOST_TOKENS}; it was {first}.")
    key = key_of("Tokenization", tokenization_id)
    return None if key is None else Wanted(key, sample, at, first)


async def tell_tokens(context: Context, wanted: list[Wanted]) -> list[Told | BaseException | None]:
    """Of each what it was asked for: None where its tokenization has no such sample, an error where none is known."""
    found: dict[Wanted, Told | GraphQLError] = {}
    for tokenization_id in {each.tokenization_id for each in wanted}:
        row = await context.tokenizations.load(tokenization_id)
        mine = [each for each in dict.fromkeys(wanted) if row is not None and _has(row, each)]
        if row is not None and mine:
            found |= await _ask(context, row, mine)
    return [found.get(each) for each in wanted]


def _has(row: Row, wanted: Wanted) -> bool:
    splits = row["recipe"].get("splits")
    is_of_it = (row["id"], row["dataset_id"]) == (wanted.tokenization_id, wanted.sample.dataset_id)
    return is_of_it and row["folder"] is not None and (splits is None or wanted.sample.split in splits)


async def _ask(context: Context, row: Row, wanted: Sequence[Wanted]) -> Mapping[Wanted, Told | GraphQLError]:
    dataset = await context.datasets.load(row["dataset_id"])
    if dataset is None:
        return {}
    answer = await context.asking.ask(
        "sample_tokens",
        dataset=dataset["folder"],
        tokenization=row["folder"],
        tokenizer=row["tokenizer"],
        recipe=row["recipe"],
        text_column=dataset["text_column"],
        samples=[_sample(each) for each in wanted],
    )
    if answer.get("error"):
        return dict.fromkeys(wanted, _error(answer["error"]))
    return {each: _told(told) for each, told in zip(wanted, answer["samples"], strict=True)}


def _sample(wanted: Wanted) -> dict[str, Any]:
    place = asdict(wanted.sample)
    return {"split": place["split"], "index": place["index"], "at": wanted.at, "first": wanted.first}


def _told(told: Mapping[str, Any]) -> Told:
    return Told([from_json(SampleToken, token) for token in told["tokens"]], told["truncated"])


def _error(error: Mapping[str, Any]) -> GraphQLError:
    """The JobError of an answer, as the error of a field."""
    if error["code"] == ErrorCode.INTERNAL:
        masked = refusal(Code.INTERNAL, "Internal error")
        masked.extensions = {**(masked.extensions or {}), "errorId": error["errorId"]}
        return masked
    return refusal(Code.TRY_AGAIN if error["retryable"] else Code.BAD_USER_INPUT, error["message"])
