"""PDFs written by hand (ISO 32000-1): text in fonts of several kinds, scans, bookmarks, passwords."""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

A4 = (595, 842)
LATIN, CHINESE, EMBEDDED = "F1", "F2", "F3"
"""The fonts of every page: one that each program has, one that a system may lack, and one that the PDF brings."""

PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
PERMISSIONS = -4
IDENTITY = b"0123456789abcdef"


@dataclass(frozen=True)
class PdfPage:
    """A page. `box` and `crop` are left, bottom, right and top in points; `jpeg` is what `/Im` of its content draws."""

    content: bytes = b""
    box: tuple[float, ...] = (0, 0, *A4)
    crop: tuple[float, ...] | None = None
    rotation: int = 0
    jpeg: bytes | None = None
    jpeg_size: tuple[int, int] = (0, 0)
    annotations: Sequence[bytes] = ()


@dataclass(frozen=True)
class Bookmark:
    title: str
    page: int
    children: Sequence["Bookmark"] = ()
    top: float = 800


@dataclass
class PdfWriter:
    """Objects of a PDF, numbered from 1 in the order in which they are added."""

    password: str | None = None
    objects: list[tuple[bytes, bytes | None]] = field(default_factory=list)

    def add(self, body: bytes = b"", stream: bytes | None = None) -> int:
        self.objects.append((body, stream))
        return len(self.objects)

    def replace(self, number: int, body: bytes) -> None:
        self.objects[number - 1] = (body, None)

    def write(self, root: int) -> bytes:
        data, places = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), []
        key = find_key(self.password) if self.password is not None else None
        for number, (body, stream) in enumerate(self.objects, 1):
            places.append(len(data))
            data += b"%d 0 obj\n" % number + write_body(body, stream, key and find_object_key(key, number))
            data += b"\nendobj\n"
        start = len(data)
        data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        data += b"".join(b"%010d 00000 n \n" % place for place in places)
        data += b"trailer\n<< /Size %d /Root %d 0 R " % (len(places) + 1, root)
        data += b"/ID [<%s> <%s>] " % (IDENTITY.hex().encode(), IDENTITY.hex().encode())
        data += write_encryption(self.password) if self.password is not None else b""
        return bytes(data + b">>\nstartxref\n%d\n%%%%EOF\n" % start)


def write_pdf(
    pages: Sequence[PdfPage],
    bookmarks: Sequence[Bookmark] = (),
    password: str | None = None,
    catalog: bytes = b"",
    more: Sequence[tuple[bytes, bytes | None]] = (),
) -> bytes:
    """Return a PDF. `more` are objects whose numbers begin with 1, for `catalog` and annotations to refer to."""
    writer = PdfWriter(password, list(more))
    tree = writer.add()
    fonts = b" ".join(b"/%s %d 0 R" % (name.encode(), number) for name, number in add_fonts(writer).items())
    numbers = [add_page(writer, page, tree, fonts) for page in pages]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    writer.replace(tree, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(numbers)))
    outline = b"/Outlines %d 0 R " % add_bookmarks(writer, bookmarks, numbers) if bookmarks else b""
    return writer.write(writer.add(b"<< /Type /Catalog /Pages %d 0 R %s%s >>" % (tree, outline, catalog)))


def write_text(lines: Sequence[str], font: str = LATIN, size: float = 12, left: float = 72, top: float = 770) -> bytes:
    """Return the content that draws lines of text, one and a half times their size apart."""
    drawn = [b"BT /%s %g Tf %g TL %g %g Td" % (font.encode(), size, 1.5 * size, left, top)]
    drawn += [b"%s Tj T*" % encode_text(line, font) for line in lines]
    return b"\n".join([*drawn, b"ET\n"])


def text_page(lines: Sequence[str], font: str = LATIN, size: float = 12) -> PdfPage:
    return PdfPage(write_text(lines, font, size))


def scan_page(jpeg: bytes, size: tuple[int, int], text: bytes = b"") -> PdfPage:
    """Return a page that a picture of `size` pixels covers."""
    return PdfPage(b"q %d 0 0 %d 0 0 cm /Im Do Q\n" % A4 + text, jpeg=jpeg, jpeg_size=size)


def table_page(rows: Sequence[Sequence[str]], font: str = LATIN, width: float = 110, height: float = 24) -> PdfPage:
    """Return a page with a table whose cells are ruled by lines."""
    left, top = 50, 780
    drawn = []
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            x, y = left + column * width, top - (at + 1) * height
            drawn.append(b"%g %g %g %g re S\n" % (x, y, width, height))
            drawn.append(write_text([text], font, 10, x + 4, y + 8))
    return PdfPage(b"".join(drawn))


def encode_text(text: str, font: str) -> bytes:
    """Return a string in the encoding of one of the fonts."""
    if font == CHINESE:
        return b"<%s>" % text.encode("utf-16-be").hex().encode()
    if font == EMBEDDED:
        return b"<%s>" % bytes(GLYPHS.index(each) + 1 for each in text).hex().encode()
    return b"(%s)" % text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


GLYPHS = " 合同总价为人民币元第页章产品目录甲乙方一二三四五六七八九十0123456789"
"""The characters of the font that the PDF brings; each but the blank is drawn as a square."""


def add_fonts(writer: PdfWriter) -> dict[str, int]:
    latin = writer.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    return {LATIN: latin, CHINESE: add_chinese_font(writer), EMBEDDED: add_embedded_font(writer)}


