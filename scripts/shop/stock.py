"""How many pieces of a product there are."""

import sqlite3
from typing import Any

from scripts.shop.catalogue import Catalogue, Product
from scripts.shop.refusal import refuse_product


def describe_stock(connection: sqlite3.Connection, catalogue: Catalogue, code: str) -> dict[str, Any]:
    """Return the stock of a product, of all of its variants where the code is a whole product's. Raises `ShopRefusal`.

    A product that is no longer made has none.
    """
    code = code.strip().upper()
    family = catalogue.families.get(code)
    if family is None:
        raise refuse_product(code)
    kinds = [kind for product in catalogue.find(code) for kind in _count_kinds(connection, product)]
    available = sum(kind["available"] for kind in kinds)
    return {
        "product": code,
        "name_zh": family.zh,
        "name_en": family.en,
        "available": available,
        "stock_zh": f"有货，还有 {available} 件" if available else "暂时没有货",
        "stock_en": f"in stock, {available} left" if available else "sold out for now",
        "kinds": kinds,
    }


def _count_kinds(connection: sqlite3.Connection, product: Product) -> list[dict[str, Any]]:
    """Return each size of a product that can be ordered, with its price in yuan and how many there are."""
    return [
        {
            "product": product.code,
            "name_zh": product.zh,
            "name_en": product.en,
            "size": size or None,
            "price": product.price,
            "available": count_available(connection, product.code, size),
        }
        for size in product.sizes or ("",)
    ]


def count_available(connection: sqlite3.Connection, code: str, size: str) -> int:
    row = connection.execute("SELECT available FROM stock WHERE product = ? AND size = ?", (code, size)).fetchone()
    return 0 if row is None else int(row[0])


def change_stock(connection: sqlite3.Connection, code: str, size: str | None, by: int) -> None:
    """Add pieces to the stock, or take them where `by` is below zero. There must be as many."""
    statement = "UPDATE stock SET available = available + ? WHERE product = ? AND size = ?"
    connection.execute(statement, (by, code, size or ""))
