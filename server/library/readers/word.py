"""Word documents: headings, paragraphs, lists with their numbers, tables and notes, as `mammoth` gives them."""

from collections.abc import Iterator

import mammoth  # type: ignore[import-untyped]
from selectolax.lexbor import LexborHTMLParser

from server.library.readers.archives import check_archive, list_members
from server.library.readers.blocks import build_pages
from server.library.readers.html_blocks import HtmlWalk
from server.library.readers.paging import take_pages
from server.library.readers.protocol import Source
from server.library.readers.records import Opened, Page, Remark
from server.library.readers.word_parts import prepare_document

STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='heading 7'] => h6:fresh
p[style-name='heading 8'] => h6:fresh
p[style-name='heading 9'] => h6:fresh
p[style-name='标题 1'] => h1:fresh
p[style-name='标题 2'] => h2:fresh
p[style-name='标题 3'] => h3:fresh
p[style-name='标题 4'] => h4:fresh
"""
BACK_LINKS = "a[href^='#footnote-ref'], a[href^='#endnote-ref'], a[href^='#comment-ref']"


class WordReader:
    """Comments, headers and footers are not read; what was deleted and is only tracked is not either."""

    def __init__(self, source: Source) -> None:
        self._limits = source.limits
        check_archive(source.file, source.limits.max_unpacked_bytes)
        self.opened = Opened(source.kind, remarks=tuple(_list_remarks(list(list_members(source.file)))))
        result = mammoth.convert_to_html(
            prepare_document(source.file),
            style_map=STYLES,
            include_embedded_style_map=False,
            external_file_access=False,
            convert_image=_leave_out,
        )
        self._parser = LexborHTMLParser(result.value)

    def read_pages(self, first: int) -> Iterator[Page]:
        root = self._parser.root
        back_links = {node.mem_id for node in self._parser.css(BACK_LINKS)}
        blocks = iter(()) if root is None else HtmlWalk(unshown=back_links).walk(root)
        return take_pages(build_pages(blocks), first, self._limits)

    def close(self) -> None:
        """The file is not this reader's."""


def _leave_out(_: object) -> list[object]:
    """Convert a picture, to nothing."""
    return []


def _list_remarks(names: list[str]) -> Iterator[Remark]:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        yield Remark("macros")
    if count := sum(name.startswith("word/media/") for name in names):
        yield Remark("pictures", {"count": count})
    if count := sum(name.startswith("word/embeddings/") for name in names):
        yield Remark("attachments", {"count": count})
