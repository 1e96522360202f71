"""Presentations, PDFs and pictures that are broken or odd."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image
from pptx import Presentation

from scripts.broken.document import BrokenDocument, cut, flip, read, refused
from scripts.broken.office_writer import paragraph, write_docx, write_zip

MAX_SIDE = 60_000


def list_others() -> Iterator[BrokenDocument]:
    yield from _list_words()
    yield from _list_slides()
    yield from _list_pdfs()
    yield from _list_pictures()


def _list_words() -> Iterator[BrokenDocument]:
    yield read("macros.docm", write_docx(paragraph("text"), {"word/vbaProject.bin": b"x"}), "text", remarks=("macros",))
    deep = "<w:tbl><w:tr><w:tc>" * 300 + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * 300
    yield BrokenDocument("deep-tables.docx", write_docx(deep), ("read", "broken"))
    yield refused("no-text.docx", write_docx("<w:p/>"), "blank")
    yield read("right-to-left.docx", write_docx(paragraph("שלום עולם")), "שלום")
    yield read("unknown-style.docx", write_docx(paragraph("text", style="Missing")), "text")
    yield read("unknown-list.docx", write_docx(paragraph("text", number=(99, 3))), "text")
    yield read("wrong-ending.pdf", write_docx(paragraph("a document of Word")), "Word")


def _list_slides() -> Iterator[BrokenDocument]:
    presentation = Presentation()
    empty = _save(presentation)
    yield refused("no-slides.pptx", empty, "blank")
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "A title"
    whole = _save(presentation)
    yield refused("cut.pptx", cut(whole, 0.6), "broken")
    yield refused("no-slide.pptx", _leave_out(whole, "ppt/slides/slide1.xml"), "broken")
    yield read("flipped-picture.pptx", _add(whole, "ppt/media/x.png", b"no picture"), "A title", remarks=("pictures",))
    yield read("macros.pptm", _add(whole, "ppt/vbaProject.bin", b"x"), "A title", remarks=("macros",))


def _save(presentation: object) -> bytes:
    file = io.BytesIO()
    presentation.save(file)  # type: ignore[attr-defined]
    return write_zip(_list_members(file.getvalue()))  # without the time


def _leave_out(data: bytes, name: str) -> bytes:
    return write_zip({key: content for key, content in _list_members(data).items() if key != name})


def _add(data: bytes, name: str, content: bytes) -> bytes:
    return write_zip({**_list_members(data), name: content})


def _list_members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_pdf(*objects: bytes, is_indexed: bool = True) -> bytes:
    """Write a PDF of objects, the first of which is its catalogue."""
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    if is_indexed:
        data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def _write_text_pdf(text: bytes, box: bytes = b"0 0 300 300", is_indexed: bool = True) -> bytes:
    content = b"BT /F1 12 Tf 50 150 Td (%s) Tj ET" % text
    return write_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>" % box,
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        is_indexed=is_indexed,
    )


def _list_pdfs() -> Iterator[BrokenDocument]:
    whole = _write_text_pdf(b"some text of the page")
    yield read("no-index.pdf", _write_text_pdf(b"some text of the page", is_indexed=False), "some text")
    yield read("zero-size.pdf", _write_text_pdf(b"some text of the page", b"0 0 0 0"))
    yield read("huge-page.pdf", _write_text_pdf(b"some text of the page", b"0 0 99999999 99999999"))
    yield refused("cut.pdf", cut(whole, 0.15), "broken", "empty")
    yield refused("header-only.pdf", b"%PDF-1.7\n", "broken", "empty")
    loop = write_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>")
    yield BrokenDocument("page-loop.pdf", loop, ("read", "broken", "empty"))
    claim = write_pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 100000>>")
    yield BrokenDocument("claimed-pages.pdf", claim, ("broken", "empty", "too_many_pages"))
    blank = write_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>",
    )
    yield read("blank.pdf", blank)
    bomb = zlib.compress(zlib.compress(bytes(100 << 20), 9), 9)
    yield BrokenDocument(
        "bomb.pdf",
        write_pdf(
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>",
            b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n%s\nendstream" % (len(bomb), bomb),
        ),
        ("read", "memory", "crash", "slow", "broken", "bomb"),
    )
    script = write_pdf(
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>",
    )
    yield read("script.pdf", script)


def _list_pictures() -> Iterator[BrokenDocument]:
    png = _encode("PNG")
    yield read("small.png", png)
    yield BrokenDocument("cut.png", cut(png, 0.3), ("read", "broken"))
    yield BrokenDocument("flipped.jpg", flip(_encode("JPEG"), 0.005), ("read", "broken", "unknown_kind"))
    header = struct.pack(">IIBBBBB", MAX_SIDE, MAX_SIDE, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    huge = png[:8] + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    yield refused("huge.png", huge, "broken", "bomb", "too_many_pixels")
    yield read("wrong-ending.docx", png)
    tiff = _encode("TIFF")
    first = struct.unpack_from("<I", tiff, 4)[0]
    num_entries = struct.unpack_from("<H", tiff, first)[0]
    place = first + 2 + 12 * num_entries
    loop = tiff[:place] + struct.pack("<I", first) + tiff[place + 4 :]
    yield BrokenDocument("loop.tiff", loop, ("read", "broken"))
    yield refused("no-directory.tiff", tiff[:4] + b"\xff\xff\xff\x7f" + tiff[8:], "broken")


def _encode(form: str) -> bytes:
    file = io.BytesIO()
    pixels = bytes((n * 7919) % 251 for n in range(64 * 64 * 3))
    Image.frombytes("RGB", (64, 64), pixels).save(file, form)
    return file.getvalue()
