"""All broken and odd documents."""

from collections.abc import Iterator
from itertools import chain

from scripts.broken.archives import list_archives
from scripts.broken.document import BrokenDocument
from scripts.broken.others import list_others
from scripts.broken.passwords import list_passwords
from scripts.broken.sheets import list_sheets
from scripts.broken.texts import list_texts


def list_documents() -> Iterator[BrokenDocument]:
    """Yield the documents one by one; they are the same in every run, but for what encryption draws."""
    yield from chain(list_texts(), list_archives(), list_sheets(), list_others(), list_passwords())
