"""Tables of pictures, read by the model under grammars: first their headers, then rows of exactly as many cells."""

import json
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from server.library.tables.model import TableModel, make_turn
from server.library.tables.records import ExtractedTable, TableCell
from server.turn.pictures import PictureSource

MAX_TABLES = 4
MAX_COLUMNS = 30
MAX_ROWS = 500
MAX_CELL_CHARACTERS = 200
MAX_HEADER_TOKENS = 600
MAX_ROW_TOKENS = 4096

HEADER_PROMPT = (
    "Which tables does the picture show? Return JSON: for each table, from the top down, the names of its columns from "
    "the left to the right, exactly as they are written. Return an empty list if there is no table. "
    "图片中有哪些表格？请从上到下列出每个表格的列名，与图中文字一致；没有表格时返回空列表。"
)
ROWS_PROMPT = (
    "Table {number} of the picture has the columns {columns}. Return all of its rows below the header as JSON, from "
    "the top down, with the text of each cell exactly as it is written, and an empty text for an empty cell. "
    "请按顺序列出该表格表头以下的所有行，单元格文字与图中一致，空单元格用空字符串。"
)


async def read_picture_tables(picture: PictureSource, model: TableModel, page: int = 1) -> list[ExtractedTable]:
    """Return the tables that the model sees in a picture; those that it did not read to their ends are truncated.

    Raises what `model` raises.
    """
    turn = make_turn((picture, HEADER_PROMPT), MAX_HEADER_TOKENS, _write_header_schema())
    text, _ = await model.ask(turn)
    headers = [header for header in read_whole_items(text) if _are_texts(header) and len(header) > 1]
    return [
        await _read_rows(picture, number, header, model, page)
        for number, header in enumerate(headers[:MAX_TABLES], start=1)
    ]


async def _read_rows(
    picture: PictureSource, number: int, header: list[str], model: TableModel, page: int
) -> ExtractedTable:
    prompt = ROWS_PROMPT.format(number=number, columns=json.dumps(header, ensure_ascii=False))
    turn = make_turn((picture, prompt), MAX_ROW_TOKENS, _write_rows_schema(len(header)))
    text, is_complete = await model.ask(turn)
    rows = [row for row in read_whole_items(text) if _are_texts(row) and len(row) == len(header)]
    return make_table(header, rows, page, is_truncated=not is_complete or len(rows) >= MAX_ROWS)


def make_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], page: int, *, is_truncated: bool
) -> ExtractedTable:
    """Return a table of texts; rows without any text at its end are left out."""
    kept = list(rows)
    while kept and not any(text.strip() for text in kept[-1]):
        kept.pop()
    cells = tuple(
        TableCell(text.strip(), r, c, page=page, is_header=r == 0)
        for r, row in enumerate((header, *kept))
        for c, text in enumerate(row)
    )
    return ExtractedTable(
        cells=cells,
        num_rows=1 + len(kept),
        num_columns=len(header),
        first_page=page,
        last_page=page,
        is_truncated=is_truncated,
    )


def read_whole_items(text: str) -> Iterator[object]:
    """Yield the items of the list in a JSON object such as `{"rows": [...]}`, but none that was cut off."""
    decoder = json.JSONDecoder()
    position = text.find("[") + 1
    if not position:
        return
    while position < len(text):
        try:
            item, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            return
        yield item
        rest = text[position:].lstrip()
        if not rest.startswith(","):
            return
        position = len(text) - len(rest[1:].lstrip())


def _are_texts(item: object) -> TypeGuard[list[str]]:
    return isinstance(item, list) and all(isinstance(text, str) for text in item)


def _write_header_schema() -> dict[str, object]:
    return _write_list_schema("tables", _write_row_schema(2, MAX_COLUMNS), MAX_TABLES)


def _write_rows_schema(num_columns: int) -> dict[str, object]:
    """Return the schema of rows that all have as many cells."""
    return _write_list_schema("rows", _write_row_schema(num_columns, num_columns), MAX_ROWS)


def _write_row_schema(least: int, most: int) -> dict[str, object]:
    text = {"type": "string", "maxLength": MAX_CELL_CHARACTERS}
    return {"type": "array", "items": text, "minItems": least, "maxItems": most}


def _write_list_schema(name: str, items: dict[str, object], most: int) -> dict[str, object]:
    listed = {"type": "array", "items": items, "maxItems": most}
    return {"type": "object", "properties": {name: listed}, "required": [name], "additionalProperties": False}
