"""What the mutations of presets are given, and the commands that it becomes."""

from __future__ import annotations

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, together
from api.inputs import KEY
from api.plain import given_or
from api.recipes import TokenizationRecipeInput, recipe_over
from domain.commands import SavePreset
from domain.errors import Refused

EXPECTED_PRESET = "Refuse when the preset is not at this version any more."


@strawberry.input(description="A tokenizer and a recipe to keep under a name. It takes the place of what was kept.")
class SavePresetInput:
    preset_id: ID | None = strawberry.field(
        default=UNSET, description="The preset that becomes like this; a new one when left out."
    )
    name: str = strawberry.field(description="What to call it. No other preset has this name.")
    tokenizer: str | None = strawberry.field(
        default=UNSET, description="The tokenizer, named as for tokenizeDataset; named at each use when left out."
    )
    recipe: TokenizationRecipeInput | None = strawberry.field(
        default=UNSET, description="What to do with the texts; the defaults when left out."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED_PRESET)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(
            checked(self.name, checks.name, "name"),
            checked(self.tokenizer, checks.tokenizer, "tokenizer"),
            self.recipe.all_refusals() if self.recipe else [],
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )

    def command(self, preset_id: str, *, is_new: bool) -> SavePreset:
        """The command, once nothing is wrong."""
        return SavePreset(
            preset_id=preset_id,
            name=self.name,
            tokenizer=given_or(self.tokenizer, None),
            recipe=recipe_over(self.recipe, {}),
            is_new=is_new,
        )


@strawberry.input(description="A preset that is no longer wanted.")
class DeletePresetInput:
    preset_id: ID = strawberry.field(description="The preset.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED_PRESET)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(checked(self.idempotency_key, checks.key, "idempotencyKey"))
