"""What a document says as records of the knowledge base, with the parts of its pages that say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.knowledge.sheets.faqs import Faqs
from server.knowledge.sheets.faults import Faults
from server.knowledge.sheets.problems import Problems
from server.knowledge.sheets.products import Products
from server.knowledge.sheets.prose_faqs import ProseFaqs
from server.knowledge.sheets.records import Record, Span
from server.knowledge.sheets.table_records import TableRecords
from server.knowledge.sheets.toml_records import TomlRecords
from server.library.errors import ReadingError
from server.library.readers.records import Page, Refusal, Remark
from server.store.knowledge_records import Derived
from server.store.library_records import DocumentRole

MAX_RECORDS, MAX_VALUES = 100_000, 500_000
"""The most rows of a document that become records, and the most values of them: all of them are in memory at once."""

NEEDED: Mapping[DocumentRole, str] = {"faq": "no_faq_columns", "products": "no_product_columns"}
"""The refusals of documents that are not what their operators said."""


@dataclass(frozen=True)
class Reading:
    """What a document is and says. `passage` of what is derived counts entries; `spans` are the parts of each page."""

    role: DocumentRole
    derived: Derived = field(default_factory=Derived)
    spans: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()


class DocumentReading:
    """Reads the pages of a document in order. `role` is what the operator said that it is, None for nothing.

    Every method raises `ReadingError` for a document that has too much, or is not what the operator said.
    """

    def __init__(self, is_toml: bool, role: DocumentRole | None) -> None:
        self._role = role
        self._is_toml = is_toml
        self._texts: list[tuple[int, str]] = []
        self._tables = TableRecords(role)
        self._prose = ProseFaqs(role == "faq")
        self._problems = Problems()
        self._products = Products(self._problems)
        self._faults = Faults(self._products, self._problems)
        self._faqs = Faqs(self._problems)
        self._spans: dict[int, list[Span]] = {}
        self._num_records = {"faq": 0, "products": 0}
        self._num_values = 0

    def add(self, page: Page, following: Page | None) -> None:
        """Read a page, before the one that follows it."""
        if self._role == "document":
            return
        if self._is_toml:
            self._texts.append((page.number, page.text))
            return
        if spans := self._tables.add(page, following):
            self._spans[page.number] = spans
        self._add_records(self._tables.take())
        if not page.rows and self._role != "products":
            self._prose.add(page)

    def finish(self) -> Reading:
        """Return what the document says."""
        if self._role == "document":
            return Reading("document")
        if self._is_toml:
            self._read_toml()
        elif not sum(self._num_records.values()):
            self._read_prose()
        self._products.finish()
        entities = tuple(self._products.entities.values())
        derived = Derived(tuple(self._faqs.faqs), entities, tuple(self._products.relations))
        role = self._find_role(derived)
        return Reading(role, derived, self._spans if role != "document" else {}, self._problems.list_remarks())

    def _find_role(self, derived: Derived) -> DocumentRole:
        has_said = bool(derived.faqs) if self._role == "faq" else bool(derived.entities)
        if self._role is not None and not has_said:
            raise ReadingError(Refusal(NEEDED[self._role]))
        if self._role is not None:
            return self._role
        if derived.faqs and (not derived.entities or self._num_records["faq"] >= self._num_records["products"]):
            return "faq"
        return "products" if derived.entities else "document"

    def _add_records(self, records: Sequence[Record]) -> None:
        for record in records:
            self._num_records["faq" if record.kind == "faq" else "products"] += 1
            self._num_values += sum(len(each.values) for each in record.fields)
            match record.kind:
                case "faq":
                    self._faqs.add(record)
                case "fault":
                    self._faults.add(record)
                case "category":
                    self._products.add_category(record)
                case _:
                    self._products.add(record)
        if sum(self._num_records.values()) > MAX_RECORDS or self._num_values > MAX_VALUES:
            raise ReadingError(Refusal("too_many_rows", {"limit": MAX_RECORDS, "values": MAX_VALUES}))

    def _read_prose(self) -> None:
        faqs, spans = self._prose.finish(0)
        self._faqs.faqs += faqs
        self._num_records["faq"] += len(faqs)
        for span in spans:
            self._spans.setdefault(span.page, []).append(span)

    def _read_toml(self) -> None:
        found = TomlRecords("".join(text for _, text in self._texts), self._role)
        self._add_records(found.records)
        stretched = [
            (start, end, entry.entry, entry.heading) for entry in found.entries for start, end in entry.stretches
        ]
        self._place(sorted(stretched, key=lambda each: each[:3]))

    def _place(self, stretched: Sequence[tuple[int, int, int, str | None]]) -> None:
        """Find the pages of stretches of the whole text, which are in order."""
        begin, done = 0, 0
        for number, text in self._texts:
            after = begin + len(text)
            spans = self._spans.setdefault(number, [])
            for start, end, entry, heading in stretched[done:]:
                if start >= after:
                    break
                if end > begin:
                    spans.append(Span(number, max(start, begin) - begin, min(end, after) - begin, entry, heading))
                done += end <= after
            begin = after
