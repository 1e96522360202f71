"""The questions of the evaluation, each with the passages that answer it.

A line has the kind of the question, its language, the card under `docs/samples` that it shows, its sources, and the
texts of the dialogue, the customer's first, between ` >> `. A source is the name of a document and a text of the
passage in it; any of several will do. Questions without a source must not be answered from any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.demo.cards import SAMPLES, make_card
from server.store.library_records import Passage

FOLDER = Path(__file__).parent
SETS = {"dev": "questions.tsv", "held-out": "held_out.tsv"}
"""The first set was there while the search was made; what goes wrong with the second was not looked at."""

NEXT = " >> "
CARDS = {f"{colour}-{pattern}-{kind}": (colour, pattern, kind, price) for colour, pattern, kind, price in SAMPLES}
"""The colour, pattern, kind and price of each card, by the name of its file."""


@dataclass(frozen=True)
class Source:
    """The passages of a document that have a text."""

    document: str
    text: str

    def has(self, passage: Passage) -> bool:
        return passage.document_name == self.document and self.text in passage.text


@dataclass(frozen=True)
class Question:
    """A question with what was said before it. `picture` is the name of a card, empty without one."""

    kind: str
    language: str
    picture: str
    sources: tuple[Source, ...]
    earlier: tuple[str, ...]
    text: str

    @property
    def is_answerable(self) -> bool:
        return bool(self.sources)

    def is_source(self, passage: Passage) -> bool:
        """Whether a passage answers the question."""
        return any(source.has(passage) for source in self.sources)

    def find_place(self, passages: Sequence[Passage]) -> int | None:
        """Return the place of the first passage that answers the question, from 1."""
        return next((place for place, passage in enumerate(passages, start=1) if self.is_source(passage)), None)

    @property
    def description(self) -> str:
        """What the model would say that the picture shows."""
        card = make_card(*CARDS[self.picture])
        return f"{card.zh}，{card.price} 元" if self.language == "zh" else f"{card.en}, {card.price} yuan"


def read_questions(name: str) -> list[Question]:
    """Return the questions of a set."""
    lines = (FOLDER / SETS[name]).read_text(encoding="utf-8").splitlines()
    return [_read(*line.split("\t")) for line in lines]


def _read(kind: str, language: str, picture: str, sources: str, text: str) -> Question:
    *earlier, question = text.split(NEXT)
    found = (source.partition("#") for source in sources.split(";") if source)
    return Question(
        kind,
        language,
        picture,
        tuple(Source(document, of_it) for document, _, of_it in found),
        tuple(earlier),
        question,
    )
