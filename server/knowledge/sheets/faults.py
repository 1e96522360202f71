"""Rows of faults: which product has which fault, what causes it, and what to do."""

import re
from collections.abc import Iterator
from typing import Literal

from server.knowledge.sheets.columns import ATTRIBUTE
from server.knowledge.sheets.names import name_texts, split_field, unite_names
from server.knowledge.sheets.problems import Problems
from server.knowledge.sheets.products import MAX_ATTRIBUTES, Products
from server.knowledge.sheets.records import Record
from server.knowledge.sheets.texts import name_language, split_references, unite
from server.store.knowledge_records import Attribute, Entity, Name, Relation

_CODE = re.compile(r"(?=\S*\d)[A-Za-z0-9][A-Za-z0-9._/+\-]*")


class Faults:
    """Gathers faults into what is known of products. A code counts for the product of its row alone."""

    def __init__(self, products: Products, problems: Problems) -> None:
        self._products = products
        self._problems = problems

    def add(self, record: Record) -> None:
        """Add what a record says. One whose product is not named may be of any."""
        codes = record.list_values("fault_code")
        symptoms = list(name_texts(record.list_texts("symptom")))
        others = (text for field in record.list_fields("alias") for text in split_field(field))
        aliases = [Name(text, name_language(text)) for text in others]
        names = unite_names((*map(Name, codes), *symptoms, *aliases))
        if not names:
            self._problems.note("fault_unnamed", record.row)
            return
        products = self._list_products(record)
        key = f"{products[0]} {names[0].text}" if products else names[0].text
        attributes = tuple(self._list_attributes(record))
        self._products.add_bare(Entity(key, "fault", names, attributes, record.entry))
        relations = [Relation(product, "has_fault", key, record.entry) for product in products]
        causes, remedies = self._add_texts(record, "cause"), self._add_texts(record, "remedy")
        relations += [Relation(cause, "causes", key, record.entry) for cause in causes]
        relations += [Relation(key, "remedied_by", remedy, record.entry) for remedy in remedies]
        self._products.relations += relations

    def _list_products(self, record: Record) -> list[str]:
        """Return the products of a row; those that are named by codes are known from then on."""
        if record.parent:
            return [record.parent]
        fields = record.list_fields("product")
        products = unite(
            value
            for field in fields
            for value in (field.values if field.is_list else split_references(field.values[0]))
        )
        named = list(name_texts(record.list_texts("product_name")))
        if not products:
            return [name.text for name in named[:1]]
        for product in products:
            if _CODE.fullmatch(product) and self._products.find(product) is None:
                names = (*(named if len(products) == 1 else ()), Name(product))
                self._products.add_bare(Entity(product, "product", unite_names(names), (), record.entry))
        return products

    def _add_texts(self, record: Record, kind: Literal["cause", "remedy"]) -> list[str]:
        """Add the cause or the remedy of a row, which may be written in two languages; return their keys."""
        names = unite_names(name_texts(record.list_texts(kind)))
        is_list = any(field.is_list for field in record.list_fields(kind))
        groups: list[tuple[Name, ...]] = [(name,) for name in names] if is_list else [names] if names else []
        for group in groups:
            self._products.add_bare(Entity(group[0].text, kind, group, (), record.entry))
        return [group[0].text for group in groups]

    def _list_attributes(self, record: Record) -> Iterator[Attribute]:
        for field in record.list_fields("symptom", ATTRIBUTE)[:MAX_ATTRIBUTES]:
            yield Attribute(field.column.name, field.text)
