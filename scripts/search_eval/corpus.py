"""The passages and the questions of the evaluation, and made passages to search among."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

from server.store.library_records import Collection, NewDocument, NewPassage
from server.store.library_store import LibraryStore

FOLDER = Path(__file__).parent
NAMED = re.compile(r"\[(\S+)\] (.+)")
TITLES = {
    "faq.zh.txt": "常见问题.docx",
    "faq.en.txt": "questions and answers.docx",
    "manual.zh.txt": "说明书.pdf",
    "manual.en.txt": "manuals.pdf",
    "terms.zh.txt": "合同与条款.docx",
    "terms.en.txt": "terms.docx",
    "prices.txt": "prices.xlsx",
}
"""The files of passages, and the names of the documents they stand for."""

SHEETS = {
    "zh": (
        "商品 > {name}",
        "{name}（型号 {code}）：{what}。颜色：{colour}。",
        "{code} 参数：{power}；重量 {weight}；售价 {price}。",
    ),
    "en": (
        "Products > {name}",
        "{name}, model {code}: {what}. Colours: {colour}.",
        "{code} specifications: {power}; weight {weight}; price {price}.",
    ),
}

PER_DOCUMENT = 1000


@dataclass(frozen=True)
class Question:
    """A question, and the names of the passages any of which answers it, none where there is no answer.

    The ranking was made on the questions of the split `dev`; those of `held` were written, and first asked, after it.
    """

    split: str
    kind: str
    language: str
    expected: frozenset[str]
    text: str


def read_questions() -> list[Question]:
    """Return all questions."""
    lines = (FOLDER / "questions.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return [Question(split, kind, language, _read_names(names), text) for split, kind, language, names, text in rows]


def _read_names(names: str) -> frozenset[str]:
    return frozenset(filter(None, names.split(",")))


def read_documents() -> Iterator[tuple[str, list[tuple[str, NewPassage]]]]:
    """Yield the documents by name, each with its passages by name."""
    for file, title in TITLES.items():
        yield title, list(_read_passages((FOLDER / file).read_text(encoding="utf-8")))
    products = [line.split("\t") for line in (FOLDER / "products.tsv").read_text(encoding="utf-8").splitlines()]
    for language, title in (("zh", "商品目录.pdf"), ("en", "catalogue.pdf")):
        yield title, [named for row in products if row[0] == language for named in _read_product(*row)]


def _read_passages(text: str) -> Iterator[tuple[str, NewPassage]]:
    heading = None
    for line in text.splitlines():
        if named := NAMED.fullmatch(line):
            yield named[1], NewPassage(1, 0, len(named[2]), named[2], heading=heading)
        elif line:
            heading = line.removeprefix("# ")


def _read_product(
    language: str, code: str, name: str, what: str, power: str, weight: str, colour: str, price: str
) -> Iterator[tuple[str, NewPassage]]:
    values = {
        "code": code,
        "name": name,
        "what": what,
        "power": power,
        "weight": weight,
        "colour": colour,
        "price": price,
    }
    heading, *bodies = (pattern.format(**values) for pattern in SHEETS[language])
    for number, body in enumerate(bodies, start=1):
        yield f"{code}/{number}", NewPassage(1, 0, len(body), body, heading=heading)


async def add_passages(library: LibraryStore, collection: Collection) -> dict[int, str]:
    """Store all passages; return the name of each by its id."""
    names: dict[int, str] = {}
    for title, named in read_documents():
        document_id = await _add_document(library, collection, title, [passage for _, passage in named])
        stored = await library.list_passages([document_id])
        names |= {passage.id: name for passage, (name, _) in zip(stored, named, strict=True)}
    return names


async def _add_document(library: LibraryStore, collection: Collection, title: str, passages: list[NewPassage]) -> str:
    new = NewDocument(title, "text", sha256(title.encode()).hexdigest(), 0)
    with TemporaryFile() as file:
        document = await library.add_document(collection, new, file, 1_000_000, 0)
    await library.add_page(document.id, 1, b"{}", passages)
    await library.finish_document(document.id, 1, ())
    return document.id


async def add_distractors(library: LibraryStore, collection: Collection, number: int) -> None:
    """Store made passages, whose words are those of the true ones in no order, with codes that no question asks for."""
    pieces = {
        language: [
            piece for title, named in read_documents() for _, passage in named for piece in _cut(passage.text, language)
        ]
        for language in ("zh", "en")
    }
    source = random.Random(1)
    for first in range(0, number, PER_DOCUMENT):
        some = [_make_passage(pieces, source) for _ in range(min(PER_DOCUMENT, number - first))]
        await _add_document(library, collection, f"made {first}.txt", some)


def _cut(text: str, language: str) -> Iterator[str]:
    """Yield the words of English, and pieces of Chinese of up to four characters."""
    yield from re.findall("[a-z]{2,}" if language == "en" else "[\u4e00-\u9fff]{1,4}", text)


def _make_passage(pieces: dict[str, list[str]], source: random.Random) -> NewPassage:
    language = source.choice(("zh", "en"))
    words = source.choices(pieces[language], k=60)
    for place in range(0, 60, 4):
        words[place] = _make_word(language, source)
    code = f"{source.choice('QUVYZ')}{source.choice('QUVYZ')}-{source.randrange(10_000)}"
    text = " ".join([*words, code]) if language == "en" else "".join(words) + code
    return NewPassage(1, 0, len(text), text)


def _make_word(language: str, source: random.Random) -> str:
    """Return a word that hardly any other passage has."""
    if language == "en":
        return "".join(source.choices("abcdefghijklmnoprstuvw", k=6))
    return "".join(chr(source.randrange(0x4E00, 0x9000)) for _ in range(2))
