"""Figures of datasets and tokenizations, made from the JSON that their completion brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from api.connections import asked
from api.fields import resolved
from api.scalars import BigInt
from api.values import from_json

Top = Annotated[
    int | None, strawberry.argument(description="How many at most, from the front (100 or fewer; 20 when left out).")
]
JsonList = Sequence[Mapping[str, Any]]


@strawberry.type(description="How many lengths lie from `from` on, below `to`.")
class HistogramBin:
    from_: int = strawberry.field(name="from", description="The least length that counts here.")
    to: int = strawberry.field(description="The least length that no longer counts here.")
    count: BigInt = strawberry.field(description="How many lengths there are.")


def histogram_of(bins: JsonList) -> list[HistogramBin]:
    """The bins of their JSON."""
    return [HistogramBin(from_=bin_["from"], to=bin_["to"], count=bin_["count"]) for bin_ in bins]


@strawberry.type
class TextStatistics:
    row_count: BigInt = strawberry.field(description="How many rows there are.")
    word_count: BigInt = strawberry.field(description="How many words all texts have together.")
    character_count: BigInt = strawberry.field(description="How many Unicode code points all texts have together.")
    mean_words: float = strawberry.field(description="Words of a text, on average.")
    median_words: float = strawberry.field(description="Words of the text in the middle.")
    min_words: int = strawberry.field(description="Words of the shortest text.")
    max_words: int = strawberry.field(description="Words of the longest text.")
    vocabulary_size: BigInt = strawberry.field(description="How many different words there are.")
    vocabulary_is_exact: bool = strawberry.field(description="Whether that is counted rather than estimated.")
    histogram: list[HistogramBin] = strawberry.field(description="How long texts are, in words: 20 bins of one width.")


@strawberry.type(description="Figures of the text of one split.")
class SplitStatistics(TextStatistics):
    name: str = strawberry.field(description="The name of the split.")


@strawberry.type(description="Figures of a dataset's text. A word is a maximal run of letters and digits, casefolded.")
class DatasetStatistics(TextStatistics):
    by_split: list[SplitStatistics] = strawberry.field(description="The same of each split.")


def dataset_statistics_of(values: Mapping[str, Any]) -> DatasetStatistics:
    """The statistics that an ingest brought."""
    splits = [
        from_json(SplitStatistics, split, histogram=histogram_of(split["histogram"])) for split in values["bySplit"]
    ]
    return from_json(DatasetStatistics, values, histogram=histogram_of(values["histogram"]), by_split=splits)


@strawberry.type(description="Figures of the tokens of one split.")
class SplitTokenStatistics:
    name: str = strawberry.field(description="The name of the split.")
    sequence_count: BigInt = strawberry.field(description="How many sequences it has.")
    token_count: BigInt = strawberry.field(description="How many tokens they have together, without padding.")
    mean_length: float = strawberry.field(description="Tokens of a sequence, on average.")
    median_length: float = strawberry.field(description="Tokens of the sequence in the middle.")
    min_length: int = strawberry.field(description="Tokens of the shortest sequence.")
    max_length: int = strawberry.field(description="Tokens of the longest sequence.")
    vocabulary_used: int | None = strawberry.field(
        description="How many different tokens were written; null in older tokenizations."
    )
    histogram: list[HistogramBin] = strawberry.field(
        description="How long its sequences are: 20 bins of one width; none in older tokenizations."
    )


@strawberry.type(description="How often a special token was written.")
class SpecialTokenCount:
    id: int = strawberry.field(description="Its id in the vocabulary.")
    token: str = strawberry.field(description="The token as text.")
    count: BigInt = strawberry.field(description="How often it was written.")


@strawberry.type(description="How often a token was written.")
class TokenFrequency:
    id: int = strawberry.field(description="Its id in the vocabulary.")
    token: str = strawberry.field(description="The token as text.")
    count: BigInt = strawberry.field(description="How often it was written.")


@strawberry.type(
    description="Figures of a tokenization, each counted where it happens. They satisfy `source = kept + truncated + "
    "filtered + tail`, `output cells = real + special + overlap + padding`, `kept = real` and `tokenCount = real + "
    "special`."
)
class TokenStatistics:
    sequence_count: BigInt = strawberry.field(description="How many sequences there are.")
    token_count: BigInt = strawberry.field(description="How many tokens they have together, without padding.")
    mean_length: float = strawberry.field(description="Tokens of a sequence, on average.")
    median_length: float = strawberry.field(description="Tokens of the sequence in the middle.")
    min_length: int = strawberry.field(description="Tokens of the shortest sequence.")
    max_length: int = strawberry.field(description="Tokens of the longest sequence.")
    vocabulary_size: int = strawberry.field(description="How many tokens the tokenizer knows.")
    vocabulary_used: int = strawberry.field(description="How many of them were written.")
    histogram: list[HistogramBin] = strawberry.field(description="How long sequences are: 20 bins of one width.")
    by_split: list[SplitTokenStatistics] = strawberry.field(description="The same of each split.")
    special_tokens: list[SpecialTokenCount] = strawberry.field(description="How often each special token was written.")
    top: strawberry.Private[JsonList]
    source_tokens: BigInt = strawberry.field(description="Tokens of all texts.")
    kept_tokens: BigInt = strawberry.field(description="Tokens of texts that were written.")
    truncated_tokens: BigInt = strawberry.field(description="Tokens cut off at the longest length.")
    filtered_tokens: BigInt = strawberry.field(description="Tokens of texts that were left out for being short.")
    tail_tokens: BigInt = strawberry.field(description="Tokens at the end of a split that filled no sequence.")
    output_cells: BigInt = strawberry.field(description="Cells of all sequences, by what the written files say.")
    real_cells: BigInt = strawberry.field(description="Cells that hold a token of a text.")
    special_cells: BigInt = strawberry.field(description="Cells that hold a special token that was added.")
    overlap_cells: BigInt = strawberry.field(description="Cells that repeat tokens of the sequence before.")
    padding_cells: BigInt = strawberry.field(description="Cells that hold padding.")
    skipped_samples: BigInt = strawberry.field(description="Samples that could not be tokenized.")

    @resolved("The tokens written most often, up to 100 of them.")
    def top_tokens(self, first: Top = UNSET) -> list[TokenFrequency]:
        return [from_json(TokenFrequency, token) for token in self.top[: asked(first, None, None, None).limit]]


def token_statistics_of(values: Mapping[str, Any]) -> TokenStatistics:
    """The statistics that a tokenization brought."""
    return from_json(
        TokenStatistics,
        values,
        histogram=histogram_of(values["histogram"]),
        by_split=[_tokens_of_split(split) for split in values["bySplit"]],
        special_tokens=[from_json(SpecialTokenCount, token) for token in values["specialTokens"]],
        top=values["topTokens"],
    )


def _tokens_of_split(values: Mapping[str, Any]) -> SplitTokenStatistics:
    bins = histogram_of(values.get("histogram", ()))
    return from_json(SplitTokenStatistics, values, name=values["split"], histogram=bins)
