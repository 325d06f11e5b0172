"""What is to be done with texts, as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry import UNSET

from api import checks
from api.checks import at_least, checked, checked_list, together
from api.enums import OnError, Padding, SequenceMode, Tail
from api.plain import plain
from domain.errors import Refused
from domain.recipe import conflicts

TEMPLATE = (
    'How several columns become one text, each in the place of its name in braces: "{title}: {text}". Braces themselves'
    " are written twice. When left out, an empty line stands between two columns."
)
CHAT = "A column of conversations instead of text columns: read by the tokenizer's own chat template."


@strawberry.input(
    description="What to do with the texts. What is left out has the default that is named, or what the preset says;"
    " null is the default, whatever the preset says."
)
class TokenizationRecipeInput:
    mode: SequenceMode | None = strawberry.field(default=UNSET, description="How texts become sequences: TRUNCATE.")
    max_length: int | None = strawberry.field(
        default=UNSET, description="The longest sequence, in tokens; the tokenizer's own when left out."
    )
    stride: int | None = strawberry.field(
        default=UNSET, description="WINDOW: how many tokens a sequence has in common with the one before it: 0."
    )
    padding: Padding | None = strawberry.field(default=UNSET, description="How short sequences are filled up: NONE.")
    pad_token: str | None = strawberry.field(
        default=UNSET,
        description="The token to pad with; the tokenizer's own when left out, and needed if it has none.",
    )
    add_special_tokens: bool | None = strawberry.field(
        default=UNSET, description="Whether the tokenizer adds its special tokens: true; false with a chat column."
    )
    begin_token: str | None = strawberry.field(
        default=UNSET, description="PACK: the token that every sequence begins with."
    )
    end_of_document_token: str | None = strawberry.field(
        default=UNSET, description="PACK: the token that ends every text."
    )
    separator_token: str | None = strawberry.field(
        default=UNSET, description="PACK: the token between one text and the next."
    )
    tail: Tail | None = strawberry.field(
        default=UNSET, description="PACK: what becomes of the last tokens of a split, which fill no sequence: KEEP."
    )
    text_columns: list[str] | None = strawberry.field(
        default=UNSET,
        description="The columns that are read; those of the template, else the dataset's text column, when left out.",
    )
    template: str | None = strawberry.field(default=UNSET, description=TEMPLATE)
    chat_column: str | None = strawberry.field(default=UNSET, description=CHAT)
    splits: list[str] | None = strawberry.field(default=UNSET, description="The splits; all when left out.")
    min_tokens: int | None = strawberry.field(
        default=UNSET, description="Texts of fewer tokens are left out, and counted: 0."
    )
    on_error: OnError | None = strawberry.field(
        default=UNSET, description="What to do with a text that cannot be tokenized: FAIL. What is skipped is counted."
    )

    def refusals(self) -> list[Refused]:
        """All that is wrong with its fields, each by itself."""
        return together(
            at_least(1, self.max_length, "A sequence has at least 1 token.", "recipe", "maxLength"),
            at_least(0, self.stride, "Sequences overlap by no less than 0 tokens.", "recipe", "stride"),
            at_least(0, self.min_tokens, "A text has no less than 0 tokens.", "recipe", "minTokens"),
            checked(self.pad_token, checks.token_text, "recipe", "padToken"),
            checked(self.begin_token, checks.token_text, "recipe", "beginToken"),
            checked(self.end_of_document_token, checks.token_text, "recipe", "endOfDocumentToken"),
            checked(self.separator_token, checks.token_text, "recipe", "separatorToken"),
            checked_list(self.text_columns, checks.column, checks.NAME_LIST_LENGTH, "recipe", "textColumns"),
            checked(self.template, checks.template, "recipe", "template"),
            checked(self.chat_column, checks.column, "recipe", "chatColumn"),
            checked_list(self.splits, checks.split, checks.NAME_LIST_LENGTH, "recipe", "splits"),
        )

    def all_refusals(self) -> list[Refused]:
        """The same; and, where each field can be used by itself, all that they cannot mean together."""
        return self.refusals() or list(conflicts(plain(self)))


def recipe_over(recipe: TokenizationRecipeInput | None, preset: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for over what a preset says, without what is left to the defaults."""
    whole = {**preset, **(plain(recipe, nulls=True) if recipe else {})}
    return {name: value for name, value in whole.items() if value is not None}
