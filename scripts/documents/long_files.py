"""Long documents, as files: a PDF of text, one of scans, sheets of many rows, and a clip of some minutes."""

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image, ImageDraw

from scripts.documents.pdf_writer import CHINESE, LATIN, PdfPage, scan_page, write_pdf, write_text

Row = tuple[str | int | float, ...]

WORDS = [
    "contract",
    "delivery",
    "payment",
    "warranty",
    "notice",
    "supplier",
    "invoice",
    "quality",
    "inspection",
    "annex",
    "price",
    "term",
    "region",
]
CITIES = ("杭州", "上海", "广州", "成都", "武汉", "西安", "北京", "深圳")
COLUMNS = ("编号", "商品", "城市", "数量", "单价", "金额")
SCAN_SIZE = (1240, 1754)
"""A4 at 150 dots an inch."""

CLIP_SIZE, CLIP_RATE = (1280, 720), 25

PACKAGE = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override '
    'PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="订单" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
"""What a workbook of Excel (ECMA-376) has beside its only sheet."""


def write_text_pdf(path: Path, num_pages: int) -> None:
    """Write a PDF whose pages have 36 lines each, in English and Chinese."""
    path.write_bytes(write_pdf([_make_text_page(number) for number in range(1, num_pages + 1)]))


def _make_text_page(number: int) -> PdfPage:
    rng = random.Random(number)
    english = [" ".join(rng.choices(WORDS, k=11)) + f" {number}-{line}." for line in range(24)]
    chinese = [
        f"第{number}条第{line}款：{rng.choice(CITIES)}地区的合同价款为人民币{rng.randrange(10**6)}元。"
        for line in range(12)
    ]
    return PdfPage(write_text(english, LATIN, 11, 60, 790) + write_text(chinese, CHINESE, 11, 60, 370))


def write_scanned_pdf(path: Path, num_pages: int) -> None:
    """Write a PDF whose pages are pictures of text, each another."""
    pages = [scan_page(_draw_scan(number), SCAN_SIZE) for number in range(1, num_pages + 1)]
    path.write_bytes(write_pdf(pages))


def _draw_scan(number: int) -> bytes:
    page = Image.new("RGB", SCAN_SIZE, "white")
    draw, rng = ImageDraw.Draw(page), random.Random(number)
    for line in range(30):
        draw.text((90, 90 + 52 * line), f"{number}-{line} " + " ".join(rng.choices(WORDS, k=10)), "black", font_size=20)
    data = io.BytesIO()
    page.save(data, "JPEG", quality=30)
    return data.getvalue()


def list_rows(num_rows: int, num_columns: int = len(COLUMNS)) -> Iterator[Row]:
    """Yield the header and the rows of a price list; the sum of its last named column is `sum_amounts()`."""
    more = tuple(f"字段{number}" for number in range(len(COLUMNS), num_columns))
    yield (*COLUMNS, *more)
    for number in range(1, num_rows + 1):
        count, price = 1 + number % 17, 10 + number % 991
        fixed = (f"NO-{number:06}", f"商品{number % 4999}", CITIES[number % len(CITIES)], count, price, count * price)
        yield (*fixed, *(number * 7 % (1000 + place) for place in range(len(more))))


def sum_amounts(num_rows: int) -> int:
    return sum((1 + number % 17) * (10 + number % 991) for number in range(1, num_rows + 1))


def write_csv(path: Path, num_rows: int, num_columns: int = len(COLUMNS)) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(list_rows(num_rows, num_columns))


def write_workbook(path: Path, num_rows: int, num_columns: int = len(COLUMNS)) -> None:
    """Write a workbook with one sheet, row after row, its texts in the cells."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in PACKAGE.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for text in chain(
                ['<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'],
                (_write_row(row) for row in list_rows(num_rows, num_columns)),
                ["</sheetData></worksheet>"],
            ):
                sheet.write(text.encode())


def _write_row(row: Row) -> str:
    return f"<row>{''.join(map(_write_cell, row))}</row>"


def _write_cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def write_clip(path: Path, seconds: int) -> None:
    """Write an MP4 of 720p, 25 frames a second, in which a pattern moves. Needs PyAV."""
    import av

    pattern = np.add.outer(np.arange(CLIP_SIZE[1]) // 3, np.arange(2 * CLIP_SIZE[0]) // 5).astype(np.uint8)
    with av.open(str(path), "w", format="mp4") as output:
        stream: Any = output.add_stream("libx264", rate=CLIP_RATE)
        stream.width, stream.height, stream.pix_fmt = *CLIP_SIZE, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "30"}
        for index in range(seconds * CLIP_RATE):
            start = index % CLIP_SIZE[0]
            grey = np.ascontiguousarray(pattern[:, start : start + CLIP_SIZE[0]])
            frame = av.VideoFrame.from_ndarray(grey, "gray")
            frame.pts, frame.time_base = index, Fraction(1, CLIP_RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
