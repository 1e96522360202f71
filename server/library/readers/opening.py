"""Which reader a document gets. Each is imported only when it is needed, as some of them take much memory."""

import os
from collections.abc import Callable, Mapping
from typing import BinaryIO

from server.library.readers.encrypted import decrypt
from server.library.readers.kinds import find_kind
from server.library.readers.protocol import Reader, ReaderLimits, Refused, Source
from server.library.readers.records import Kind, Refusal

MAX_BLANK_BYTES = 64 << 10
"""A document in which there is nothing is no longer than this, and so are those that are looked through for that."""

SHOWN_KINDS = ("pdf", "picture", "video")
"""What can be seen though it has no text."""


def open_reader(
    file: BinaryIO, name: str, limits: ReaderLimits, password: str | None = None, kind: Kind | None = None
) -> Reader:
    """Open a document as `kind`, which is found by its content where it is not given.

    Raises `Refused`; whatever else a reader raises is damage of the document. Whoever calls closes the reader, and the
    file after it.
    """
    file = file if kind else decrypt(file, password)
    source = Source(file, kind or find_kind(file, name), name, limits, password)
    reader = READERS[source.kind](source)
    if source.kind not in SHOWN_KINDS and _is_short(source.file) and is_blank(reader):
        raise Refused(Refusal("blank"))
    return reader


def is_blank(reader: Reader) -> bool:
    """Whether a document has no text, and nothing that is said instead of it."""
    pages = reader.read_pages(1)
    return not reader.opened.remarks and not any(page.text.strip("\ufeff \t\r\n") or page.remarks for page in pages)


def _is_short(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size <= MAX_BLANK_BYTES


def _open_pdf(source: Source) -> Reader:
    from server.library.readers.pdf import PdfReader

    return PdfReader(source)


def _open_picture(source: Source) -> Reader:
    from server.library.readers.picture import PictureReader

    return PictureReader(source)


def _open_video(source: Source) -> Reader:
    from server.library.readers.video.reading import VideoReader

    return VideoReader(source.file)


def _open_word(source: Source) -> Reader:
    from server.library.readers.word import WordReader

    return WordReader(source)


def _open_slides(source: Source) -> Reader:
    from server.library.readers.slides import SlidesReader

    return SlidesReader(source)


def _open_sheets(source: Source) -> Reader:
    from server.library.readers.sheets import SheetsReader

    return SheetsReader(source)


def _open_delimited(source: Source) -> Reader:
    from server.library.readers.delimited import DelimitedReader

    return DelimitedReader(source)


def _open_html(source: Source) -> Reader:
    from server.library.readers.html import HtmlReader

    return HtmlReader(source)


def _open_markdown(source: Source) -> Reader:
    from server.library.readers.markdown import MarkdownReader

    return MarkdownReader(source)


def _open_toml(source: Source) -> Reader:
    from server.library.readers.toml import TomlReader

    return TomlReader(source)


def _open_text(source: Source) -> Reader:
    from server.library.readers.text import TextReader

    return TextReader(source)


READERS: Mapping[Kind, Callable[[Source], Reader]] = {
    "pdf": _open_pdf,
    "picture": _open_picture,
    "video": _open_video,
    "docx": _open_word,
    "pptx": _open_slides,
    "xlsx": _open_sheets,
    "xls": _open_sheets,
    "ods": _open_sheets,
    "csv": _open_delimited,
    "tsv": _open_delimited,
    "toml": _open_toml,
    "html": _open_html,
    "markdown": _open_markdown,
    "text": _open_text,
}
"""What opens a document of each kind."""
