"""Files of operators, read and derived without a server."""

from dataclasses import dataclass

from server.knowledge.sheets.reading import DocumentReading, Reading
from server.knowledge.sheets.sheet_passages import cut_rows
from server.library.readers.records import Page
from server.store.knowledge_records import Entity, Faq
from server.store.library_records import DocumentRole, NewPassage
from tests.helpers.reading import open_document, read_pages


@dataclass(frozen=True)
class Sheet:
    """What was read of a file: its pages, what it says, and its passages with the entries that they are."""

    pages: list[Page]
    reading: Reading
    passages: list[tuple[NewPassage, int | None]]

    def entity(self, key: str) -> Entity:
        (found,) = [entity for entity in self.reading.derived.entities if entity.key == key]
        return found

    def attributes(self, key: str) -> dict[str, str]:
        return {each.name: each.value for each in self.entity(key).attributes}

    def names(self, key: str) -> list[tuple[str, str | None]]:
        return [(name.text, name.language) for name in self.entity(key).names]

    def keys(self, kind: str = "product") -> list[str]:
        return [entity.key for entity in self.reading.derived.entities if entity.kind == kind]

    def relations(self, kind: str) -> list[tuple[str, str]]:
        return [(each.subject, each.object) for each in self.reading.derived.relations if each.kind == kind]

    def text_of(self, item: Entity | Faq) -> str:
        """Return the text of the first passage of what was derived."""
        return next(passage.text for passage, entry in self.passages if entry == item.passage)

    @property
    def faqs(self) -> tuple[Faq, ...]:
        return tuple(self.reading.derived.faqs)

    @property
    def remarks(self) -> dict[str, str]:
        return {remark.code: remark.values["rows"] for remark in self.reading.remarks}


def read_sheet(data: str | bytes, name: str = "a.csv", role: DocumentRole | None = None) -> Sheet:
    """Read a file, derive what it says, cut it, and check what is true of the passages of any file."""
    data = data.encode() if isinstance(data, str) else data
    kind = open_document(data, name).opened.kind
    pages = read_pages(data, name)
    derivation = DocumentReading(kind == "toml", role)
    for page, following in zip(pages, (*pages[1:], None), strict=True):
        derivation.add(page, following)
    reading = derivation.finish()
    passages = [each for page in pages for each in cut_rows(page, reading.spans.get(page.number, ()))]
    check_passages(pages, [passage for passage, _ in passages])
    entries = {entry for _, entry in passages}
    derived = reading.derived
    if reading.role != "document":
        places = [each.passage for each in derived.entities] + [each.passage for each in derived.relations]
        assert {*places, *(each.passage for each in derived.faqs)} <= entries
    return Sheet(pages, reading, passages)


def check_passages(pages: list[Page], passages: list[NewPassage]) -> None:
    """Check that passages have their text at their places, in order, and none has that of another."""
    texts = {page.number: page.text for page in pages}
    last = (0, 0)
    for passage in passages:
        assert texts[passage.page][passage.start : passage.end] == passage.text
        assert (passage.page, passage.start) >= last
        last = (passage.page, passage.end)
