"""A row of a sheet, or a table of a TOML file, before it is known what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from server.knowledge.sheets.columns import Column
from server.knowledge.sheets.texts import unite
from server.store.knowledge_records import TextLanguage

RecordKind = Literal["product", "variant", "fault", "category", "faq"]


@dataclass(frozen=True)
class Field:
    """What a record has in a column: the text of a cell, or the texts of a list.

    `is_repeated` says that the cell is one with that of a row above. `written` is its text with its line ends, where it
    has any.
    """

    column: Column
    values: tuple[str, ...]
    is_list: bool = False
    is_repeated: bool = False
    written: str | None = None

    @property
    def text(self) -> str:
        return "; ".join(self.values) if self.is_list else self.values[0]


@dataclass(frozen=True)
class Record:
    """What a row says. `entry` counts what has a passage of its own in the document, `row` is how people find it."""

    kind: RecordKind
    fields: Sequence[Field]
    entry: int
    row: str
    parent: str | None = None

    def list_fields(self, *terms: str) -> list[Field]:
        """Return the fields of columns that hold one of the terms, those of the first term first."""
        return [field for term in terms for field in self.fields if field.column.term == term]

    def list_values(self, *terms: str) -> list[str]:
        """Return the values of those, each once, as they are written."""
        return unite(value for field in self.list_fields(*terms) for value in field.values)

    def list_texts(self, term: str) -> Iterator[tuple[str, TextLanguage | None]]:
        """Yield the texts of a term's columns with the languages that these name, or are named in if several do."""
        fields = self.list_fields(term)
        scripts = {field.column.script for field in fields}
        for field in fields:
            language = field.column.language or (field.column.script if len(scripts) > 1 else None)
            yield from ((value, language) for value in field.values)


@dataclass(frozen=True)
class Span:
    """The part of a page that an entry is: it has a passage under `heading`, or none where it is a header.

    `row` is the number in its sheet, `entry` None for headers. `is_row` says that it is a row of a table.
    """

    page: int
    start: int
    end: int
    entry: int | None = None
    heading: str | None = None
    row: int | None = None
    is_row: bool = False