def add_chinese_font(writer: PdfWriter) -> int:
    described = writer.add(
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    )
    descendant = writer.add(
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor %d 0 R /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>" % described
    )
    return writer.add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [%d 0 R] >>"
        % descendant
    )


def add_embedded_font(writer: PdfWriter) -> int:
    """Add a font of squares, with what they stand for."""
    square = writer.add(b"<< %s >>", b"1000 0 0 0 1000 1000 d1 100 0 700 700 re f")
    blank = writer.add(b"<< %s >>", b"1000 0 0 0 0 0 d1")
    names = b" ".join(b"/g%d" % at for at in range(1, len(GLYPHS) + 1))
    procedures = b" ".join(b"/g%d %d 0 R" % (at, square if at > 1 else blank) for at in range(1, len(GLYPHS) + 1))
    mapped = b"\n".join(
        b"<%02x> <%s>" % (at, each.encode("utf-16-be").hex().encode()) for at, each in enumerate(GLYPHS, 1)
    )
    unicode = writer.add(
        b"<< %s >>",
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n%d beginbfchar\n%s\nendbfchar endcmap end end"
        % (len(GLYPHS), mapped),
    )
    return writer.add(
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 1 "
        b"/LastChar %d /Widths [%s] /CharProcs << %s >> /Encoding << /Type /Encoding /Differences [1 %s] >> "
        b"/ToUnicode %d 0 R /Resources << >> >>"
        % (len(GLYPHS), b" ".join([b"1000"] * len(GLYPHS)), procedures, names, unicode)
    )


def add_page(writer: PdfWriter, page: PdfPage, tree: int, fonts: bytes) -> int:
    pictures = b""
    if page.jpeg is not None:
        head = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d " % page.jpeg_size
        head += b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode %s >>"
        pictures = b"/XObject << /Im %d 0 R >> " % writer.add(head, page.jpeg)
    content = writer.add(b"<< /Filter /FlateDecode %s >>", zlib.compress(page.content))
    body = b"<< /Type /Page /Parent %d 0 R /Contents %d 0 R /Rotate %d " % (tree, content, page.rotation)
    body += b"/MediaBox [%s] " % write_numbers(page.box)
    body += b"/CropBox [%s] " % write_numbers(page.crop) if page.crop else b""
    body += b"/Annots [%s] " % b" ".join(page.annotations) if page.annotations else b""
    return writer.add(body + b"/Resources << /Font << %s >> %s>> >>" % (fonts, pictures))


def add_bookmarks(writer: PdfWriter, bookmarks: Sequence[Bookmark], pages: Sequence[int]) -> int:
    root = writer.add()
    numbers = _add_siblings(writer, bookmarks, pages, root)
    writer.replace(root, b"<< /Type /Outlines /First %d 0 R /Last %d 0 R >>" % (numbers[0], numbers[-1]))
    return root


def _add_siblings(writer: PdfWriter, bookmarks: Sequence[Bookmark], pages: Sequence[int], parent: int) -> list[int]:
    numbers = [writer.add() for _ in bookmarks]
    for at, (number, bookmark) in enumerate(zip(numbers, bookmarks, strict=True)):
        title = (b"\xfe\xff" + bookmark.title.encode("utf-16-be")).hex().encode()
        body = b"<< /Title <%s> /Parent %d 0 R " % (title, parent)
        body += b"/Dest [%d 0 R /XYZ 0 %g 0] " % (pages[bookmark.page - 1], bookmark.top)
        body += b"/Prev %d 0 R " % numbers[at - 1] if at else b""
        body += b"/Next %d 0 R " % numbers[at + 1] if at + 1 < len(numbers) else b""
        if bookmark.children:
            children = _add_siblings(writer, bookmark.children, pages, number)
            body += b"/First %d 0 R /Last %d 0 R /Count %d " % (children[0], children[-1], len(children))
        writer.replace(number, body + b">>")
    return numbers


def write_numbers(numbers: Sequence[float]) -> bytes:
    return b" ".join(b"%.4f" % number for number in numbers)


def write_body(body: bytes, stream: bytes | None, key: bytes | None) -> bytes:
    """Return an object. The body of one with a stream has a place for its length."""
    if stream is None:
        return body
    stream = rc4(key, stream) if key else stream
    return body % (b"/Length %d" % len(stream)) + b"\nstream\n" + stream + b"\nendstream"


def find_key(password: str) -> bytes:
    """Return the key of a file with this password for users and owners (algorithm 2, revision 2)."""
    padded = (password.encode("latin-1") + PADDING)[:32]
    digest = hashlib.md5(padded + find_owner_value(password) + struct.pack("<i", PERMISSIONS) + IDENTITY)
    return digest.digest()[:5]


def find_owner_value(password: str) -> bytes:
    padded = (password.encode("latin-1") + PADDING)[:32]
    return rc4(hashlib.md5(padded).digest()[:5], padded)


def find_object_key(key: bytes, number: int) -> bytes:
    return hashlib.md5(key + struct.pack("<I", number)[:3] + bytes(2)).digest()[: len(key) + 5]


def write_encryption(password: str) -> bytes:
    owner, user = find_owner_value(password).hex().encode(), rc4(find_key(password), PADDING).hex().encode()
    return b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d >> " % (owner, user, PERMISSIONS)


def rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i, each in zip(range(256), cycle(key), strict=False):
        j = (j + state[i] + each) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
