"""HTML as a browser without scripts shows it; nothing that it refers to is fetched."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from selectolax.lexbor import LexborHTMLParser

from server.library.readers.blocks import Block, build_pages
from server.library.readers.decoding import find_encoding, list_remarks, read_chunks
from server.library.readers.html_blocks import HtmlWalk
from server.library.readers.html_resources import count_external_resources
from server.library.readers.paging import take_pages
from server.library.readers.protocol import Source
from server.library.readers.records import Opened, Page, Remark

HEAD_BYTES = 4096
_CHARSET = re.compile(
    rb"""<meta[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)|^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""", re.I
)
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.I)


class HtmlReader:
    """Headings, lists and tables are kept; scripts, styles, comments and what is hidden are not read."""

    def __init__(self, source: Source) -> None:
        self._limits = source.limits
        encoding = find_encoding(source.file, find_declared_encoding(source.file))
        self._parser = LexborHTMLParser("".join(read_chunks(source.file, encoding)))
        remarks = list_remarks(encoding)
        if count := count_external_resources(self._parser):
            remarks = (*remarks, Remark("external_resources", {"count": count}))
        self.opened = Opened(source.kind, remarks=remarks)

    def read_pages(self, first: int) -> Iterator[Page]:
        return take_pages(build_pages(self.list_blocks()), first, self._limits)

    def list_blocks(self) -> Iterator[Block]:
        """Yield the document's title, where nothing else is its heading, and its blocks."""
        root = self._parser.root
        if root is None:
            return
        title = self._parser.css_first("head > title")
        text = " ".join((title.text() if title else "").split())
        if text and self._parser.css_first("h1") is None:
            yield Block(f"{text}\n\n", 1, text)
        yield from HtmlWalk(find_layout_tables(self._parser), find_hidden(self._parser)).walk(root)

    def close(self) -> None:
        """The file is not this reader's."""


def find_declared_encoding(file: BinaryIO) -> str | None:
    """Return the encoding that an HTML document says it has."""
    file.seek(0)
    found = _CHARSET.search(file.read(HEAD_BYTES))
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def find_hidden(parser: LexborHTMLParser) -> set[int]:
    """Return the elements that are hidden by their own attributes, by `mem_id`."""
    hidden = {node.mem_id for node in parser.css("[hidden]")}
    return hidden | {
        node.mem_id for node in parser.css("[style]") if _HIDDEN.search(node.attributes.get("style") or "")
    }


def find_layout_tables(parser: LexborHTMLParser) -> set[int]:
    """Return the tables that hold headings or other tables, and so only place things, by `mem_id`."""
    found: set[int] = set()
    for node in parser.css("table table, table h1, table h2, table h3, table h4, table h5, table h6"):
        parent = node.parent
        while parent is not None and parent.mem_id not in found:
            if parent.tag == "table":
                found.add(parent.mem_id)
            parent = parent.parent
    return found
