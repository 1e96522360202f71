"""What a column of a sheet, or a key of a TOML file, holds: told by its name, in Chinese or English."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from server.knowledge.sheets.words import find_meaning
from server.store.knowledge_records import TextLanguage

ATTRIBUTE = "attribute"
"""What a column holds that has a name of its own, and says something of what its row is about."""

HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+(?:[\s/、]*[\u3400-\u9fff]+)*")
_BRACKETS = re.compile(r"[(\[{（【][^()\[\]{}（）【】]*[)\]}）】]")
_IN_BRACKETS = re.compile(r"[(\[（【]([^()\[\]（）【】]*)[)\]）】]\s*$")
_LANGUAGE_LAST = re.compile(r"(.+?)[\s_.\-:/]+([a-z\u3400-\u9fff]{2,7}(?:[-_][a-z]{2,4})?)\s*$", re.I)
_LANGUAGE_FIRST = re.compile(r"((?:chinese|english|zh|cn|en)(?=[\s_\-.])|中文|英文)[\s_\-.]*(.+)$", re.I)
_LANGUAGE_TAIL = re.compile(r"(.+)(中文|英文)(?:名)?$")


@dataclass(frozen=True)
class Column:
    """A column by its `name` as it is written. `term` is what it holds, see `words/columns.txt`.

    `is_known` says that its name is one of those. `language` is what the name says of it.
    """

    name: str
    term: str
    is_known: bool = False
    language: TextLanguage | None = None

    @property
    def script(self) -> TextLanguage:
        return "zh" if HAN.search(self.name) else "en"


@lru_cache(4096)
def read_column(name: str) -> Column:
    """Return what the column of that name holds; an attribute where nothing is known of it."""
    written = " ".join(name.split())
    for candidate, language in _list_candidates(unicodedata.normalize("NFKC", written)):
        term = find_meaning("columns", candidate)
        if term is not None:
            return Column(written, term, True, language)
    return Column(written, ATTRIBUTE)


def _list_candidates(name: str) -> Iterator[tuple[str, TextLanguage | None]]:
    """Yield what may be the word of a name, the best first, with the language that the rest says."""
    yield name, None
    yield from _split_language(name)
    bare = _BRACKETS.sub(" ", name).strip()
    if bare and bare != name:
        yield bare, None
        yield from _split_language(bare)
    for part in reversed(bare.split(" / ")):  # the lowest of several rows of a header
        yield part, None
        yield from _split_language(part)
    chinese = " ".join(_HAN_RUN.findall(bare))
    latin = _HAN_RUN.sub(" ", bare).strip()
    if chinese and latin:
        yield chinese, None
        yield latin, None


def _split_language(name: str) -> Iterator[tuple[str, TextLanguage | None]]:
    """Yield the rest of a name beside each language that it names, as in `name_en`, `名称（英文）` and `英文名`."""
    if found := _IN_BRACKETS.search(name):
        yield from _check(name[: found.start()], found[1])
    if found := _LANGUAGE_LAST.fullmatch(name):
        yield from _check(found[1], found[2])
    if found := _LANGUAGE_TAIL.fullmatch(name):
        yield from _check(found[1], found[2])
    if found := _LANGUAGE_FIRST.fullmatch(name):
        yield from _check(found[2], found[1])
        yield from _check({"名": "名称", "称": "名称"}.get(found[2], found[2]), found[1])


def _check(rest: str, language: str) -> Iterator[tuple[str, TextLanguage | None]]:
    match find_meaning("marks", language):
        case "zh":
            yield rest.strip(), "zh"
        case "en":
            yield rest.strip(), "en"
