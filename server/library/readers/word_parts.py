"""Makes Word documents ready for `mammoth`, which reads neither numbers of paragraphs nor formulas."""

import io
import posixpath
import re
import zipfile
from typing import BinaryIO

from lxml import etree  # type: ignore[import-untyped]

from server.library.readers.protocol import Refused
from server.library.readers.records import Refusal
from server.library.readers.word_numbering import Numbering, find, local, read_value

MAX_STYLES_ABOVE = 20
_READ = re.compile(r"\.(xml|rels)$", re.I)


def prepare_document(file: BinaryIO) -> BinaryIO:
    """Return a copy of a document without its pictures, in which numbers and formulas are text.

    Headings by their outline level, such as those of styles with other names, have the styles of headings there.
    """
    copy = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(copy, "w") as written:
        document = _find_targets(archive, "").get("officeDocument", "word/document.xml")
        tree = _parse(archive, document)
        if tree is None:
            raise Refused(Refusal("broken", {"cause": "reader"}))
        for name in archive.namelist():
            if name != document and _READ.search(name):
                written.writestr(name, archive.read(name))
        targets = _find_targets(archive, document)
        styles, numbering = (_parse(archive, targets.get(name, "")) for name in ("styles", "numbering"))
        _rewrite(tree, Numbering(numbering, styles), _find_outline_levels(styles))
        written.writestr(document, etree.tostring(tree, encoding="UTF-8", xml_declaration=True))
    copy.seek(0)
    return copy


def _find_targets(archive: zipfile.ZipFile, source: str) -> dict[str, str]:
    """Return the parts that a part refers to, by the last word of the kind of reference."""
    folder, name = posixpath.split(source)
    relations = _parse(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    return {
        (read_value(each, "Type") or "").rpartition("/")[2]: posixpath.normpath(
            posixpath.join("/", folder, read_value(each, "Target") or "")
        ).lstrip("/")
        for each in (() if relations is None else relations)
    }


def _parse(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        with archive.open(name) as part:
            return etree.parse(part, parser).getroot()
    except etree.XMLSyntaxError as error:
        raise Refused(Refusal("broken", {"cause": "reader"})) from error


def _rewrite(tree: etree._Element, numbering: Numbering, outline: dict[str, int]) -> None:
    for alternatives in [each for each in tree.iter(etree.Element) if local(each) == "AlternateContent"]:
        _keep_fallback(alternatives)
    for element in list(tree.iter(etree.Element)):
        name = local(element)
        if name == "p" and "wordprocessingml" in element.tag:
            _rewrite_paragraph(element, numbering, outline)
        elif name == "oMath":
            _replace_formula(element, tree)


def _rewrite_paragraph(paragraph: etree._Element, numbering: Numbering, outline: dict[str, int]) -> None:
    properties = find(paragraph, "pPr")
    label = numbering.write_label(properties)
    level = _read_outline_level(properties)
    if level is None:
        level = outline.get(read_value(find(properties, "pStyle")) or "")
    if level is None and label is None:
        return
    prefix = paragraph.tag[: paragraph.tag.index("}") + 1]
    if properties is None:
        properties = etree.Element(f"{prefix}pPr")
        paragraph.insert(0, properties)
    if level is not None:
        _set_child(properties, prefix, "pStyle", f"Heading{min(level + 1, 6)}")
    if label is not None:
        own = _set_child(properties, prefix, "numPr", None)
        for name in ("ilvl", "numId"):
            _set_child(own, prefix, name, "0")
        if label:
            paragraph.insert(paragraph.index(properties) + 1, _build_run(prefix, f"{label} "))


def _set_child(parent: etree._Element, prefix: str, name: str, value: str | None) -> etree._Element:
    for old in [child for child in parent if local(child) == name]:
        parent.remove(old)
    child = etree.SubElement(parent, f"{prefix}{name}")
    if value is not None:
        child.set(f"{prefix}val", value)
    return child


def _build_run(prefix: str, text: str) -> etree._Element:
    run = etree.Element(f"{prefix}r")
    etree.SubElement(run, f"{prefix}t").text = text
    return run


def _replace_formula(formula: etree._Element, tree: etree._Element) -> None:
    """Put the characters of a formula in its place."""
    text = "".join(element.text or "" for element in formula.iter(etree.Element) if local(element) == "t")
    parent = formula.getparent()
    if parent is not None and text:
        run = _build_run(tree.tag[: tree.tag.index("}") + 1], text)
        run.tail = formula.tail
        parent.replace(formula, run)


def _keep_fallback(alternatives: etree._Element) -> None:
    """Keep the alternative for programs that know no other, else the first, as if it were that one."""
    choices = [child for child in alternatives if local(child) == "Choice"]
    if find(alternatives, "Fallback") is None and choices:
        choice = choices.pop(0)
        choice.tag = choice.tag.replace("}Choice", "}Fallback")
    for choice in choices:
        alternatives.remove(choice)


def _find_outline_levels(styles: etree._Element | None) -> dict[str, int]:
    """Return the levels of the paragraph styles that are headings, from 0."""
    own: dict[str, tuple[str | None, int | None]] = {}
    for style in () if styles is None else styles:
        if local(style) == "style" and read_value(style, "type") in (None, "paragraph"):
            own[read_value(style, "styleId") or ""] = (
                read_value(find(style, "basedOn")),
                _read_outline_level(find(style, "pPr")),
            )
    return {name: level for name in own if (level := _inherit(own, name)) is not None and level < 9}


def _inherit(own: dict[str, tuple[str | None, int | None]], name: str | None) -> int | None:
    for _ in range(MAX_STYLES_ABOVE):
        if name not in own:
            return None
        name, level = own[name]
        if level is not None:
            return level
    return None


def _read_outline_level(properties: etree._Element | None) -> int | None:
    value = read_value(find(properties, "outlineLvl"))
    return int(value) if value in tuple("012345678") else None
