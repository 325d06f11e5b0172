"""Builds one part of a search index: Tantivy for the tokens, and beside it what is quicker as bits of rows."""

import errno
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tantivy

from domain.adapters.files import full_storage_is_told, publish, remove_tree, sha256_of
from domain.adapters.search_parts import FORMAT, PART, ROWS, TEXT
from domain.adapters.search_sections import write_sections
from domain.adapters.search_text import exact_field, open_schema, token_field
from domain.adapters.search_tokens import stem_of, token_of
from workers.frequent_tokens import RowTokens
from workers.index_words import Rows, TokenTable
from workers.ingest_figures import TextFigures
from workers.long_texts import DISTINCT_BYTES, count_words, needed_bytes
from workers.shards import columns_of, parts_of
from workers.steps import Step, Work

BATCH_BYTES = 1 << 18  # of text at once; a longer one comes alone
# Tantivy writes what it holds to disk when its heap is full; a part that fits becomes one segment. It wants 15 MB.
HEAP_SHARE, LEAST_HEAP_BYTES, MOST_HEAP_BYTES = 2, 15_000_000, 160_000_000
LEAST_FREE_BYTES = 16_000_000
# So much is taken where less is allowed: a batch needs it.
LEAST_MEMORY = 16 * BATCH_BYTES


def index_part(  # noqa: PLR0913  plain arguments of one message
    *,
    folder: str,
    split: str,
    start: int,
    stop: int,
    columns: Sequence[str],
    text_column: str | None,
    language: str | None,
    memory: int,
    target: str,
    is_counted: bool = False,
) -> Work:
    """Indexes text columns of rows [start, stop) of a split of the dataset in `folder` as the new folder `target`.

    `columns` are all to be searched, `text_column` the one whose words are counted; `language` of stems, None: words
    as they are; `memory` in bytes. A row for whose text there is none left is not counted in "indexed".
    `is_counted`: the figures of the text column are made too, and its vocabulary as `<target>.words`.
    Returns {"split", "start", "stop", "file" (the name of `target`), "rows", "indexed", "bytes", "files":
    {name below `target`: [size, sha256]}, "figures", "words"}. Raises COLUMN_NOT_FOUND, INSUFFICIENT_STORAGE.
    """
    build = Path(f"{target}.{uuid4().hex}.building")
    table = columns_of(Path(folder), split, columns).slice(start, stop - start)
    told = {"split": split, "start": start, "stop": stop, "rows": stop - start}
    yield Step(0, stop - start, "ROWS")
    try:
        with _failures_are_told(build.parent), TextFigures(text_column if is_counted else None) as counts:
            part = _Part(build, columns, text_column, language, memory)
            for first, last in parts_of(table, BATCH_BYTES):
                rows = table.slice(first, last - first)
                counts.add(rows)
                part.add(rows)
                yield Step(last, stop - start, "ROWS")
            indexed = part.finish(told)
            publish(build, Path(target))
        counted = _saved(counts, target) if is_counted else {}
    finally:
        remove_tree(build)
    return {**told, "file": Path(target).name, **indexed, **counted}


def _saved(counts: TextFigures, target: str) -> dict[str, Any]:
    with full_storage_is_told(Path(target).parent):
        return counts.save(Path(target + ".words"))


@contextmanager
def _failures_are_told(folder: Path) -> Iterator[None]:
    """A full disk. Tantivy's threads tell that they failed and not why: it is told from what is free."""
    with full_storage_is_told(folder):
        try:
            yield
        except ValueError as error:
            if shutil.disk_usage(folder).free > LEAST_FREE_BYTES:
                raise
            raise OSError(errno.ENOSPC, str(error)) from error


