"""ZIP archives that are bombs, lie, or hide something."""

import struct
from collections.abc import Iterator

from scripts.broken.document import BrokenDocument, cut, flip, read, refused
from scripts.broken.office_writer import (
    DECLARATION,
    PACKAGE,
    R,
    list_docx_members,
    list_xlsx_members,
    paragraph,
    text_cell,
    write_docx,
    write_ods,
    write_xlsx,
    write_zip,
)

ENTITIES = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
    + "]>"
)


def list_archives() -> Iterator[BrokenDocument]:
    yield from _list_bombs()
    yield from _list_lies()
    yield from _list_damages()
    yield from _list_entities()


def _list_bombs() -> Iterator[BrokenDocument]:
    body = paragraph("x")
    yield refused("bomb-ratio.docx", write_docx(body, {"word/media/a.bmp": bytes(20 << 20)}), "bomb")
    dense = "<w:p/>" * 3_000_000
    yield refused("bomb-paragraphs.docx", write_docx(dense), "bomb")
    inner = write_zip({"a": bytes(8 << 20)})
    nested = write_zip({f"{n}.zip": inner for n in range(50)})
    yield read("bomb-nested.docx", write_docx(paragraph("nested"), {"word/embeddings/a.zip": nested}), "nested")
    members = {str(n): b"" for n in range(20_001)}
    yield refused("many-entries.docx", write_docx(body, members), "broken")
    strings = (
        "<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>" + "<si><t>a</t></si>" * 1_000_000
    )
    yield refused(
        "bomb-shared-strings.xlsx", write_xlsx({"A": "<sheetData/>"}, {"xl/sharedStrings.xml": strings}), "bomb"
    )


def _list_lies() -> Iterator[BrokenDocument]:
    data = bytearray(write_docx(paragraph("x" * 100_000)))
    yield refused("lying-size.docx", _set_sizes(bytes(data), 1000), "lying_archive", "broken")
    yield refused(
        "overlapping.docx",
        _overlap(write_docx(paragraph("x"), {"a.bin": b"a" * 100, "b.bin": b"a" * 100})),
        "lying_archive",
        "broken",
    )
    yield refused(
        "same-names.docx", _rename(write_docx(paragraph("x"), {"word/aa.xml": "<a/>", "word/ab.xml": "<a/>"})), "broken"
    )
    yield refused("encrypted-entry.docx", _set_flag(write_docx(paragraph("x"))), "encrypted", "broken")


def _set_sizes(data: bytes, size: int) -> bytes:
    """Let the list of entries say that the main part is small."""
    changed = bytearray(data)
    place = 0
    while (place := data.find(b"PK\x01\x02", place)) >= 0:
        if data[place + 46 :].startswith(b"word/document.xml"):
            changed[place + 24 : place + 28] = struct.pack("<I", size)
        place += 4
    return bytes(changed)


def _overlap(data: bytes) -> bytes:
    """Let the last entry have the data of the one before."""
    places = []
    place = -1
    while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
        places.append(place)
    changed = bytearray(data)
    changed[places[-1] + 42 : places[-1] + 46] = data[places[-2] + 42 : places[-2] + 46]
    return bytes(changed)


def _rename(data: bytes) -> bytes:
    return data.replace(b"word/ab.xml", b"word/aa.xml")


def _set_flag(data: bytes) -> bytes:
    place = data.index(b"PK\x01\x02")
    return data[: place + 8] + b"\x01\0" + data[place + 10 :]


def _list_damages() -> Iterator[BrokenDocument]:
    filling = "".join(paragraph(f"paragraph {n} " + hex(n**9)) for n in range(200))
    whole = write_docx(filling)
    for share in (0.1, 0.5, 0.9, 0.99):
        yield refused(f"cut-{share}.docx", cut(whole, share), "broken")
    for place in (0.3, 0.5):
        yield refused(f"flipped-{place}.docx", flip(whole, place), "broken")
    yield refused(
        "no-document.docx",
        write_zip({k: v for k, v in list_docx_members("").items() if k != "word/document.xml"}),
        "broken",
    )
    yield refused("no-end-of-xml.docx", write_docx("", {"word/document.xml": f"{DECLARATION}<w:document>"}), "broken")
    yield refused("empty-document.docx", write_docx("", {"word/document.xml": ""}), "broken")
    yield refused(
        "no-sheet.xlsx",
        write_zip({k: v for k, v in list_xlsx_members({"A": "<sheetData/>"}).items() if "sheet1" not in k}),
        "broken",
    )
    yield refused(
        "cut.xlsx",
        cut(write_xlsx({"A": f"<sheetData><row r='1'>{text_cell('A1', 'x')}</row></sheetData>"}), 0.6),
        "broken",
    )
    yield refused("only-a-zip.docx", write_zip({"a.txt": "x"}), "unknown_kind")
    yield refused("empty.zip", write_zip({}), "unknown_kind", "empty")
    yield refused("behind-something.docx", b"\x01\x02" * 50 + write_docx(paragraph("x")), "unknown_kind")


def _list_entities() -> Iterator[BrokenDocument]:
    for name, doctype in (("external", ENTITIES), ("laughs", LAUGHS)):
        part = f'<?xml version="1.0"?>{doctype}<x>&a;</x>'
        yield refused(f"entities-{name}.docx", write_docx("", {"word/document.xml": part}), "external_entities")
        yield refused(
            f"entities-{name}.xlsx",
            write_xlsx({"A": "<sheetData/>"}, {"xl/sharedStrings.xml": part}),
            "external_entities",
        )
        yield refused(f"entities-{name}.ods", write_ods({"A": ""}, {"content.xml": part}), "external_entities")
        yield refused(
            f"entities-{name}-styles.docx", write_docx(paragraph("x"), {"word/styles.xml": part}), "external_entities"
        )
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{ENTITIES}<x>&a;</x>'.encode("utf-16")
    yield refused("entities-utf16.docx", write_docx("", {"word/document.xml": wide}), "external_entities")
    relation = f'<Relationship Id="a" Type="{R}/image" Target="http://127.0.0.1:9/a.png" TargetMode="External"/>'
    rels = f'<Relationships xmlns="{PACKAGE}/relationships">{relation}</Relationships>'
    yield read("linked-picture.docx", write_docx(paragraph("linked"), {"word/_rels/document.xml.rels": rels}), "linked")
