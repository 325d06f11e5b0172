"""What importDataset is given, and the command that it becomes once its files were looked at."""

from __future__ import annotations

from pathlib import Path

import strawberry
from strawberry import UNSET

from api import checks
from api.checks import checked, refuse, together
from api.enums import OnError
from api.inputs import KEY
from api.plain import given_or
from domain.adapters.import_files import NotImportable
from domain.adapters.imports import find_import
from domain.errors import Refused
from domain.import_commands import ImportDataset


@strawberry.input(description="Files of this machine to make a dataset of.")
class ImportDatasetInput:
    path: str = strawberry.field(
        description="A file below the folder of MISTUDIO_IMPORTS, or a folder of files of one format, by its path from"
        " there or by its whole path. Links are not followed."
    )
    name: str | None = strawberry.field(
        default=UNSET, description="What to call it; as the file or folder when left out."
    )
    text_column: str | None = strawberry.field(
        default=UNSET,
        description="The column to read as text; when left out `text`, `content`, `document`, else the longest.",
    )
    split: str | None = strawberry.field(
        default=UNSET,
        description='The split that all rows become; when left out "train", and in a folder what files and folders are'
        " called: train, test, validation.",
    )
    on_error: OnError | None = strawberry.field(
        default=UNSET, description="What to do with rows that cannot be read: FAIL. What is skipped is counted."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it, as far as it tells by itself."""
        return together(
            checked(self.name, checks.name, "name"),
            checked(self.text_column, checks.name, "textColumn"),
            checked(self.split, checks.split, "split"),
            checked(self.idempotency_key, checks.key, "idempotencyKey"),
        )

    def command(self, imports: Path, dataset_id: str, job_id: str) -> ImportDataset:
        """The command, with the files that are there; waits for the disk. Raises Refused."""
        try:
            found = find_import(imports, self.path, given_or(self.split, None))
        except NotImportable as refusal:
            raise Refused(refusal.code, refusal.message, "path") from refusal
        name = given_or(self.name, found.name)
        if wrong := checks.name(name):
            raise refuse(f"It cannot be called as its file: name it. {wrong}", "name")
        return ImportDataset(
            dataset_id=dataset_id,
            job_id=job_id,
            path=found.path,
            files=found.files,
            format=found.format,
            size_bytes=found.size,
            name=name,
            text_column=given_or(self.text_column, None),
            on_error=given_or(self.on_error, OnError.FAIL).value,
        )
