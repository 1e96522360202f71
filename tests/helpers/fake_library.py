"""A library in memory, with a search by words, for tests of what answers from it."""

import random
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from server.library.asking.content_tokens import tokenize
from server.library.asking.marks import MarkRemover
from server.library.asking.sources import Sources
from server.library.ranking import Hit
from server.store.errors import DocumentNotFound
from server.store.library_records import LibraryDocument, Passage, PassageKind
from tests.helpers.pictures import png

OWNER = ""


@dataclass
class FakeLibrary:
    """Documents by their ids, their passages, and the pages that were drawn, each with its document and its size."""

    documents: dict[str, LibraryDocument] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    drawn: list[tuple[str, int, int]] = field(default_factory=list)

    def add(
        self,
        document_id: str,
        pages: Mapping[int, str | Sequence[str]],
        kind: PassageKind = "text",
        **given: object,
    ) -> str:
        """Add a document whose pages have these passages; with `kind` "scan" each page is a picture."""
        position = sum(passage.document_id == document_id for passage in self.passages)
        for page, texts in pages.items():
            start = 0
            for text in [texts] if isinstance(texts, str) else texts:
                new = Passage(page, start, start + len(text), text, kind)
                identity = {"id": len(self.passages) + 1, "position": position, "document_id": document_id}
                self.passages.append(replace(new, **identity, document_name=f"{document_id}.pdf"))  # type: ignore[arg-type]
                position += 1
                start += len(text) + 1
        document = make_document(document_id, num_pages=max(pages), num_pages_read=max(pages))
        self.documents[document_id] = replace(self.documents.get(document_id, document), **given)  # type: ignore[arg-type]
        return document_id

    @property
    def sources(self) -> Sources:
        return Sources(self, self, self)

    async def wait_until_read(
        self,
        owner: str,
        document_ids: Collection[str],
        timeout_s: float,  # noqa: ARG002
    ) -> list[LibraryDocument]:
        for document_id in document_ids:
            if document_id not in self.documents or self.documents[document_id].owner != owner:
                raise DocumentNotFound(document_id)
        return [self.documents[document_id] for document_id in document_ids]

    async def render_page(
        self,
        owner: str,  # noqa: ARG002
        document_id: str,
        number: int,
        max_width: int,
        max_height: int,  # noqa: ARG002
    ) -> bytes:
        self.drawn.append((document_id, number, max_width))
        return png((40, 50))

    async def list_passages(self, document_ids: Collection[str], after: int = -1, limit: int = 1000) -> list[Passage]:
        found = [each for each in self.passages if each.document_id in document_ids and each.id > after]
        return found[:limit]

    async def count_characters(self, document_ids: Collection[str]) -> int:
        return sum(len(each.text) for each in await self.list_passages(document_ids, limit=1 << 30))

    async def search(
        self,
        owner: str,  # noqa: ARG002
        document_ids: Collection[str],
        query: str,
        limit: int,
    ) -> list[Hit]:
        wanted = set(tokenize(query))
        hits: list[Hit] = []
        for passage in await self.list_passages(document_ids, limit=1 << 30):
            num_matched = len(wanted & set(tokenize(passage.text)))
            if num_matched:
                share = num_matched / len(wanted)
                strength = 0.8 * num_matched
                hits.append(Hit(passage, share, share, None, num_matched, len(wanted), share, strength))
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))[:limit]


def make_document(document_id: str = "a", **given: object) -> LibraryDocument:
    """Return a document that is read, but for what is given."""
    document = LibraryDocument(
        document_id, 1, OWNER, f"{document_id}.pdf", "pdf", "0" * 64, 10, None, "ready", 1, 1, (), None, 0.0
    )
    return replace(document, **given)  # type: ignore[arg-type]


def find_numbers(text: str) -> list[int]:
    """Return the numbers of the marks in a text."""
    return [int(number) for number in re.findall(r"\[(\d+)\]", text)]


def make_passage(text: str, number: int = 1, **given: object) -> Passage:
    """Return a passage of the page of that number, from the hundredth character of it for each number on."""
    start = 100 * number
    made = Passage(number, start, start + len(text), text, id=number, document_id="d", document_name="d.pdf")
    return replace(made, position=number, **given)  # type: ignore[arg-type]


KETTLE = "The kettle K-200 costs 39.90 euros. It boils 1.7 litres in four minutes. The warranty is two years."
LAMP = "The lamp L-7 costs 1,250 euros and has a dimmer. Its cable is 3 metres long."
CUP = "保温杯采用不锈钢内胆，保温时间长达十二小时。售价￥129，颜色有红色和蓝色。保修期为一年。"
PASSAGES = (make_passage(KETTLE, 1), make_passage(LAMP, 2), make_passage(CUP, 3))


def remove_marks(text: str) -> str:
    """Return a text without the marks that a model may write in it, but for those in code."""
    remover = MarkRemover()
    return remover.feed(text) + remover.finish()


def cut(text: str, seed: int) -> list[str]:
    """Cut a text into pieces of random lengths."""
    draw = random.Random(seed)
    pieces = []
    while text:
        length = draw.randint(1, 4)
        pieces.append(text[:length])
        text = text[length:]
    return pieces
