"""The values of a table of a TOML file under the names of columns, as a row of a sheet has them."""

from collections.abc import Iterator, Mapping
from typing import Any

from server.knowledge.sheets.columns import read_column
from server.knowledge.sheets.kinds import assign
from server.knowledge.sheets.records import Field, RecordKind
from server.knowledge.sheets.texts import read_language
from server.knowledge.sheets.words import find_meaning

Flat = tuple[str, tuple[str, ...], bool]


def list_fields(table: Mapping[str, Any], kind: RecordKind) -> tuple[Field, ...]:
    """Return the fields of a table of a kind; those without a text are left out."""
    flat = [(name, values, is_list) for name, values, is_list in _flatten(table) if values]
    columns = assign((read_column(name) for name, _, _ in flat), kind)
    return tuple(Field(column, values, is_list) for column, (_, values, is_list) in zip(columns, flat, strict=True))


def _flatten(table: Mapping[str, Any], above: str = "") -> Iterator[Flat]:
    """Yield names with their values: `name (zh)` for a table of languages, `size.width` for other tables."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, "" if find_meaning("tables", key) == "container" else _join(above, key))
        elif isinstance(value, list):
            yield _join(above, key), tuple(filter(None, map(write_value, value))), True
        else:
            yield _join(above, key), tuple(filter(None, [write_value(value)])), False


def _join(above: str, key: str) -> str:
    if above and read_language(key) is not None:
        return f"{above} ({key})"
    return f"{above}.{key}" if above else key


def write_value(value: Any) -> str:
    """Return a value as a text: numbers as they are written, tables as `key: value`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {write_value(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(write_value, value))
    return str(value).strip()
