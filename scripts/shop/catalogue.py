"""What the shop sells, read from the product sheets of the example knowledge base, so that both say the same."""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import knowledge

SHEETS = Path(knowledge.__file__).parent / "example" / "shop"
YUAN = re.compile(r"(\d+) 元")
LETTER_SIZES = ("XS", "S", "M", "L", "XL", "XXL")


@dataclass(frozen=True)
class Product:
    """A thing that can be ordered: a product without variants, or a variant. The price is in yuan.

    `base` is the product that it is a variant of, else its own code; `sizes` is empty where there is only one.
    """

    code: str
    base: str
    zh: str
    en: str
    price: int
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """The names of a product with variants, or of one without, by which stock can be asked for."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class Catalogue:
    products: Mapping[str, Product]
    families: Mapping[str, Family]

    def find(self, code: str) -> list[Product]:
        """Return what can be ordered under a code: the product, or all variants of it; nothing if it is unknown."""
        if code in self.products:
            return [self.products[code]]
        return [product for product in self.products.values() if product.base == code]


def read_catalogue(folder: Path = SHEETS) -> Catalogue:
    """Read the product sheets. Raises `OSError` and `KeyError` where they are not those of the example."""
    rows = [*_read_clothing(folder / "clothing.toml"), *_read_appliances(folder / "appliances.csv")]
    products = {product.code: product for _, product in rows if product is not None}
    return Catalogue(products, {family.code: family for family, _ in rows})


def _read_clothing(path: Path) -> Iterator[tuple[Family, Product | None]]:
    for sheet in tomllib.loads(path.read_text(encoding="utf-8"))["product"]:
        sizes = read_sizes(sheet.get("sizes", ""))
        for row in (sheet, *sheet.get("variant", ())):
            yield _family(row), _product(row, sheet["code"], sizes)


def _read_appliances(path: Path) -> Iterator[tuple[Family, Product | None]]:
    with path.open(encoding="utf-8", newline="") as file:
        for cells in csv.DictReader(file):
            row = {"code": cells["编号"], "name": cells["名称"], "name_en": cells["name_en"], "price": cells["价格"]}
            yield _family(row), _product(row, cells["款式属于"] or row["code"], ())


def _family(row: Mapping[str, Any]) -> Family:
    return Family(row["code"], row["name"], row["name_en"])


def _product(row: Mapping[str, Any], base: str, sizes: tuple[str, ...]) -> Product | None:
    """Return what a row sells: nothing where it has no price, as it has variants or is no longer made."""
    price = YUAN.fullmatch(row.get("price", ""))
    return Product(row["code"], base, row["name"], row["name_en"], int(price[1]), sizes) if price else None


def read_sizes(text: str) -> tuple[str, ...]:
    """Return the sizes that a sheet tells: `S to XL`, `28 to 36` in steps of two, a list; none for other words."""
    if ends := re.fullmatch(r"(X*[SML]+) to (X*[SML]+)", text):
        first, last = (LETTER_SIZES.index(end) for end in ends.groups())
        return LETTER_SIZES[first : last + 1]
    if ends := re.fullmatch(r"(\d\d) to (\d\d)", text):
        return tuple(map(str, range(int(ends[1]), int(ends[2]) + 1, 2)))
    return tuple(text.split(", ")) if re.fullmatch(r"\d\d-\d\d(, \d\d-\d\d)*", text) else ()
