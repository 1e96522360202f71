"""The catalogue has the text of its cards, and pictures where it has none."""

import pypdfium2  # type: ignore[import-untyped]
import pytest

from scripts.documents.catalogue import Catalogue, draw_catalogue, is_scan


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return draw_catalogue(num_pages=8, seed=3)


def read_texts(catalogue: Catalogue) -> list[str]:
    document = pypdfium2.PdfDocument(catalogue.data)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_pages_have_their_cards_price_and_name_unless_they_are_scans(catalogue: Catalogue) -> None:
    texts = read_texts(catalogue)
    assert [number for number, text in enumerate(texts, start=1) if not text] == [4, 8]
    for number, (text, card) in enumerate(zip(texts, catalogue.cards, strict=True), start=1):
        assert is_scan(number) or (f"{card.price}元" in text and card.zh in text and f"AB-{100 + number}" in text)


def test_every_price_is_there_once_and_the_lowest_on_a_scan(catalogue: Catalogue) -> None:
    assert len({card.price for card in catalogue.cards}) == len(catalogue.cards) == 8
    assert is_scan(catalogue.find_page(catalogue.cheapest))
    assert catalogue.cheapest.price == min(card.price for card in catalogue.cards)


def test_it_is_always_the_same() -> None:
    assert draw_catalogue(3, 1) == draw_catalogue(3, 1)
    assert draw_catalogue(3, 1).data != draw_catalogue(3, 2).data
