"""The names of what a record is about, in their languages."""

from collections.abc import Iterable, Iterator

from server.knowledge.sheets.records import Field, Record
from server.knowledge.sheets.texts import name_language, split_names
from server.store.knowledge_records import Name, TextLanguage

MAX_NAMES = 50
"""The most names of an entity."""


def list_names(record: Record, codes: Iterable[str] = ()) -> tuple[Name, ...]:
    """Return names, then aliases, then codes, each text once."""
    names = (Name(text, language or name_language(text)) for text, language in record.list_texts("name"))
    aliases = (_name(text, field) for field in record.list_fields("alias") for text in split_field(field))
    return unite_names((*names, *aliases, *(Name(code) for code in codes)))


def split_field(field: Field) -> list[str]:
    """Return the names in a field; those of a list are as they are."""
    return list(field.values) if field.is_list else split_names(field.values[0])


def unite_names(names: Iterable[Name]) -> tuple[Name, ...]:
    """Return each name once, with its language where one of them has it."""
    found: dict[str, Name] = {}
    for name in names:
        if name.text and (name.text not in found or found[name.text].language is None):
            found[name.text] = name
    return tuple(found.values())[:MAX_NAMES]


def name_texts(texts: Iterable[tuple[str, TextLanguage | None]]) -> Iterator[Name]:
    """Yield texts as names, with the language of each where its column does not say it."""
    for text, language in texts:
        yield Name(text, language or name_language(text))


def _name(text: str, field: Field) -> Name:
    return Name(text, field.column.language or name_language(text))
