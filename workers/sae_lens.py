"""The settings of a tokenization under the names that SAELens reads beside a dataset that is tokenized already."""

from collections.abc import Mapping
from typing import Any

from workers.engines import engine_of
from workers.frames import NO_FRAME, Frame, frame_of
from workers.packing import packed_frame
from workers.special_ids import id_of
from workers.tokenizers import Pinned


def sae_lens_settings(
    tokenizer: Any, pinned: Pinned, recipe: Mapping[str, Any], source: Mapping[str, Any]
) -> dict[str, Any]:
    """For `sae_lens.json`; tokens are ids. `source` is {"repository", "commit", "config", "files"}, as far as known.

    SAELens sets a token at the start of each row (`begin_batch_token`), of each document (`begin_sequence_token`: never
    here) and between two documents. Nothing is shuffled. What SAELens has no name for stands under `recipe`.
    """
    frame = _frame(tokenizer, recipe)
    return {
        "sae_lens_version": None,
        "tokenizer_name": pinned.name,
        "tokenizer_revision": pinned.commit,
        "original_dataset": source.get("repository"),
        "original_dataset_name": source.get("config"),
        "original_revision": source.get("commit"),
        "original_split": None if len(recipe["splits"]) > 1 else recipe["splits"][0],
        "original_data_files": source.get("files"),
        "context_size": recipe["maxLength"],
        "shuffled": False,
        "seed": None,
        "begin_batch_token": int(frame.before[0]) if len(frame.before) else None,
        "begin_sequence_token": None,
        "sequence_separator_token": _id(tokenizer, recipe, "separatorToken"),
        "end_of_document_token": _id(tokenizer, recipe, "endOfDocumentToken"),
        "disable_concat_sequences": recipe["mode"] != "PACK",
        "padding_token": _id(tokenizer, recipe, "padToken"),
        "recipe": dict(recipe),
    }


def _frame(tokenizer: Any, recipe: Mapping[str, Any]) -> Frame:
    """What stands around every row; of special tokens that depend on the text none is known beforehand."""
    if recipe["mode"] == "PACK":
        return packed_frame(tokenizer, recipe)
    return (frame_of(tokenizer, engine_of(tokenizer)) if recipe["addSpecialTokens"] else None) or NO_FRAME


def _id(tokenizer: Any, recipe: Mapping[str, Any], name: str) -> int | None:
    token = recipe.get(name)
    return None if token is None else id_of(tokenizer, token, name)
