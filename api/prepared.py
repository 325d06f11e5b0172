"""Commands that need a look at what is here, made of inputs."""

from __future__ import annotations

from uuid import uuid4

from api.checks import or_none
from api.context import Info, One
from api.ids import key_of
from api.inputs import TokenizeDatasetInput
from domain.adapters.views import Row
from domain.errors import ErrorCode, Refused
from domain.tokenization_commands import TokenizeDataset

# What a user calls a kind, where it is not its name.
NOUNS = {"TokenizationPreset": "preset"}


async def prepare_tokenization(info: Info, asked: TokenizeDatasetInput) -> tuple[TokenizeDataset, dict[str, str]]:
    """The command for an input in which nothing is wrong, and the ids that it makes or touches. Raises Refused."""
    ids = {"dataset": dataset_key(asked.dataset_id), "tokenization": str(uuid4()), "job": str(uuid4())}
    presets = info.context.presets
    preset_id = or_none(asked.preset_id)
    preset = None if preset_id is None else await row_of(presets, "TokenizationPreset", preset_id, "presetId")
    return asked.command(ids, preset), ids


def dataset_key(dataset_id: str) -> str:
    """The domain's id of a dataset; refused where it can be none."""
    return _key("Dataset", dataset_id, "datasetId")


def preset_key(preset_id: str) -> str:
    """The domain's id of a preset; refused where it can be none."""
    return _key("TokenizationPreset", preset_id, "presetId")


async def row_of(things: One[Row], kind: str, id_: str, path: str) -> Row:
    """The row of a thing of a kind by its id; refused where there is none."""
    row = await things.load(_key(kind, id_, path))
    if row is None:
        raise _missing(kind, path)
    return row


def _key(kind: str, id_: str, path: str) -> str:
    key = key_of(kind, id_)
    if key is None:
        raise _missing(kind, path)
    return key


def _missing(kind: str, path: str) -> Refused:
    return Refused(ErrorCode.NOT_FOUND, f"There is no such {NOUNS.get(kind, kind.lower())}.", path)
