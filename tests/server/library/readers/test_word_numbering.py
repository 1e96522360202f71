"""The numbers that Word puts before paragraphs."""

from lxml import etree  # type: ignore[import-untyped]

from scripts.broken.office_writer import W, define_list, paragraph, use_list
from server.library.readers.word_numbering import Numbering, find, local, read_value


def parse(content: str) -> "etree._Element":
    return etree.fromstring(f'<w:x xmlns:w="{W}">{content}</w:x>')


def count(definitions: str, paragraphs: list[str], styles: str = "") -> list[str | None]:
    numbering = Numbering(parse(definitions), parse(styles))
    return [numbering.write_label(find(each, "pPr")) for each in parse("".join(paragraphs))]


def test_levels_go_on_and_begin_again() -> None:
    definitions = define_list(0, ("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")) + use_list(1, 0)
    levels = [0, 1, 1, 2, 2, 0, 1, 2]
    labels = count(definitions, [paragraph("x", number=(1, level)) for level in levels])
    assert labels == ["1.", "1.1", "1.2", "(a)", "(b)", "2.", "2.1", "(a)"]


def test_paragraphs_between_do_not_begin_a_list_again() -> None:
    definitions = define_list(0, ("chineseCounting", "第%1条")) + use_list(1, 0)
    labels = count(definitions, [paragraph("x", number=(1, 0)), paragraph("y"), paragraph("z", number=(1, 0))])
    assert labels == ["第一条", None, "第二条"]


def test_two_lists_of_one_definition_go_on_unless_they_begin_again() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    definitions = define_list(0, ("decimal", "%1")) + use_list(1, 0) + use_list(2, 0) + use_list(3, 0, again)
    labels = count(definitions, [paragraph("x", number=(number, 0)) for number in (1, 1, 2, 3, 3, 1)])
    assert labels == ["1", "2", "3", "5", "6", "7"]


def test_starts_bullets_and_what_is_unknown() -> None:
    definitions = (
        define_list(0, ("upperRoman", "%1."), start=4)
        + define_list(1, ("bullet", "•"))
        + use_list(1, 0)
        + use_list(2, 1)
    )
    labels = count(definitions, [paragraph("x", number=(number, 0)) for number in (1, 2, 99, 0, 1)])
    assert labels == ["IV.", None, None, None, "V."]


def test_numbers_of_styles_and_of_those_that_they_stand_on() -> None:
    styles = (
        '<w:style w:styleId="A"><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style>'
        '<w:style w:styleId="C"><w:basedOn w:val="C"/></w:style>'
    )
    definitions = define_list(0, ("decimal", "%1"), ("decimal", "%1.%2")) + use_list(1, 0)
    none = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    paragraphs = [paragraph("x", "A"), paragraph("x", "B"), paragraph("x", "C"), paragraph("x", "A", extra=none)]
    assert count(definitions, paragraphs, styles) == ["1.1", "1.2", None, None]


def test_legal_numbers_are_digits() -> None:
    level = '<w:lvl w:ilvl="{}"><w:numFmt w:val="upperRoman"/>{}<w:lvlText w:val="{}"/></w:lvl>'
    levels = level.format(0, "", "%1") + level.format(1, "<w:isLgl/>", "%1.%2")
    definitions = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>' + use_list(1, 0)
    assert count(definitions, [paragraph("x", number=(1, 0)), paragraph("x", number=(1, 1))]) == ["I", "1.1"]


def test_linked_definitions() -> None:
    linked = define_list(0, ("decimal", "#%1")).replace("><w:lvl", '><w:styleLink w:val="L"/><w:lvl', 1)
    link = '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="L"/></w:abstractNum>'
    assert count(linked + link + use_list(1, 1), [paragraph("x", number=(1, 0))]) == ["#1"]


def test_names_without_namespaces() -> None:
    element = parse('<w:a w:val="3"><w:b/></w:a>')
    assert local(element[0]) == "a"
    assert read_value(find(element, "a")) == "3"
    assert find(element, "a", "b") is not None
    assert find(None, "a") is find(element, "c", "b") is None
