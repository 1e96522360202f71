"""Texts, tables with delimiters, Markdown and HTML that are broken or odd."""

from collections.abc import Iterator

from scripts.broken.document import BrokenDocument, read, refused

CHINESE = "规格说明：本产品为企业级交换机，支持二十四个千兆端口，保修三年。"
TRADITIONAL = "規格說明：本產品為企業級交換器，支援二十四個埠，保固三年。我們的產品都是在台灣設計的。"


def list_texts() -> Iterator[BrokenDocument]:
    yield from _list_plain()
    yield from _list_tables()
    yield from _list_html()
    yield from _list_markdown()


def _list_plain() -> Iterator[BrokenDocument]:
    yield refused("empty.txt", b"", "empty")
    yield refused("white.txt", b" \n\r\n\t", "empty")
    yield refused("zeros.txt", bytes(1000), "empty", "unknown_kind")
    yield read("utf16.txt", CHINESE.encode("utf-16"), CHINESE)
    yield read("utf32.txt", CHINESE.encode("utf-32"), CHINESE)
    yield read("gb18030.txt", (CHINESE * 20).encode("gb18030"), CHINESE, remarks=("encoding",))
    yield read("big5.txt", (TRADITIONAL * 20).encode("big5"), TRADITIONAL, remarks=("encoding",))
    yield refused(
        "mixed-encodings.txt", (CHINESE * 1500).encode() + b"\xff\xff\xff " + CHINESE.encode("gb18030"), "broken"
    )
    yield refused("cut-character.txt", b"\xef\xbb\xbf" + CHINESE.encode()[:-1], "broken", "unknown_kind")
    yield read("one-line.txt", b"word " * 30_000, "word")
    yield read("no-spaces.txt", b"x" * 100_000, "xxxx")
    yield read("line-ends.txt", b"one\rtwo\r\nthree\nfour\x85five\x0bsix", "one", "six")
    yield read("right-to-left.txt", "שלום \u202bעולם\u202c مرحبا".encode(), "שלום")
    yield read("emoji.txt", ("👩‍👩‍👧‍👦🇨🇳👍🏽 e\u0301 " * 500).encode(), "👩‍👩‍👧‍👦")
    yield read(
        "some-zeros.txt", b"text with a zero \0 in it, and more text that makes it one of a thousand " * 3, "zero"
    )
    yield refused("rubbish.bin", bytes((n * 131 + n // 7) % 256 for n in range(5000)), "unknown_kind")
    yield refused("rich-text.rtf", b"{\\rtf1 hello}", "unknown_kind")
    yield refused("archive.gz", b"\x1f\x8b\x08\0" + bytes(range(200)), "unknown_kind")


def _list_tables() -> Iterator[BrokenDocument]:
    yield read("huge-value.csv", b"name,value\na," + b"x" * 200_000 + b"\nlast,1\n", "last")
    yield read("many-columns.csv", b"," * 1_000_000 + b"end\n1,2\n", "end")
    yield read("endless-quote.csv", b'name,value\n"a,1\nb,2\n' + b"c,3\n" * 60_000 + b"last,4\n", "last,4")
    yield read("quotes.csv", b'name,value\n"a ""b"" c",1\n"line\nend",2\n', '""b""')
    yield read("ragged.csv", b"a,b,c\n1\n1,2,3,4\n\n,,\nlast,2,3\n", "last")
    yield read("gb18030.csv", f"名称,说明\n交换机,{CHINESE}\n".encode("gb18030"), "交换机", remarks=("encoding",))
    yield read("utf16.tsv", "名称\t价格\n交换机\t5\n路由器\t6\n".encode("utf-16"), "交换机")
    yield refused("not-all-utf8.csv", b"name,value\n" + b"a,1\n" * 30_000 + b"\xff\xff\xff,2\n", "broken")
    yield read("injection.csv", b"name,value,note\n=cmd|' /C calc'!A0,1,x\n@SUM(A1),2,y\n", "=cmd|")
    yield read("carriage-returns.csv", b"a,b,c\r1,2,3\rlast,5,6\r", "last")


def _list_html() -> Iterator[BrokenDocument]:
    fetching = (
        b"<html><head><link rel=stylesheet href='http://127.0.0.1:9/a.css'><script src=http://127.0.0.1:9/a.js></script>"
        b"<meta http-equiv=refresh content='0; url=http://127.0.0.1:9/'><style>@import 'http://127.0.0.1:9/b.css'</style>"
        b"</head><body><img src=http://127.0.0.1:9/a.png><iframe src=file:///etc/passwd></iframe><p>shown</p></body></html>"
    )
    yield read("fetching.html", fetching, "shown", remarks=("external_resources",))
    yield read(
        "hidden.html",
        b"<html><body><p>shown<p hidden>not<script>var x='<p>no'</script><style>p{}</style></body>",
        "shown",
    )
    yield read("deep.html", b"<html><body>" + b"<div>" * 10_000 + b"deep", "deep")
    yield read("deep-tables.html", b"<html><body>" + b"<table><tr><td>" * 3000 + b"deep", "deep")
    yield read("deep-lists.html", b"<html><body>" + b"<ul><li>" * 5000 + b"deep", "deep")
    yield read(
        "huge-spans.html",
        b"<html><table><tr><td colspan=999999999 rowspan=999999999>a<td>b<tr><td>last</table>",
        "last",
    )
    yield read("unclosed.html", b"<html><body><h1>Head<p>one<table><tr><td>two<p>three", "three")
    yield read(
        "entities.html",
        b"<html><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><body>&a; &amp; &#0; &#xD800; last",
        "last",
    )
    yield read("gb2312.html", f"<html><head><meta charset=gb2312></head><body><p>{CHINESE}".encode("gb18030"), CHINESE)
    yield read("lying-charset.html", f"<html><head><meta charset=big5></head><body><p>{CHINESE}".encode(), CHINESE)
    yield refused("only-tags.html", b"<html><body><div><br></div></body></html>", "blank")
    yield read("long-attribute.html", b"<html><body><p title='" + b"a" * 200_000 + b"'>last", "last")


def _list_markdown() -> Iterator[BrokenDocument]:
    yield read("endless-code.md", b"# Head\n\n```python\n" + b"x = 1\n" * 20_000, "# Head")
    yield read("front-matter.md", b"---\ntitle: x\n---\n# Head\n\n- a\n- b\n", "# Head")
    yield read("bars.md", b"# Head\n\n|" + b"a|" * 20_000 + b"\n|" + b"-|" * 20_000 + b"\n|1|2|\n", "Head")
    yield read("headings.md", b"".join(b"#" * (n % 7 + 1) + b" head\n" for n in range(10_000)), "head")
