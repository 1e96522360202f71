"""Why a document cannot be read, and what a client is told of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from server.errors.documents import DocumentRefused
from server.library.readers.records import Refusal
from server.library.remarks import REFUSALS, write_refusal


class ReadingError(Exception):
    """A document, or a page of it, cannot be read; `refusal` says why. Its texts are in `remarks.py`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


@contextmanager
def refusing() -> Iterator[None]:
    """Raise `DocumentRefused` for what the readers refuse."""
    try:
        yield
    except ReadingError as error:
        code = error.refusal.code
        raise DocumentRefused(code, write_refusal(error.refusal), REFUSALS[code].status) from error
