"""Presets: tokenizers and recipes that were kept under a name, as nodes of the graph."""

from __future__ import annotations

import strawberry

from api.connections import Listed
from api.fields import resolved
from api.ids import global_id
from api.nodes import Node
from api.values import TokenizationRecipe, recipe_of
from domain.adapters.views import Row

PRESETS = Listed("presets", "place", str)


@strawberry.type(description="A tokenizer and a recipe under a name, for tokenizing many datasets alike.")
class TokenizationPreset(Node):
    row: strawberry.Private[Row]
    name: str = strawberry.field(description="What it is called. No other preset has this name.")
    tokenizer: str | None = strawberry.field(description="Its tokenizer; null where one is named at each use.")
    version: int = strawberry.field(description="Goes up with every change.")

    @resolved("What is done with the texts.")
    def recipe(self) -> TokenizationRecipe:
        return recipe_of(self.row)


def preset(row: Row) -> TokenizationPreset:
    """The preset of a row."""
    return TokenizationPreset(
        id=global_id("TokenizationPreset", row["id"]),
        row=row,
        name=row["name"],
        tokenizer=row["tokenizer"],
        version=row["version"],
    )
