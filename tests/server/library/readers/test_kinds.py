"""The kind of a document is that of its content, whatever its name says."""

import io

import pytest

from scripts.broken.compound_writer import write_compound
from scripts.documents.pdf_writer import text_page, write_pdf
from server.library.readers.kinds import HEAD_BYTES, find_kind
from server.library.readers.records import Refusal
from tests.helpers.pictures import encode, open_noise
from tests.helpers.refusals import refusal_of
from tests.helpers.zip_writer import write_office, write_zip

PDF = write_pdf([text_page(["a"])])
ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def kind_of(data: bytes, name: str = "file") -> str:
    file = io.BytesIO(data)
    kind = find_kind(file, name)
    assert file.tell() == 0
    return kind


def refuse(data: bytes, name: str = "file") -> Refusal:
    return refusal_of(lambda: find_kind(io.BytesIO(data), name))


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.csv", "a.png", "", "a", "合同"])
def test_a_name_does_not_matter(name: str) -> None:
    assert kind_of(PDF, name) == "pdf"
    assert kind_of(encode(open_noise((9, 9)), "PNG"), name) == "picture"
    assert kind_of(write_office("word/document.xml", "wordprocessingml.document"), name) == "docx"
    assert kind_of(b"<!DOCTYPE html><html><p>a</p>", name) == "html"


@pytest.mark.parametrize(("before", "is_pdf"), [(0, True), (900, True), (1100, False)])
def test_a_pdf_may_have_something_before_it(before: int, is_pdf: bool) -> None:
    assert (kind_of(b"x" * before + b"\n" + PDF[:1000].replace(b"\xe2\xe3\xcf\xd3", b"")) == "pdf") is is_pdf


def test_a_text_about_pdfs_is_none() -> None:
    assert kind_of(b"A PDF begins with %PDF-1.7, as everyone knows.") == "text"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_pictures(kind: str) -> None:
    assert kind_of(encode(open_noise((9, 9)), kind), "a.txt") == "picture"


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_pictures_of_phones(brand: bytes) -> None:
    assert kind_of(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(20)) == "picture"


def test_a_clip_is_no_picture() -> None:
    assert refuse(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(200)) == Refusal("unknown_kind")


@pytest.mark.parametrize(
    ("part", "media_type", "kind"),
    [
        ("word/document.xml", "openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("word/document2.xml", "openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("word/document.xml", "ms-word.document.macroEnabled", "docx"),
        ("xl/workbook.xml", "openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("xl/workbook.xml", "ms-excel.sheet.macroEnabled", "xlsx"),
        ("xl/workbook.bin", "ms-excel.sheet.binary.macroEnabled", "xlsx"),
        ("ppt/presentation.xml", "openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("ppt/presentation.xml", "openxmlformats-officedocument.presentationml.slideshow", "pptx"),
        ("ppt/presentation.xml", "ms-powerpoint.presentation.macroEnabled", "pptx"),
        ("word/document.xml", "unknown", "docx"),
    ],
)
def test_office_files(part: str, media_type: str, kind: str) -> None:
    assert kind_of(write_office(part, media_type), "a.zip") == kind


def test_a_document_that_holds_a_sheet_is_a_document() -> None:
    files = {"word/embeddings/a.xlsx": b"PK", "word/charts/chart1.xml": b"<a/>"}
    assert kind_of(write_office("word/document.xml", "wordprocessingml.document", files)) == "docx"


def test_open_documents() -> None:
    assert kind_of(write_zip({"mimetype": ODS, "content.xml": b"<a/>"})) == "ods"
    entry = b'<manifest:file-entry manifest:full-path="/" manifest:media-type="%s"/>'
    assert kind_of(write_zip({"META-INF/manifest.xml": entry % ODS})) == "ods"
    assert refuse(write_zip({"META-INF/manifest.xml": entry % b"application/epub"})) == Refusal("unknown_kind")
    assert refuse(write_zip({"mimetype": b"application/vnd.oasis.opendocument.text"})) == Refusal("unknown_kind")


@pytest.mark.parametrize("data", [write_zip({"a.txt": b"a"}), write_zip({}), write_zip({"[Content_Types].xml": b"a"})])
def test_other_archives_are_refused(data: bytes) -> None:
    assert refuse(data, "a.docx") == Refusal("unknown_kind")


def test_a_cut_archive_is_broken() -> None:
    whole = write_office("word/document.xml", "wordprocessingml.document")
    assert refuse(whole[: len(whole) // 2]) == Refusal("broken", {"cause": "archive"})


def write_streams(names: list[str]) -> bytes:
    return write_compound(dict.fromkeys(names, b""))


def test_old_office_files() -> None:
    assert kind_of(write_streams(["Workbook", "x"]), "a.doc") == "xls"
    assert kind_of(write_streams(["Book"]), "a.doc") == "xls"
    assert refuse(write_streams(["WordDocument"]), "a.xls").code == "old_format"
    assert ".ppt" in refuse(write_streams(["PowerPoint Document"])).values["kind"]
    assert refuse(write_streams(["EncryptedPackage", "EncryptionInfo"]), "a.docx") == Refusal("encrypted")
    assert refuse(write_streams(["Contents"])) == Refusal("unknown_kind")


def test_a_cut_compound_file_is_broken() -> None:
    assert refuse(write_streams(["Workbook"])[:300]) == Refusal("broken", {"cause": "compound_file"})


@pytest.mark.parametrize("data", [b"", b"\n \r\n", bytes(100)])
def test_nothing_is_refused(data: bytes) -> None:
    assert refuse(data, "a.pdf") == Refusal("empty")


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 9,
        bytes(HEAD_BYTES),
        b"\x7fELF\2\1\1" + bytes(200),
        b"{\\rtf1 hello}",
        b"%!PS-Adobe-3.0",
        b"Rar!\x1a\x07\1\0abc",
        b"\x1f\x8b\x08\0abcdef",
    ],
)
def test_rubbish_is_refused(data: bytes) -> None:
    assert refuse(data, "a.txt") == Refusal("unknown_kind")
