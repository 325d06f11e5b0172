"""Commands that need a look at what is here, made of inputs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from api.context import Info
from api.ids import key_of
from api.inputs import TokenizeDatasetInput
from domain.adapters.views import Row
from domain.commands import TokenizeDataset
from domain.errors import ErrorCode, Refused


async def prepare_tokenization(info: Info, asked: TokenizeDatasetInput) -> tuple[TokenizeDataset, dict[str, str]]:
    """The command for an input in which nothing is wrong, and the ids that it makes or touches. Raises Refused."""
    ids = {"dataset": dataset_key(asked.dataset_id), "tokenization": str(uuid4()), "job": str(uuid4())}
    preset = await _preset(info, asked.preset_id) if asked.preset_id else None
    return asked.command(ids, preset), ids


def dataset_key(dataset_id: str) -> str:
    """The domain's id of a dataset; refused where it can be none."""
    key = key_of("Dataset", dataset_id)
    if key is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such dataset.", "datasetId")
    return key


def preset_key(preset_id: Any) -> str:
    """The domain's id of a preset; refused where it can be none."""
    key = key_of("TokenizationPreset", preset_id or "")
    if key is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such preset.", "presetId")
    return key


async def _preset(info: Info, preset_id: str) -> Row:
    row = await info.context.presets.load(preset_key(preset_id))
    if row is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such preset.", "presetId")
    return row
