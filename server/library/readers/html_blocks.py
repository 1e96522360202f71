"""From the tree of an HTML document to blocks of text, as a browser without scripts would show them."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from server.library.readers.blocks import Block
from server.library.readers.html_tables import TableBuilder
from server.library.readers.numerals import write_number

HEADINGS = {f"h{level}": level for level in range(1, 7)}
UNSHOWN = frozenset(
    {"script", "style", "template", "head", "iframe", "object", "embed", "audio", "video", "canvas", "svg"}
    | {"datalist", "noframes", "rp", "-comment", "-doctype"}
)
PARAGRAPHS = frozenset(
    {"p", "pre", "listing", "xmp", "plaintext", "blockquote", "figure", "hr", "article", "section", "header", "footer"}
    | {"main", "aside", "nav", "fieldset", "form", "details", "table", *HEADINGS}
)
LINES = frozenset(
    {"div", "li", "dt", "dd", "ul", "ol", "menu", "dir", "dl", "tr", "td", "th", "caption", "thead", "tbody", "tfoot"}
    | {"option", "optgroup", "legend", "figcaption", "summary", "address", "center", "body", "html", "search"}
    | {"hgroup", "dialog"}
)
PREFORMATTED = frozenset(("pre", "listing", "xmp", "plaintext"))
LISTS = frozenset(("ul", "ol", "menu", "dir"))
FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}

_SPACE = re.compile(r"[ \t\n\r\f]+")
_SPACES = re.compile(r" {2,}")
_AROUND_LINE_END = re.compile(r" *\n *")
MAX_DEPTH_SHOWN = 20


def iterate(root: LexborNode, unshown: Set[int]) -> Iterator[tuple[LexborNode, str, bool]]:
    """Yield what is shown of a tree, each element at its beginning and, marked so, at its end; no recursion."""
    node, depth = root, 0
    while True:
        tag = node.tag or "-comment"
        is_shown = tag not in UNSHOWN and not (unshown and node.mem_id in unshown)
        if is_shown:
            yield node, tag, False
            child = node.first_child
            if child is not None:
                node, depth = child, depth + 1
                continue
            yield node, tag, True
        while depth and node.next is None:
            parent = node.parent
            if parent is None:
                return
            node, depth = parent, depth - 1
            yield node, node.tag or "", True
        following = node.next
        if not depth or following is None:
            return
        node = following


@dataclass
class _List:
    """A list that the walk is in; `number` is that of the next item, None where items have bullets."""

    number: int | None = None
    step: int = 1
    form: str = "decimal"


@dataclass
class _CellStart:
    num_rows: int
    num_columns: int
    is_header: bool


@dataclass
class HtmlWalk:
    """A walk over a tree, which collects the text of the block that it is in.

    Tables in `layout_tables` (by `mem_id`) only place things on the page: what they hold is read as if they were not
    there. A table in a cell of another is text of that cell.
    """

    layout_tables: Set[int] = frozenset()
    unshown: Set[int] = frozenset()
    _texts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _lists: list[_List] = field(default_factory=list)
    _tables: list[TableBuilder | None] = field(default_factory=list)
    _cell: _CellStart | None = None
    _level: int = 0
    _num_preformatted: int = 0
    _is_in_head: bool = False
    _marker: str = ""

    def walk(self, root: LexborNode) -> Iterator[Block]:
        """Yield the blocks of a tree in their order."""
        for node, tag, is_end in iterate(root, self.unshown):
            if tag == "-text":
                if not is_end:
                    self._add_text(node.text_content or "")
            elif is_end:
                self._end(tag)
            else:
                self._begin(node, tag)
            if self._blocks:
                blocks, self._blocks = self._blocks, []
                yield from blocks
        self._end_block("\n")
        yield from self._blocks

    def _add_text(self, text: str) -> None:
        self._texts.append(text if self._num_preformatted else _SPACE.sub(" ", text))

    def _begin(self, node: LexborNode, tag: str) -> None:
        if tag in PARAGRAPHS or tag in LINES:
            self._end_block("\n\n" if tag in PARAGRAPHS else "\n")
        if tag in HEADINGS and not self._cell:
            self._level = HEADINGS[tag]
        elif tag in PREFORMATTED:
            self._num_preformatted += 1
        elif tag == "br":
            self._texts.append("\n")
        elif tag == "input" and (node.attributes.get("type") or "").lower() == "checkbox":
            self._texts.append("☑" if "checked" in node.attributes else "☐")
        elif tag in LISTS:
            self._begin_list(node, tag)
        elif tag == "li":
            self._begin_item(node)
        else:
            self._begin_table_part(node, tag)

    def _end(self, tag: str) -> None:
        if tag in ("td", "th") and self._table and self._cell:
            self._end_cell(self._table, self._cell)
        if tag in PARAGRAPHS or tag in LINES:
            self._end_block("\n\n" if tag in PARAGRAPHS else "\n")
        if tag in HEADINGS:
            self._level = 0
        elif tag in PREFORMATTED:
            self._num_preformatted -= 1
        elif tag in LISTS and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._marker = ""
        else:
            self._end_table_part(tag)

    def _end_block(self, line_ends: str) -> None:
        """End a block of text; within a heading or a cell that is only a space."""
        if self._cell or (self._level and not _is_blank(self._texts) and line_ends == "\n"):
            self._texts.append(" ")
            return
        text, self._texts = self._take_text(), []
        if not text:
            return
        title = _SPACE.sub(" ", text) if self._level else ""
        self._blocks.append(
            Block(self._marker + (title or text) + line_ends, self._level, self._marker.strip() + title)
        )
        self._marker = ""

    def _take_text(self) -> str:
        text = "".join(self._texts)
        if self._num_preformatted:
            return text.strip("\n") if text.strip() else ""
        return _AROUND_LINE_END.sub("\n", _SPACES.sub(" ", text)).strip(" \n")

    def _begin_list(self, node: LexborNode, tag: str) -> None:
        if tag != "ol":
            self._lists.append(_List())
            return
        attributes = node.attributes
        step = -1 if "reversed" in attributes else 1
        first = 1 if step > 0 else _count_items(node)
        self._lists.append(
            _List(_read_int(attributes.get("start"), first), step, FORMS.get(attributes.get("type") or "", "decimal"))
        )

    def _begin_item(self, node: LexborNode) -> None:
        items = self._lists[-1] if self._lists else _List()
        mark = "- "
        if items.number is not None:
            number = _read_int(node.attributes.get("value"), items.number)
            mark, items.number = f"{write_number(number, items.form)}. ", number + items.step
        if self._cell:
            self._texts.append(mark)
        else:
            self._marker = "  " * min(max(len(self._lists) - 1, 0), MAX_DEPTH_SHOWN) + mark

    @property
    def _table(self) -> TableBuilder | None:
        return self._tables[-1] if self._tables else None

    def _begin_table_part(self, node: LexborNode, tag: str) -> None:
        if tag == "table":
            is_read_through = any(self._tables) or node.mem_id in self.layout_tables
            self._tables.append(None if is_read_through else TableBuilder())
        elif table := self._table:
            if tag == "tr":
                table.add_row()
            elif tag == "thead":
                self._is_in_head = True
            elif tag in ("td", "th"):
                self._begin_cell(node, tag)

    def _begin_cell(self, node: LexborNode, tag: str) -> None:
        attributes = node.attributes
        num_rows, num_columns = (_read_int(attributes.get(name), 1) for name in ("rowspan", "colspan"))
        self._cell = _CellStart(num_rows, num_columns, tag == "th" or self._is_in_head)
        self._texts = []

    def _end_cell(self, table: TableBuilder, cell: _CellStart) -> None:
        text = " ".join("".join(self._texts).split())
        table.add_cell(text, cell.num_rows, cell.num_columns, cell.is_header)
        self._texts, self._cell = [], None

    def _end_table_part(self, tag: str) -> None:
        if tag in ("thead", "tbody", "tfoot") and (table := self._table):
            self._is_in_head = False
            table.end_group()
        elif tag == "table" and self._tables:
            table = self._tables.pop()
            rows = table.build() if table else ()
            if any(row.text for row in rows):
                self._blocks += [Block("".join(row.text for row in rows), rows=rows), Block("\n")]


def _is_blank(texts: list[str]) -> bool:
    return not any(text.strip() for text in texts)


def _read_int(text: str | None, otherwise: int) -> int:
    """Return a small whole number that an attribute has."""
    found = re.match(r"\s*([-+]?\d{1,9})", text or "")
    return int(found[1]) if found else otherwise


def _count_items(node: LexborNode) -> int:
    child, num_items = node.first_child, 0
    while child is not None:
        num_items += child.tag == "li"
        child = child.next
    return num_items
