"""The documents of the scenes."""

import io

import xlsxwriter  # type: ignore[import-untyped]

from scripts.demo.cards import SAMPLES, make_card
from scripts.documents.catalogue import draw_catalogue


def draw_catalogue_file() -> bytes:
    """Return the catalogue as a PDF."""
    return draw_catalogue().data


def write_price_list() -> bytes:
    """Return a price list of the sample cards as an Excel file, with a total that counts as no row."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("价目表")
        sheet.write_row(0, 0, ["商品", "类别", "价格", "库存"])
        cards = [make_card(*sample) for sample in SAMPLES]
        for row, card in enumerate(cards, start=1):
            sheet.write_row(row, 0, [card.zh, card.kind.zh, card.price, 5 * row])
        stock = sum(5 * row for row in range(1, len(cards) + 1))
        sheet.write_row(len(cards) + 1, 0, ["合计", "", sum(card.price for card in cards), stock])
    return file.getvalue()
