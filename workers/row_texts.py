"""From rows of a dataset to the texts that are tokenized: one column, several joined, or a conversation rendered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import jinja2
import pyarrow as pa

from domain.errors import ErrorCode, WorldFailure
from workers.engines import DocumentFailed
from workers.shards import check_text, columns_of
from workers.templates import Template, joining, parse_template

# What a template that is at odds with a conversation raises while it is rendered.
RENDERING_ERRORS = (jinja2.TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Texts:
    """A pyarrow StringArray, one text a row, and the rows among them that have none: it could not be made."""

    texts: Any
    failures: Sequence[DocumentFailed] = ()


class Documents(Protocol):
    """What the texts are made of."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns that are read."""
        ...

    def texts(self, rows: Any) -> Texts:
        """The texts of a pyarrow Table of the columns."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """The text of one column."""

    name: str

    @property
    def columns(self) -> Sequence[str]:
        return (self.name,)

    def texts(self, rows: Any) -> Texts:
        return Texts(rows.column(self.name).combine_chunks().cast(pa.string()))


@dataclass(frozen=True, slots=True)
class Joined:
    """The text of several columns, put together by a template."""

    template: Template

    @property
    def columns(self) -> Sequence[str]:
        return self.template.columns

    def texts(self, rows: Any) -> Texts:
        schema = pa.schema([(name, pa.string()) for name in rows.column_names])
        return Texts(self.template.fill(rows.cast(schema).combine_chunks()).combine_chunks())


@dataclass(frozen=True, slots=True)
class Chat:
    """Conversations, each a list of messages, as the tokenizer's own chat template renders them.

    transformers does it in jinja2's sandbox. A null is an empty text, as is a conversation without messages.
    """

    name: str
    tokenizer: Any

    @property
    def columns(self) -> Sequence[str]:
        return (self.name,)

    def texts(self, rows: Any) -> Texts:
        texts: list[str] = []
        failures: list[DocumentFailed] = []
        for row, conversation in enumerate(rows.column(self.name).to_pylist()):
            try:
                texts.append(self._render(conversation))
            except UnicodeEncodeError as error:
                texts.append("")
                failures.append(
                    DocumentFailed(row, ErrorCode.INVALID_ENCODING, f"its text is no Unicode: {error.reason}")
                )
            except RENDERING_ERRORS as error:
                texts.append("")
                reason = f"the chat template cannot render it: {error}"
                failures.append(DocumentFailed(row, ErrorCode.TOKENIZATION_FAILED, reason))
        return Texts(pa.array(texts, pa.string()), failures)

    def _render(self, conversation: Any) -> str:
        if not conversation:
            return ""
        text = str(self.tokenizer.apply_chat_template(conversation, tokenize=False))
        text.encode()
        return text


def documents_of(recipe: Mapping[str, Any], default: str | None, tokenizer: Any) -> Documents:
    """What a recipe (asked or resolved) reads; `default` is the dataset's text column.

    COLUMN_NOT_FOUND where nothing is named; INVALID_INPUT where what is named does not fit together.
    """
    template, columns, chat = (recipe.get(name) for name in ("template", "textColumns", "chatColumn"))
    if chat is not None:
        return _chat(chat, tokenizer, named=template is not None or columns is not None)
    if template is not None:
        return Joined(_checked(parse_template(template), columns))
    columns = columns if columns is not None else ([default] if default is not None else [])
    if not columns:
        raise WorldFailure(ErrorCode.COLUMN_NOT_FOUND, "The dataset has no text column: name one in textColumns.")
    return Column(columns[0]) if len(columns) == 1 else Joined(parse_template(joining(columns)))


def _checked(template: Template, columns: Sequence[str] | None) -> Template:
    """A column that is read and not used, or used and not read, is a mistake."""
    if columns is None or set(columns) == set(template.columns):
        return template
    used, named = (", ".join(names) for names in (template.columns, columns))
    message = f"template uses {used}; textColumns names {named}: name the same, or leave textColumns out."
    raise WorldFailure(ErrorCode.INVALID_INPUT, message)


def _chat(name: str, tokenizer: Any, *, named: bool) -> Chat:
    if named:
        message = "chatColumn goes through the tokenizer's chat template: leave textColumns and template out."
        raise WorldFailure(ErrorCode.INVALID_INPUT, message)
    try:
        tokenizer.get_chat_template()
    except ValueError as error:
        message = "This tokenizer has no chat template for chatColumn: choose one that has, or use textColumns."
        raise WorldFailure(ErrorCode.INVALID_INPUT, message) from error
    return Chat(name, tokenizer)


def rows_of(folder: Path, split: str, documents: Documents) -> Any:
    """What `documents` reads of a split, as a pyarrow Table. COLUMN_NOT_FOUND, COLUMN_NOT_TEXT."""
    table = columns_of(folder, split, documents.columns)
    if isinstance(documents, Chat):
        _check_conversations(table.schema.field(documents.name))
    else:
        check_text(table)
    return table


def _check_conversations(field: Any) -> None:
    kind = field.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)) or not pa.types.is_struct(kind.value_type):
        message = f"Column {field.name!r} holds {kind}, not lists of messages: name a column of conversations."
        raise WorldFailure(ErrorCode.COLUMN_NOT_TEXT, message)
