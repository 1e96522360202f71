"""Rows of products and their variants as entities, with the relations that their columns say."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import zip_longest

from server.knowledge.sheets.columns import ATTRIBUTE
from server.knowledge.sheets.names import list_names, name_texts, unite_names
from server.knowledge.sheets.problems import Problems
from server.knowledge.sheets.records import Field, Record
from server.knowledge.sheets.texts import split_categories, split_references, unite
from server.knowledge.sheets.words import find_meaning
from server.matching.names import fold_name
from server.store.knowledge_records import Attribute, Entity, EntityKind, Name, Relation, RelationKind

RELATIONS: dict[str, RelationKind] = {"fits": "fits", "replaces": "replaces", "goes_with": "belongs_with"}

MAX_ATTRIBUTES = 200
"""The most attributes of an entity."""

THINGS = frozenset({"product", "variant"})
CATEGORY = "category:"
"""Stands before the key of a category whose name is that of a product."""

Split = Callable[[str], list[str]]


class Products:
    """Gathers products. What the rows of a document say of one thing is together; those that contradict are noted."""

    def __init__(self, problems: Problems) -> None:
        self.entities: dict[tuple[str, EntityKind], Entity] = {}
        self.relations: list[Relation] = []
        self._problems = problems
        self._styles: list[tuple[str, Field, int]] = []

    def add(self, record: Record) -> str | None:
        """Add what a record says; return the key of its product, None where it is of no use."""
        codes = _list_codes(record)
        names = list_names(record, codes)
        if not names:
            self._problems.note("row_unnamed", record.row)
            return None
        if find_meaning("marks", names[0].text) == "total" and len(names) == 1:
            return None
        key = codes[0] if codes else names[0].text
        parents = [record.parent] if record.parent else self._list_parents(record, key)
        kind: EntityKind = "variant" if parents or record.kind == "variant" else "product"
        entity = Entity(key, kind, names, tuple(_list_attributes(record)), record.entry)
        if not self._put(entity, record):
            return key
        self.relations += [Relation(key, "variant_of", parent, record.entry) for parent in parents]
        self.relations += self._list_relations(record, key)
        self._styles += [(key, field, record.entry) for field in record.list_fields("style")]
        return key

    def add_category(self, record: Record) -> str | None:
        """Add a category with its names; return its key."""
        codes = record.list_values("code")
        names = list_names(record, codes)
        if not names:
            self._problems.note("row_unnamed", record.row)
            return None
        key = names[0].text
        self._unite(Entity(key, "category", names, tuple(_list_attributes(record)), record.entry))
        return key

    def add_bare(self, entity: Entity) -> None:
        """Add what other rows mention, with the names that they have for it."""
        self._unite(entity)

    def find(self, key: str) -> Entity | None:
        """Return the product or the variant of a key."""
        return self.entities.get((key, "product")) or self.entities.get((key, "variant"))

    def finish(self) -> None:
        """Take the values of columns such as 款式 for products where they are some, else for attributes."""
        known = {fold_name(name.text): entity.key for entity in self.entities.values() for name in entity.names}
        for key, field, entry in self._styles:
            parent = known.get(fold_name(field.text))
            entity = self.find(key)
            if entity is None:
                continue
            place = (key, entity.kind)
            if parent is None or parent == key:
                added = Attribute(field.column.name, field.text)
                self.entities[place] = replace(entity, attributes=(*entity.attributes, added))
            else:
                self.relations.append(Relation(key, "variant_of", parent, entry))
                self.entities[place] = replace(entity, kind="variant")
        self._part_categories()

    def _part_categories(self) -> None:
        """Give categories that are called as a product is a key of their own: what has one key is one thing."""
        things = {fold_name(key) for key, kind in self.entities if kind in THINGS}
        parted = [key for key, kind in self.entities if kind == "category" and fold_name(key) in things]
        for key in parted:
            category = self.entities.pop((key, "category"))
            self.entities[CATEGORY + key, "category"] = replace(category, key=CATEGORY + key)
        for i, each in enumerate(self.relations):
            if each.kind == "in_category" and each.object in parted:
                self.relations[i] = replace(each, object=CATEGORY + each.object)

    def _list_parents(self, record: Record, key: str) -> list[str]:
        return [value for value in _split(record, "parent", split_references) if fold_name(value) != fold_name(key)]

    def _put(self, entity: Entity, record: Record) -> bool:
        """Keep an entity; return whether it is used. One whose cells are joined with those above goes on that one."""
        before = self.find(entity.key)
        if before is None:
            self.entities[entity.key, entity.kind] = entity
            return True
        is_joined = any(field.is_repeated for field in record.list_fields("code", "name"))
        is_bare = not before.attributes and not entity.attributes
        if is_joined or is_bare:
            self.entities[before.key, before.kind] = _join(before, entity)
            return True
        if (before.attributes, before.names) != (entity.attributes, entity.names):
            self._problems.note("row_duplicate", record.row)
            return False
        return True

    def _unite(self, entity: Entity) -> None:
        place = (entity.key, entity.kind)
        before = self.entities.get(place)
        self.entities[place] = entity if before is None else _join(before, entity)

    def _list_relations(self, record: Record, key: str) -> Iterator[Relation]:
        for term, kind in RELATIONS.items():
            yield from (Relation(key, kind, other, record.entry) for other in _split(record, term, split_references))
        for other in _split(record, "replaced_by", split_references):
            yield Relation(other, "replaces", key, record.entry)
        for names in _list_categories(record):
            category = Entity(names[0].text, "category", names, (), record.entry)
            self._unite(category)
            yield Relation(key, "in_category", category.key, record.entry)


def _list_codes(record: Record) -> list[str]:
    """Return the codes of a row, its own first. A code of a group of variants is its own where it has no other."""
    codes = record.list_values("code")
    return codes or (record.list_values("parent") if not record.list_values("name") else [])


def _list_categories(record: Record) -> list[tuple[Name, ...]]:
    """Return the categories of a row, each with its names: columns with as many values name the same ones."""
    columns = []
    for field in record.list_fields("category"):
        texts = list(field.values) if field.is_list else split_categories(field.values[0])
        columns.append(list(name_texts((text, field.column.language) for text in texts)))
    if len(columns) > 1 and len({len(column) for column in columns}) == 1 and _differ_in_language(columns):
        return [unite_names(filter(None, names)) for names in zip_longest(*columns)]
    return [(name,) for name in unite_names(name for column in columns for name in column)]


def _differ_in_language(columns: list[list[Name]]) -> bool:
    languages = [{name.language for name in column} for column in columns]
    return all(not (one & other) for place, one in enumerate(languages) for other in languages[place + 1 :])


def _list_attributes(record: Record) -> Iterator[Attribute]:
    for field in record.list_fields(ATTRIBUTE)[:MAX_ATTRIBUTES]:
        yield Attribute(field.column.name, field.text)


def _split(record: Record, term: str, split: Split) -> list[str]:
    """Return the values in the columns of a term, each once."""
    return unite(
        value
        for field in record.list_fields(term)
        for value in (field.values if field.is_list else split(field.values[0]))
    )


def _join(before: Entity, later: Entity) -> Entity:
    attributes = tuple(dict.fromkeys((*before.attributes, *later.attributes)))[:MAX_ATTRIBUTES]
    return replace(before, names=unite_names((*before.names, *later.names)), attributes=attributes)
