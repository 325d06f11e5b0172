"""What describeDataset is given, and the command that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import strawberry
from strawberry import ID, UNSET

from api import checks
from api.checks import checked, checked_list, given, refuse, together
from api.inputs import EXPECTED, KEY
from api.plain import given_or
from domain.describe_commands import DescribeDataset
from domain.errors import Refused
from domain.languages import LANGUAGES, language_named

NOTES_LENGTH = 10_000
LANGUAGE = (
    "The language of its text, by its name or code (`english`, `en`): searches find all forms of a word then. Null: "
    "they find words as they are written, as at first. The index of its text is built anew, and searched as it is "
    f"until then. There are {', '.join(LANGUAGES)}."
)

TEXT_COLUMN = (
    "The column that is read as text: one of a ready dataset that holds text. Statistics and the index of its text "
    "follow by a job: until then there are no statistics, and searches find what is indexed so far. Tokenizations stay "
    "what they were made of."
)

notes = checks.whole_text(0, NOTES_LENGTH)


@strawberry.input(description="What is to be said of a dataset. What is left out stays as it is.")
class DescribeDatasetInput:
    dataset_id: ID = strawberry.field(description="The dataset.")
    name: str | None = strawberry.field(default=UNSET, description="What to call it. Not null: it has a name always.")
    tags: list[str] | None = strawberry.field(
        default=UNSET, description="All words to find it by; null or none at all: it has none."
    )
    notes: str | None = strawberry.field(
        default=UNSET, description="Whatever is worth knowing of it, up to 10,000 characters; null or blank: nothing."
    )
    text_column: str | None = strawberry.field(default=UNSET, description=TEXT_COLUMN)
    language: str | None = strawberry.field(default=UNSET, description=LANGUAGE)
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)
    expected_version: int | None = strawberry.field(default=UNSET, description=EXPECTED)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(
            [refuse("A dataset has a name: leave it out to keep it.", "name")] if self.name is None else [],
            checked(self.name, checks.name, "name"),
            checked_list(self.tags or UNSET, checks.tag, checks.TAGS, "tags"),
            checked(self.notes, notes, "notes"),
            [refuse("A text column is not taken away: name another one.", "textColumn")]
            if self.text_column is None
            else [],
            checked(self.text_column, checks.column, "textColumn"),
            _wrong_language(self.language),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )

    def command(self, dataset_id: str) -> DescribeDataset:
        """The command, once nothing is wrong."""
        changes: dict[str, Any] = {
            "name": self.name,
            "tags": UNSET if self.tags is UNSET else tuple(dict.fromkeys(self.tags or ())),
            "notes": self.notes if not isinstance(self.notes, str) or self.notes.strip() else None,
            "language": language_named(self.language) if isinstance(self.language, str) else self.language,
        }
        return DescribeDataset(
            dataset_id=dataset_id,
            changes={name: value for name, value in changes.items() if value is not UNSET},
            text_column=given_or(self.text_column, None),
        )


def _wrong_language(value: str | None) -> Iterator[Refused]:
    if given(value) and language_named(str(value)) is None:
        yield refuse(f"There is no such language here. There are {', '.join(LANGUAGES)}, and their codes.", "language")
