"""What every mode comes to, in plain Python lists of what transformers gives: slow, and nothing of ours in it."""

import warnings
from dataclasses import dataclass, field
from typing import Any

Row = list[tuple[int, str, int | None]]
"""Cells in order: the id; "text", "special", "overlap" or "padding"; the row of the split that a text is from."""


@dataclass
class Reference:
    """The rows of one split and the four sums of the texts' tokens."""

    rows: list[Row] = field(default_factory=list)
    source: int = 0
    truncated: int = 0
    filtered: int = 0
    tail: int = 0

    @property
    def ids(self) -> list[list[int]]:
        return [[cell[0] for cell in row] for row in self.rows]

    @property
    def masks(self) -> list[list[int]]:
        return [[int(cell[1] != "padding") for cell in row] for row in self.rows]

    def count(self, role: str) -> int:
        return sum(cell[1] == role for row in self.rows for cell in row)


def frame_around(tokenizer: Any, ids: list[int], special: bool) -> tuple[list[int], list[int]]:
    """The special tokens that transformers sets before and after these ids."""
    if not special:
        return [], []
    if not tokenizer.is_fast:
        with warnings.catch_warnings(action="ignore"):  # ByT5, of texts that end with </s>
            framed = tokenizer.build_inputs_with_special_tokens(ids)
        return [], framed[len(ids) :]
    probe = tokenizer("probe")["input_ids"]
    bare = tokenizer("probe", add_special_tokens=False)["input_ids"]
    place = next(n for n in range(len(probe)) if probe[n : n + len(bare)] == bare)
    return probe[:place], probe[place + len(bare) :]


def expected_rows(tokenizer: Any, texts: list[str | None], recipe: dict[str, Any]) -> Reference:
    """The split as the README describes it."""
    found = Reference()
    documents: list[tuple[int, list[int]]] = []
    for number, text in enumerate(texts):
        ids = tokenizer.encode(text or "", add_special_tokens=False, verbose=False)
        found.source += len(ids)
        if len(ids) < (recipe.get("minTokens") or 0):
            found.filtered += len(ids)
        else:
            documents.append((number, ids))
    if recipe["mode"] == "PACK":
        _pack(found, tokenizer, documents, recipe)
    else:
        for number, ids in documents:
            _pieces(found, tokenizer, number, ids, recipe)
    _pad(found, tokenizer, recipe)
    return found


def _pieces(found: Reference, tokenizer: Any, number: int, ids: list[int], recipe: dict[str, Any]) -> None:
    special = recipe["addSpecialTokens"]
    budget = recipe["maxLength"] - (tokenizer.num_special_tokens_to_add(False) if special else 0)
    left = tokenizer.truncation_side == "left"
    marked: Row = [(token, "text", number) for token in ids]
    windows = []
    while True:
        windows.append(marked[-budget:] if left else marked[:budget])
        if len(marked) <= budget:
            break
        if recipe["mode"] == "TRUNCATE":
            found.truncated += len(marked) - budget
            break
        step = budget - recipe["stride"]
        marked = marked[:-step] if left else marked[step:]
        repeated = [(token, "overlap", row) for token, _, row in marked]
        stride = recipe["stride"]
        marked = (
            (marked[: len(marked) - stride] + repeated[len(marked) - stride :])
            if left
            else (repeated[:stride] + marked[stride:])
        )
    for window in windows:
        before, after = frame_around(tokenizer, [cell[0] for cell in window], special)
        found.rows.append([*_special(before), *window, *_special(after)])


def _pack(found: Reference, tokenizer: Any, documents: list[tuple[int, list[int]]], recipe: dict[str, Any]) -> None:
    begin, end, separator = (
        [] if recipe[name] is None else [tokenizer.get_vocab()[recipe[name]]]
        for name in ("beginToken", "endOfDocumentToken", "separatorToken")
    )
    stream: Row = []
    for place, (number, ids) in enumerate(documents):
        if place:
            stream += _special(separator)
        stream += [(token, "text", number) for token in ids]
        stream += _special(end)
    before, after = frame_around(tokenizer, [5], recipe["addSpecialTokens"])
    if begin and begin[0] not in before:
        before = begin + before
    budget = recipe["maxLength"] - len(before) - len(after)
    for start in range(0, len(stream), budget):
        row = stream[start : start + budget]
        if len(row) < budget and recipe["tail"] == "DROP":
            found.tail += sum(cell[1] == "text" for cell in row)
        else:
            found.rows.append([*_special(before), *row, *_special(after)])


def _pad(found: Reference, tokenizer: Any, recipe: dict[str, Any]) -> None:
    if recipe["padding"] == "NONE" and recipe["tail"] != "PAD":
        return
    fixed = recipe["padding"] == "MAX_LENGTH" or recipe["tail"] == "PAD"
    width = recipe["maxLength"] if fixed else max(map(len, found.rows), default=0)
    pad = tokenizer.get_vocab()[recipe["padToken"]]
    for place, row in enumerate(found.rows):
        cells: Row = [(pad, "padding", None)] * (width - len(row))
        found.rows[place] = cells + row if tokenizer.padding_side == "left" else row + cells


def _special(ids: list[int]) -> Row:
    return [(token, "special", None) for token in ids]
