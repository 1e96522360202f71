"""The numbers that Word puts before paragraphs, such as "2.1" or "第三条", which their texts lack (ECMA-376, 17.9)."""

import re
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from server.library.readers.numerals import write_number

NUM_LEVELS = 9
MAX_STYLES_ABOVE = 20
BULLET = "bullet"

_PLACE = re.compile(r"%(\d)")
_NAMESPACE = re.compile(r"\{.*?\}")


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; there are two for the same elements."""
    return _NAMESPACE.sub("", element.tag) if isinstance(element.tag, str) else ""


def find(element: etree._Element | None, *names: str) -> etree._Element | None:
    """Return the first child of a child ... of these local names."""
    for name in names:
        if element is None:
            return None
        element = next((child for child in element if local(child) == name), None)
    return element


def read_value(element: etree._Element | None, name: str = "val") -> str | None:
    """Return an attribute by its local name."""
    if element is None:
        return None
    return next((str(value) for key, value in element.attrib.items() if _NAMESPACE.sub("", str(key)) == name), None)


@dataclass
class Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    is_legal: bool = False


@dataclass
class _List:
    """The numbers that lists of one definition share."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the numbered paragraphs of a document, which are to be shown to it in their order."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._styles = {} if styles is None else _read_styles(styles)
        self._lists: dict[str, _List] = {}
        self._instances: dict[str, tuple[str, dict[int, int]]] = {}
        self._style_levels: dict[str, int] = {}
        if numbering is not None:
            self._read(numbering)

    def _read(self, numbering: etree._Element) -> None:
        links: dict[str, str] = {}
        for element in numbering:
            if local(element) == "abstractNum":
                name = read_value(element, "abstractNumId") or ""
                self._lists[name] = _List(self._read_levels(element))
                if link := read_value(find(element, "styleLink")):
                    links[link] = name
        for element in numbering:
            if local(element) == "abstractNum" and (link := read_value(find(element, "numStyleLink"))) in links:
                self._lists[read_value(element, "abstractNumId") or ""] = self._lists[links[link or ""]]
            elif local(element) == "num":
                definition = read_value(find(element, "abstractNumId")) or ""
                self._instances[read_value(element, "numId") or ""] = definition, _read_starts(element)

    def _read_levels(self, definition: etree._Element) -> dict[int, Level]:
        levels: dict[int, Level] = {}
        for element in definition:
            if local(element) == "lvl":
                index = _read_int(read_value(element, "ilvl"), 0)
                levels[index] = _read_level(element)
                if style := read_value(find(element, "pStyle")):
                    self._style_levels[style] = index
        return levels

    def write_label(self, properties: etree._Element | None) -> str | None:
        """Count a paragraph with its properties, and return what is put before it; None where that is no number."""
        number, index = self._find_number(properties)
        definition, starts = self._instances.pop(number, ("", {})) if number else ("", {})
        numbers = self._lists.get(definition)
        if numbers is None or number is None:
            return None
        for level, start in starts.items():  # where the list of this number begins
            numbers.counts[level] = start - 1
        self._instances[number] = definition, {}
        level_of = numbers.levels.get(index, Level())
        numbers.counts = {level: count for level, count in numbers.counts.items() if level <= index}
        numbers.counts[index] = numbers.counts.get(index, level_of.start - 1) + 1
        return None if level_of.form == BULLET else _write(numbers, level_of)

    def _find_number(self, properties: etree._Element | None) -> tuple[str | None, int]:
        """Return the list instance and level of a paragraph, from itself or the style that it has."""
        own = find(properties, "numPr")
        style = read_value(find(properties, "pStyle"))
        number, level = read_value(find(own, "numId")), read_value(find(own, "ilvl"))
        for _ in range(MAX_STYLES_ABOVE):
            if number is not None or style is None:
                break
            above, number, style_level = self._styles.get(style, (None, None, None))
            level = level or style_level or (str(self._style_levels[style]) if style in self._style_levels else None)
            style = above
        return (None if number == "0" else number), min(_read_int(level, 0), NUM_LEVELS - 1)


def _write(numbers: _List, level: Level) -> str:
    def write_place(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        other = numbers.levels.get(index, Level())
        count = numbers.counts.get(index, other.start)
        return write_number(count, "decimal" if level.is_legal else other.form)

    return "" if level.form == "none" else _PLACE.sub(write_place, level.text)


def _read_level(element: etree._Element) -> Level:
    legal = find(element, "isLgl")
    form = read_value(find(element, "numFmt"))
    if form is None:  # newer forms are in an alternative beside the one that older programs know
        form = read_value(find(element, "AlternateContent", "Fallback", "numFmt")) or "decimal"
    return Level(
        start=_read_int(read_value(find(element, "start")), 1),
        form=form,
        text=read_value(find(element, "lvlText")) or "",
        is_legal=legal is not None and read_value(legal) not in ("0", "false", "off"),
    )


def _read_starts(instance: etree._Element) -> dict[int, int]:
    """Return the numbers that the levels of a list begin with again."""
    return {
        _read_int(read_value(element, "ilvl"), 0): _read_int(read_value(find(element, "startOverride")), 1)
        for element in instance
        if local(element) == "lvlOverride" and find(element, "startOverride") is not None
    }


def _read_styles(styles: etree._Element) -> dict[str, tuple[str | None, str | None, str | None]]:
    """Return, by style, the style that it is based on, and the list and level that it has."""
    return {
        read_value(style, "styleId") or "": (
            read_value(find(style, "basedOn")),
            read_value(find(style, "pPr", "numPr", "numId")),
            read_value(find(style, "pPr", "numPr", "ilvl")),
        )
        for style in styles
        if local(style) == "style"
    }


def _read_int(text: str | None, otherwise: int) -> int:
    return int(text) if text and len(text) < 10 and text.lstrip("-").isdecimal() else otherwise