class _Part:
    """A part being written."""

    def __init__(
        self, folder: Path, columns: Sequence[str], text_column: str | None, language: str | None, memory: int
    ) -> None:
        self._folder, self._columns, self._text_column, self._language = folder, columns, text_column, language
        stem = stem_of(language)
        self._tables = {token_field: TokenTable(lambda piece: token_of(piece, stem), is_folding=language is None)}
        if language is not None:
            self._tables[exact_field] = TokenTable(lambda piece: token_of(piece, str), is_folding=True)
        self._rows = [RowTokens() for _ in columns]
        self._memory = max(memory, LEAST_MEMORY)
        (folder / TEXT).mkdir(parents=True)
        heap = min(max(memory // HEAP_SHARE, LEAST_HEAP_BYTES), MOST_HEAP_BYTES)
        self._writer = open_schema(folder / TEXT, len(columns), language).writer(heap, 1)
        self._words: list[Rows] = [np.empty(0, np.uint32)]
        self._indexed = self._row = 0

    def add(self, table: Any) -> None:
        """The next rows."""
        texts = [_strings(table[column]) for column in self._columns]
        fits = self._fits(texts)
        kept = texts if fits.all() else [pc.if_else(pa.array(fits), text, "") for text in texts]
        documents: list[tuple[str, list[str]]] = []
        words = np.zeros(table.num_rows, np.uint32)
        for number, (column, text) in enumerate(zip(self._columns, kept, strict=True)):
            for field, tokens in self._tables.items():
                numbered = tokens.number(text)
                documents.append((field(number), tokens.texts(numbered)))
                if field is token_field:
                    self._rows[number].add(numbered, text.nbytes)
                    words = numbered.words if column == self._text_column else words
        if self._text_column in self._columns:
            counted = texts[self._columns.index(self._text_column)]
            for place in np.flatnonzero(~fits).tolist():
                words[place] = count_words(np.frombuffer(counted[place].as_buffer(), np.uint8))
        self._words.append(words)
        self._write(documents, fits)

    def _fits(self, texts: Sequence[Any]) -> Any:
        """For which rows there is memory: short ones take little, but what is new in them is kept."""
        room = self._memory - DISTINCT_BYTES * sum(table.size for table in self._tables.values())
        sizes = sum((pc.binary_length(text).to_numpy() for text in texts), np.zeros(len(texts[0]), np.int64))
        fits: Any = (sizes <= BATCH_BYTES) & (room > 0)
        for place in np.flatnonzero(sizes > BATCH_BYTES).tolist():
            long = [np.frombuffer(text[place].as_buffer(), np.uint8) for text in texts]
            most = room // len(self._tables)
            fits[place] = needed_bytes(long, most) <= most
        return fits

    def _write(self, documents: Sequence[tuple[str, list[str]]], fits: Any) -> None:
        for place in range(len(fits)):  # one without text too, so that there are as many documents as rows
            document = tantivy.Document()
            for field, texts in documents:
                document.add_text(field, texts[place])
            document.add_unsigned("row", self._row + place)
            self._writer.add_document(document)
        self._indexed += int(np.count_nonzero(fits))
        self._row += len(fits)

    def finish(self, told: dict[str, Any]) -> dict[str, Any]:
        """Writes what is left: {"indexed", "bytes", "files"}."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        sections: dict[str, Any] = {"words": np.concatenate(self._words)}
        tokens = self._tables[token_field].tokens()
        for number, rows in enumerate(self._rows):
            sections |= {f"{number}/{name}": array for name, array in rows.sections(tokens).items()}
        directory = write_sections(self._folder / ROWS, sections)
        files = {str(path.relative_to(self._folder)): _told(path) for path in sorted(self._folder.rglob("*.*"))}
        part = {
            "format": FORMAT,
            **told,
            "indexed": self._indexed,
            "columns": list(self._columns),
            "textColumn": self._text_column,
            "language": self._language,
            "sections": directory,
            "files": files,
        }
        (self._folder / PART).write_text(json.dumps(part), encoding="utf-8")
        files |= {PART: _told(self._folder / PART)}
        return {"indexed": self._indexed, "bytes": sum(size for size, _ in files.values()), "files": files}


def _strings(column: Any) -> Any:
    """A chunked array of strings as one array, "" for nulls."""
    kind = column.type if column.type in {pa.string(), pa.large_string()} else pa.large_string()
    whole = pc.fill_null(column.cast(kind), "").combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _told(file: Path) -> list[Any]:
    return [file.stat().st_size, sha256_of(file)]
