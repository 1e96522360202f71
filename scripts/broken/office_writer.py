"""Office files by hand, as ZIP archives of XML, so that tests can put anything into them."""

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODS = "urn:oasis:names:tc:opendocument:xmlns"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

Members = Mapping[str, str | bytes]


def write_zip(members: Members, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return file.getvalue()


def write_docx(
    body: str, members: Members | None = None, styles: str = "", numbering: str = "", notes: str = ""
) -> bytes:
    """Write a Word document with the XML of its body; `w:` and `r:` are declared."""
    return write_zip({**list_docx_members(body, styles, numbering, notes), **(members or {})})


def list_docx_members(body: str, styles: str = "", numbering: str = "", notes: str = "") -> dict[str, str | bytes]:
    namespaces = f'xmlns:w="{W}" xmlns:r="{R}"'
    parts = {"styles": styles, "numbering": numbering, "footnotes": notes}
    relations = "".join(
        f'<Relationship Id="{name}" Type="{R}/{name}" Target="{name}.xml"/>'
        for name, content in parts.items()
        if content
    )
    return {
        "[Content_Types].xml": _write_types(
            "/word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        ),
        "_rels/.rels": _write_relations("word/document.xml"),
        "word/document.xml": f"{DECLARATION}<w:document {namespaces}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": _wrap_relations(relations),
        **{
            f"word/{name}.xml": f"{DECLARATION}<w:{name} {namespaces}>{content}</w:{name}>"
            for name, content in parts.items()
            if content
        },
    }


def paragraph(text: str, style: str = "", number: tuple[int, int] | None = None, extra: str = "") -> str:
    """Return a paragraph of Word; `number` is the list and the level of it."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if number:
        properties += f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>'
    runs = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' if text else ""
    return f"<w:p><w:pPr>{properties}{extra}</w:pPr>{runs}</w:p>"


def define_list(number: int, *levels: tuple[str, str], start: int = 1) -> str:
    """Return the definition of a list of Word: the form and the text of each level."""
    content = "".join(
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for index, (form, text) in enumerate(levels)
    )
    return f'<w:abstractNum w:abstractNumId="{number}">{content}</w:abstractNum>'


def use_list(instance: int, number: int, extra: str = "") -> str:
    return f'<w:num w:numId="{instance}"><w:abstractNumId w:val="{number}"/>{extra}</w:num>'


def write_xlsx(sheets: Mapping[str, str], members: Members | None = None, styles: str = "") -> bytes:
    """Write a workbook with the XML of each sheet's data and what follows it."""
    return write_zip({**list_xlsx_members(sheets, styles), **(members or {})})


def list_xlsx_members(sheets: Mapping[str, str], styles: str = "") -> dict[str, str | bytes]:
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, sheets, strict=True)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{R}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    relations += f'<Relationship Id="styles" Type="{R}/styles" Target="styles.xml"/>' if styles else ""
    return {
        "[Content_Types].xml": _write_types(
            "/xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        ),
        "_rels/.rels": _write_relations("xl/workbook.xml"),
        "xl/workbook.xml": f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{R}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _wrap_relations(relations),
        **({"xl/styles.xml": f'{DECLARATION}<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'} if styles else {}),
        **{
            f"xl/worksheets/sheet{n}.xml": f'{DECLARATION}<worksheet xmlns="{MAIN}">{content}</worksheet>'
            for n, content in zip(numbers, sheets.values(), strict=True)
        },
    }


def text_cell(name: str, text: str) -> str:
    return f'<c r="{name}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def write_ods(tables: Mapping[str, str], members: Members | None = None) -> bytes:
    """Write a spreadsheet of OpenDocument with the XML of each table's rows."""
    content = "".join(f'<table:table table:name="{escape(name)}">{rows}</table:table>' for name, rows in tables.items())
    namespaces = " ".join(f'xmlns:{name}="{ODS}:{name}:1.0"' for name in ("office", "table", "text"))
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{media}"/>'
        for path, media in (("/", kind), ("content.xml", "text/xml"))
    )
    return write_zip(
        {
            "mimetype": kind,
            "content.xml": f"{DECLARATION}<office:document-content {namespaces} {calc}><office:body>"
            f"<office:spreadsheet>{content}</office:spreadsheet></office:body></office:document-content>",
            "META-INF/manifest.xml": f'{DECLARATION}<manifest:manifest xmlns:manifest="{ODS}:manifest:1.0">{manifest}'
            "</manifest:manifest>",
            **(members or {}),
        }
    )


def _write_types(part: str, media: str) -> str:
    return (
        f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="{part}" ContentType="{media}"/></Types>'
    )


def _write_relations(target: str) -> str:
    return _wrap_relations(f'<Relationship Id="rId1" Type="{R}/officeDocument" Target="{target}"/>')


def _wrap_relations(relations: str) -> str:
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'
