"""The tables of a TOML file as records: `[[product]]`, `[[product.variant]]`, `[product.A1]` and the like."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.knowledge.sheets.names import list_names
from server.knowledge.sheets.records import Record, RecordKind
from server.knowledge.sheets.toml_fields import list_fields
from server.knowledge.sheets.toml_places import Stretch, Table, TomlPlaces
from server.knowledge.sheets.words import find_meaning

INNER: Mapping[RecordKind, frozenset[str]] = {
    "product": frozenset(("variant", "fault")),
    "variant": frozenset(("fault",)),
    "category": frozenset(),
    "fault": frozenset(),
    "faq": frozenset(),
}
"""What tables of each kind may have within them that is told apart."""

KEYS: Mapping[RecordKind, str] = {
    "product": "code",
    "variant": "code",
    "category": "name",
    "fault": "fault_code",
    "faq": "question",
}
"""What the key of a table says where the tables of a kind lie under keys of their own."""

MAX_NAMED = 3
"""So many names of a product are above its variants."""


@dataclass(frozen=True)
class Stretched:
    """An entry with the stretches of the file that it is, and what it is under."""

    entry: int
    stretches: Sequence[Stretch]
    heading: str | None


class TomlRecords:
    """Reads a valid TOML file. `given` is the role that the operator gave."""

    def __init__(self, text: str, given: str | None = None) -> None:
        self.records: list[Record] = []
        self.entries: list[Stretched] = []
        self._at_top: int | None = None
        self._root: Table = tomllib.loads(text, parse_float=str)
        self._places = TomlPlaces(text, self._root)
        for key, value in self._root.items():
            kind = find_kind(key, given)
            if kind is not None and (given is not None or _is_meant(kind, value)):
                self._add_all(kind, self._root, key, None)

    def _add_all(self, kind: RecordKind, table: Table, key: str, above: Record | None) -> None:
        """Add the tables under a key of a table: items of an array, or those under keys of their own, or one."""
        value = table[key]
        if isinstance(value, list):
            items = [each for each in value if isinstance(each, dict)]
            if above is None:
                self._places.place_inline(table, key, items)
            for item in items:
                self._add(kind, item, item, above)
        elif isinstance(value, dict) and _is_keyed(value):
            for own_key, item in value.items():
                self._add(kind, {KEYS[kind]: own_key, **item}, item, above)
        elif isinstance(value, dict):
            self._add(kind, value, value, above)

    def _add(self, kind: RecordKind, table: Table, written: Table, above: Record | None) -> None:
        inner = dict(_list_inner(kind, table))
        own = {key: each for key, each in table.items() if key not in inner}
        stretches = self._places.find(written, [table[key] for key in inner])
        entry = self._find_entry(stretches, above)
        row = str(self._places.count_line(stretches[0][0])) if stretches else above.row if above else "1"
        record = Record(kind, list_fields(own, kind), entry, row, _find_key(above))
        self.records.append(record)
        for key, meaning in inner.items():
            self._add_all(meaning, table, key, record)

    def _find_entry(self, stretches: Sequence[Stretch], above: Record | None) -> int:
        """Return what has the passage of a table: its own stretches, else what it is written within."""
        if not stretches and above is not None:
            return above.entry
        if not stretches and self._at_top is not None:
            return self._at_top
        entry = len(self.entries)
        if not stretches:
            self._at_top, stretches = entry, self._places.find(self._root, self._root.values())
        self.entries.append(Stretched(entry, stretches, _write_heading(above)))
        return entry


def find_kind(key: str, given: str | None) -> RecordKind | None:
    """Return what the tables under a key at the top of a file are; None where that is not known, or not asked for."""
    kind: Any = find_meaning("tables", key)
    if kind == "container" or (given is not None and (given == "faq") != (kind == "faq")):
        return None
    return kind  # type: ignore[no-any-return]


def _is_meant(kind: RecordKind, value: Any) -> bool:
    """Whether a table under such a key has what entries of the kind need; settings of programs do not."""
    tables = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    items = [each for each in (value, *tables) if isinstance(each, dict)]
    return any(_has_needed(kind, {field.column.term for field in list_fields(item, kind)}) for item in items)


def _has_needed(kind: RecordKind, terms: set[str]) -> bool:
    match kind:
        case "faq":
            return {"question", "answer"} <= terms
        case "fault":
            return bool(terms & {"fault_code", "symptom"}) and bool(terms & {"cause", "remedy", "product"})
        case "category":
            return "name" in terms
    return bool(terms & {"name", "code"}) and len(terms) > 1


def _is_keyed(value: Table) -> bool:
    return bool(value) and all(isinstance(each, dict) for each in value.values())


def _list_inner(kind: RecordKind, table: Table) -> Iterator[tuple[str, RecordKind]]:
    for key, value in table.items():
        meaning: Any = find_meaning("tables", key)
        is_tables = isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
        if meaning in INNER[kind] and (is_tables or (isinstance(value, dict) and _is_keyed(value))):
            yield key, meaning


def _find_key(above: Record | None) -> str | None:
    """Return the code or the name of the product that a table is within."""
    if above is None:
        return None
    codes = above.list_values("code")
    names = list_names(above, codes)
    return codes[0] if codes else names[0].text if names else None


def _write_heading(above: Record | None) -> str | None:
    if above is None:
        return None
    return " | ".join(name.text for name in list_names(above, above.list_values("code"))[:MAX_NAMED]) or None
