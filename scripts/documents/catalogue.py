"""A catalogue of product cards as a PDF: most pages have text beside the card, some are scans of the card alone.

`python -m scripts.documents.catalogue FILE` writes it.
"""

import io
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from scripts.demo.cards import Card, make_random_card
from scripts.demo.drawing import draw_card
from scripts.documents.pdf_writer import CHINESE, LATIN, PdfPage, write_pdf, write_text

NUM_PAGES = 40
SEED = 7
SCAN_EVERY = 4
"""Each fourth page is a scan."""

MIN_PRICE, MAX_PRICE = 20, 2000
PAGE_WIDTH = 420


@dataclass(frozen=True)
class Catalogue:
    """The file, and the card of each page in their order."""

    data: bytes
    cards: Sequence[Card]

    def find_page(self, card: Card) -> int:
        """Return the number of a card's page."""
        return self.cards.index(card) + 1

    @property
    def cheapest(self) -> Card:
        return min(self.cards, key=lambda card: card.price)


def draw_catalogue(num_pages: int = NUM_PAGES, seed: int = SEED) -> Catalogue:
    """Draw a catalogue in which no price is there twice, and the cheapest card is on a scanned page."""
    rng = random.Random(seed)
    cards = _choose_cards(num_pages, rng)
    pages = [_draw_page(number, card, rng) for number, card in enumerate(cards, start=1)]
    return Catalogue(write_pdf(pages), cards)


def is_scan(number: int) -> bool:
    return number % SCAN_EVERY == 0


def _choose_cards(count: int, rng: random.Random) -> list[Card]:
    cards: dict[int, Card] = {}
    while len(cards) < count:
        card = make_random_card(rng)
        if MIN_PRICE <= card.price <= MAX_PRICE:
            cards.setdefault(card.price, card)
    chosen = list(cards.values())
    cheapest, scanned = (
        chosen.index(min(chosen, key=lambda card: card.price)),
        count // 2 // SCAN_EVERY * SCAN_EVERY - 1,
    )
    chosen[cheapest], chosen[scanned] = chosen[scanned], chosen[cheapest]
    return chosen


def _draw_page(number: int, card: Card, rng: random.Random) -> PdfPage:
    picture = draw_card(card, rng).image
    height = round(PAGE_WIDTH * picture.height / picture.width)
    jpeg = _encode(picture)
    if is_scan(number):
        content = b"q %d 0 0 %d 0 0 cm /Im Do Q\n" % (PAGE_WIDTH, height)
        return PdfPage(content, (0, 0, PAGE_WIDTH, height), jpeg=jpeg, jpeg_size=picture.size)
    content = b"q %d 0 0 %d 0 130 cm /Im Do Q\n" % (PAGE_WIDTH, height)
    content += write_text([f"No. AB-{100 + number}", card.en], LATIN, 16, 30, 100)
    terms = f"售价{card.price}元，七天内可以退换，全国联保一年。"
    content += write_text([card.zh, terms, "颜色以实物为准，图片仅供参考。"], CHINESE, 14, 30, 52)
    return PdfPage(content, (0, 0, PAGE_WIDTH, height + 130), jpeg=jpeg, jpeg_size=picture.size)


def _encode(picture: Image.Image) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=92)
    return encoded.getvalue()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(draw_catalogue().data)
