"""What a dataset is found by: the words of its names, its tags, its columns and its notes, as its row has them.

Each text is a line, with a space before and after each of its words. The characters of a CJK word, which is found by
any part of it, have tabs between them. So every search is one for parts of the lines, and the words between spaces and
tabs are those that Postgres indexes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from domain import events as past
from domain.adapters.search_words import Word, found_words
from domain.described import DatasetDescribed
from domain.import_events import ImportRequested

# The columns of a row, in the order in which Postgres puts them together.
WORDS = ("name_words", "source_words", "tag_words", "column_words", "notes_words")
# Postgres indexes words of 2,046 bytes at most: longer ones are found by their beginnings.
MOST_WORD_CHARACTERS = 500
# Of one column: Postgres takes a megabyte of words for a row. Only names of columns can come to more.
MOST_CHARACTERS = 50_000


def spelled(word: Word) -> str:
    """A word as the lines have it."""
    return "\t".join(word.text) if word.is_cjk else word.text[:MOST_WORD_CHARACTERS]


def lines_of(texts: Iterable[str]) -> str:
    """The lines of these texts, cut after a word at MOST_CHARACTERS."""
    words = (" ".join(spelled(found.word) for found in found_words(text)) for text in texts)
    lines = "".join(f" {line} \n" for line in words if line)
    return lines if len(lines) <= MOST_CHARACTERS else lines[: lines.rindex(" ", 0, MOST_CHARACTERS)] + " \n"


def catalogue_values(event: past.Event) -> Mapping[str, Any]:
    """What the dataset's row says otherwise after the event: how it is described, and what it is found by."""
    match event:
        case past.DownloadRequested():
            words = {"tag_words": lines_of(event.tags), "source_words": lines_of(source_texts(event.source))}
            return {**dict.fromkeys(WORDS, ""), **words, "name_words": lines_of([event.name])}
        case past.UploadReceived() | ImportRequested():
            source_words = lines_of(source_texts(event.source))
            return {**dict.fromkeys(WORDS, ""), "source_words": source_words, "name_words": lines_of([event.name])}
        case past.IngestCompleted():
            return {"column_words": lines_of(column["name"] for column in event.columns)}
        case DatasetDescribed():
            return described_values(event.changes)
    return {}


def source_texts(source: Mapping[str, Any]) -> list[str]:
    """What a source is called: a repository, its config and its files, or a file, or its path."""
    names = [source.get(key) for key in ("repository", "config", "fileName", "path")]
    return [name for name in (*names, *(source.get("files") or ())) if name]


def described_values(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """The changes of a description as values of the row."""
    values = dict(changes)
    if "name" in changes:
        values["name_words"] = lines_of([changes["name"]])
    if "tags" in changes:
        values |= {"tags": list(changes["tags"]), "tag_words": lines_of(changes["tags"])}
    if "notes" in changes:
        values["notes_words"] = lines_of([changes["notes"] or ""])
    return values
