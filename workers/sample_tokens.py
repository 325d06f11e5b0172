"""The tokens of samples, ready to be coloured: the answer to the question `sample_tokens`."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.adapters.settings import read_settings
from workers.kept_tokenizer import kept_reference
from workers.row_texts import Column, Documents, documents_of, rows_of
from workers.steps import Step, Work
from workers.token_counts import token_text
from workers.token_spans import Span, spanned_tokens
from workers.tokenizers import load_tokenizer

# Of a longer text the tokens of its beginning are told, and that there are more.
MOST_CHARACTERS = 200_000


def sample_tokens(  # noqa: PLR0913  plain arguments of one question
    *,
    dataset: str,
    tokenization: str,
    tokenizer: str,
    recipe: Mapping[str, Any],
    text_column: str | None,
    samples: Sequence[Mapping[str, Any]],
    work: str,
) -> Work:
    """Tokens of samples {"split", "index", "at", "first"}: at most `first` of them from `at` on.

    `dataset` and `tokenization` are folders relative to the storage; `recipe` is the resolved one, `work` is not used.
    Returns {"samples": [{"tokens": [{"id", "text", "start", "end"}], "truncated"}]}, as many and in the same order.
    Spans are told where the text is that of `text_column`; else they would be of a text that nobody sees.
    """
    storage = read_settings(os.environ).storage
    loaded = load_tokenizer(kept_reference(tokenizer, storage / tokenization))
    documents = documents_of(recipe, text_column, loaded)
    is_seen = isinstance(documents, Column) and documents.name == text_column
    found: list[dict[str, Any]] = []
    for sample in samples:
        yield Step(len(found), len(samples), "ROWS")
        text = _text(storage / dataset, documents, sample)
        told = _told(loaded, text, recipe, sample)
        found.append(told if is_seen else _without_spans(told))
    return {"samples": found}


def _text(dataset: Path, documents: Documents, sample: Mapping[str, Any]) -> str:
    row = rows_of(dataset, sample["split"], documents).slice(sample["index"], 1)
    return documents.texts(row).texts[0].as_py() or ""


def _told(tokenizer: Any, text: str, recipe: Mapping[str, Any], sample: Mapping[str, Any]) -> dict[str, Any]:
    whole = spanned_tokens(tokenizer, text[:MOST_CHARACTERS], recipe)
    start, stop = sample["at"], sample["at"] + sample["first"]
    tokens = [
        _token(tokenizer, token, span)
        for token, span in zip(whole.ids[start:stop], whole.spans[start:stop], strict=True)
    ]
    return {"tokens": tokens, "truncated": stop < len(whole.ids) or len(text) > MOST_CHARACTERS}


def _token(tokenizer: Any, token: int, span: Span) -> dict[str, Any]:
    start, end = span or (None, None)
    return {"id": token, "text": token_text(tokenizer, token), "start": start, "end": end}


def _without_spans(told: Mapping[str, Any]) -> dict[str, Any]:
    return {**told, "tokens": [{**token, "start": None, "end": None} for token in told["tokens"]]}
